"""Labels from the column that is to be predicted."""

from collections import Counter
from importlib import import_module

import numpy as np

from .columns import is_text
from .messages import CompareError, count_of
from .values import ALWAYS_MISSING, is_mark, read_numbers, tidied

__all__ = ["labels_of"]

MAX_NUMERIC_CLASSES = 20
NEVER_CLASSES = ALWAYS_MISSING - {"NA", "N/A", "n/a", "NULL", "null", "None"}


def labels_of(column, name, notes):
    """Return the known labels of a target, and which rows have one.

    Words for nothing, such as "None" and "NA", are classes where the other labels are
    text, too, with a note; an empty field, "?" or "NaN" never is.

    Parameters
    ----------
    column : Series
        The target.
    name : str
        Of the file, for messages.
    notes : Notes
        Is told what was changed.

    Returns
    -------
    labels : ndarray of shape (n_known,)
        Integers where all are whole numbers, else strings.
    is_known : ndarray of bool of shape (n_samples,)
        Rows that have a label.

    Raises
    ------
    CompareError
        If the target looks continuous.
    """
    pd = import_module("pandas")
    is_known = column.notna().to_numpy()
    if not is_text(column):
        column = column[is_known]
        if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(
            column
        ):
            return np.array(column.map(str), dtype=str), is_known
        values = column.to_numpy()
        values = values.astype(values.dtype if values.dtype.kind in "iu" else float)
        return _numeric_labels(values, column.name, name), is_known
    given = column.astype(object).where(is_known, "").map(str)
    texts = given.map(tidied)
    is_known = ~texts.isin(NEVER_CLASSES).to_numpy()
    counts = Counter(texts[is_known])
    valued = {text: n for text, n in counts.items() if not is_mark(text)}
    numbers = {} if not valued else read_numbers(valued)
    whole = all(text.lstrip("+-").split(".")[0].isdecimal() for text in valued)
    if numbers and len(next(iter(numbers.values())).values) == len(valued):
        for mark in sorted(counts.keys() - valued.keys()):
            notes.say(f"{mark!r} counts as missing in", column.name)
        is_known &= ~texts.map(is_mark).to_numpy()
        reading = next(iter(numbers.values()))
        labels = texts[is_known]
        if whole and all(float(v).is_integer() for v in reading.values.values()):
            exact = {t: int(t) for t in valued if t.lstrip("+-").isdecimal()}
            values = labels.map(lambda t: exact.get(t, int(reading.values[t])))
            values = values.to_numpy()
        else:
            values = labels.map(reading.values).to_numpy(float)
        if len(set(values.tolist())) < labels.nunique():
            notes.say("Labels that are the same number were made one in", column.name)
        made = _numeric_labels(values, column.name, name)
        plain = not reading.remarks and len(numbers) == 1
        return (made if plain else np.array(labels, dtype=str)), is_known
    labels = texts[is_known]
    if labels.nunique() < given[is_known].nunique():
        notes.say("Labels that differ only in spaces were made one in", column.name)
    for mark in sorted(text for text in counts if is_mark(text)):
        n = count_of(counts[mark], "row")
        notes.say(
            f"{mark!r} is a class of {n}: leave the field empty where the label is "
            "missing."
        )
    return np.array(labels, dtype=str), is_known


def _numeric_labels(values, column, name):
    n_distinct = len(set(values.tolist()))
    is_whole = values.dtype.kind in "iuO" or bool(
        np.isfinite(values).all() and np.all(values == np.round(values))
    )
    # Whole numbers may be codes of many classes, as long as these have several rows.
    if n_distinct > MAX_NUMERIC_CLASSES and (
        not is_whole or n_distinct > len(values) / 10
    ):
        raise CompareError(
            f"The target {column!r} of {name} looks continuous: {n_distinct} "
            f"different numbers in {count_of(len(values), 'row')}. These are "
            "classifiers: name a column of classes, or bin this one first."
        )
    if not is_whole:
        return values.astype(str)
    if all(-(2**63) <= value < 2**63 for value in set(values.tolist())):
        return values.astype(np.int64)
    return np.array([str(int(value)) for value in values])
