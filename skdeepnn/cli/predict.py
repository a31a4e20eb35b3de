"""Predictions of a saved model for a file of any length."""

import warnings
from collections import Counter
from difflib import get_close_matches
from importlib import import_module

import numpy as np

from ..saving import replacing
from .blocks import open_blocks
from .console import counting, print_lines
from .messages import CompareError, Notes, count_of, listed
from .noticed import Labels, Unseen
from .output import check_output, table_writer, writing
from .stored import read_model
from .ways import Reader, Way

__all__ = ["Model", "load_model", "predict"]


class Model:
    """A model, and how columns of files are read for it.

    Parameters
    ----------
    estimator : DeepNNClassifier
        Fitted.
    ways : list of Way
        Of its features, in their order.
    target : str
        What it predicts.
    trained_on : tuple of (str, int)
        Name and length of the file that it was fitted to.

    Examples
    --------
    >>> way = Way("legs", 0, "legs", "numbers")
    >>> Model(None, [way], "pet", ("pets.csv", 90)).ways[0].name
    'legs'
    """

    def __init__(self, estimator, ways, target, trained_on):
        self.estimator, self.ways, self.target = estimator, ways, target
        self.trained_on = trained_on

    @property
    def classes(self):
        """The classes, as Python has them."""
        return self.estimator.classes_.tolist()

    @property
    def has_sets(self):
        """Whether there were rows enough to make prediction sets."""
        return hasattr(self.estimator, "oof_score_")


def load_model(path):
    """Read what ``skdeepnn train`` has written.

    Parameters
    ----------
    path : Path
        Of the model's file.

    Returns
    -------
    Model
        Ready to predict.

    Raises
    ------
    CompareError
        If it is none, or does not say how columns are read.

    Examples
    --------
    >>> from pathlib import Path
    >>> load_model(Path("no.skdeepnn"))
    Traceback (most recent call last):
    skdeepnn.cli.messages.CompareError: There is no model 'no.skdeepnn': check the path,
    or make one with skdeepnn train.
    """
    if not path.exists():
        raise CompareError(
            f"There is no model {str(path)!r}: check the path, or make one with "
            "skdeepnn train."
        )
    estimator, about = read_model(path)
    try:
        reading = about["reading"]
        ways = [Way.of(way) for way in reading["columns"]]
        trained_on = about["data"], about["n_rows"]
        model = Model(estimator, ways, reading["target"], trained_on)
        features = [(way.feature, way.kind == "categories") for way in ways]
        known = estimator.feature_names_in_, estimator._state.encoder.is_categorical_
        if features != [*zip(*(k.tolist() for k in known), strict=True)]:
            raise ValueError("they are not the model's")
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise CompareError(
            f"{path.name} does not say how the columns of a file are read: make it "
            "with skdeepnn train, or use it in Python, with skdeepnn.load."
        ) from error
    return model


def predict(model_path, path, out, *, confidence=None, keep=None, size=None):
    """Predict for each row of a file, and write the predictions to another.

    Parameters
    ----------
    model_path : Path
        What ``skdeepnn train`` has written.
    path : Path
        Table with the columns of the training.
    out : Path
        What to write; its name tells the format.
    confidence : float, default=None
        Of prediction sets; None for none.
    keep : str, default=None
        Columns of the file to write beside: "all", or names between commas.
    size : int, default=None
        Rows at a time, for tests.

    Raises
    ------
    CompareError
        If something is wrong with a file: nothing is written then.

    Examples
    --------
    >>> from pathlib import Path
    >>> predict(Path("no"), Path("a.csv"), Path("b.csv"))
    Traceback (most recent call last):
    skdeepnn.cli.messages.CompareError: There is no model 'no': check the path, or make
    one with skdeepnn train.
    """
    import_module("pandas")
    if confidence is not None and not 0 < confidence < 1:
        raise CompareError(
            f"--sets takes a confidence between 0 and 1, such as 0.9; got {confidence}."
        )
    model, writer, notes = load_model(model_path), table_writer(out), Notes()
    if confidence is not None and not model.has_sets:
        raise CompareError(
            f"{model_path.name} was trained on fewer than 64 rows, too few to tell how "
            "sure it is: leave out --sets."
        )
    check_output(out, {"the data": path, "the model": model_path})
    names = {way.name for way in model.ways}
    table = open_blocks(path, notes, names)
    places = _places(table, model, model_path.name)
    job = _Job(model, table, places, _kept(table, keep), confidence, notes)
    with (
        writing(out),
        replacing(out) as file,
        writer(file) as written,
        counting("rows predicted") as count,
    ):
        for n_rows, columns in table.read(job.needed, size):
            written.write(job.predict(columns, written.takes_lists))
            count(n_rows)
    print_lines(job.told(out))


def _places(table, model, name):
    """Return where in the file each feature is, or say which are not there."""
    places, missing = [], []
    for way in model.ways:
        found = [i for i, column in enumerate(table.header) if column == way.name]
        if len(found) > way.n_after:
            places.append(found[-1 - way.n_after])
        else:
            missing.append(way.name)
    if not missing:
        return places
    some = []
    spare = {column.lower(): column for column in table.header}
    for way in model.ways:
        spare.pop(way.name.lower() if way.name in table.header else "", None)
    for column in missing[:5]:
        near = get_close_matches(column.lower(), spare, n=1)
        meant = f" (is it {spare[near[0]]!r}?)" if near else ""
        some.append(f"{column!r}{meant}")
    more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
    raise CompareError(
        f"{table.name} has no column {', '.join(some)}{more}, which {name} was trained "
        "with: rename or add them (empty where nothing is known)."
    )


def _kept(table, keep):
    """Return the positions of the columns that are to be written beside."""
    if keep is None:
        return []
    header = table.header
    if keep.strip().lower() == "all":
        names = header
    else:
        names = [keep] if keep in header else [n.strip() for n in keep.split(",")]
    unknown = [name for name in names if name not in header]
    if unknown:
        near = get_close_matches(unknown[0], header, n=1)
        meant = f"did you mean {near[0]!r}?" if near else "name columns of it, or all."
        raise CompareError(f"{table.name} has no column {unknown[0]!r}: {meant}")
    twice = [name for name, n in Counter(header).items() if n > 1 and name in names]
    if twice:
        raise CompareError(
            f"{table.name} has several columns {twice[0]!r}, which cannot be kept: "
            "rename them, or leave them out of --keep."
        )
    return [header.index(name) for name in dict.fromkeys(names)]


class _Job:
    """The predictions of one file, and what is to be told of them."""

    def __init__(self, model, table, places, kept, confidence, notes):
        self.model, self.table, self.notes = model, table, notes
        self.places, self.kept, self.confidence = places, kept, confidence
        self.readers = [Reader(way) for way in model.ways]
        self.labels = Labels(model, table.name, table.header)
        self.needed = {*places, *kept, *self.labels.places}
        self.unseen = Unseen(model)
        self.counts = Counter()
        classes = list(map(str, model.classes))
        self.names = ["predicted", *(f"probability_{label}" for label in classes)]
        if confidence is not None:
            self.names.append("set")
        clash = [table.header[i] for i in kept if table.header[i] in self.names]
        if clash:
            raise CompareError(
                f"{table.name} has a column {clash[0]!r} itself: rename it, or leave "
                "it out of --keep."
            )
        marks = [m for m in "|;/,\t" if not any(m in label for label in classes)]
        self.between = [*marks, "\n"][0]

    def predict(self, columns, takes_lists):
        """Return the columns to write of a block."""
        estimator = self.model.estimator
        X = self._features(columns)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # which go by the block
            proba = estimator.predict_proba(X)
            sets = None
            if self.confidence is not None:
                sets = estimator.predict_set(X, self.confidence)
        best = proba.argmax(axis=1)
        self.counts.update(best.tolist())
        self.labels.compare(columns, best)
        header, classes = self.table.header, estimator.classes_
        out = {header[i]: columns[i] for i in self.kept}
        out |= zip(self.names, [classes[best], *proba.T], strict=False)
        if sets is not None:
            out["set"] = self._sets(sets, takes_lists)
        return out

    def _features(self, columns):
        pd = import_module("pandas")
        features = {}
        for reader, place in zip(self.readers, self.places, strict=True):
            values = _as_pandas(columns[place], reader.way)
            features[reader.way.feature] = reader.read(values)
        self.unseen.look(features)
        return pd.DataFrame(features)

    def _sets(self, sets, takes_lists):
        classes = list(map(str, self.model.classes))
        rows = [[classes[j] for j in np.flatnonzero(row)] for row in sets]
        self.counts["in sets"] += int(sets.sum())
        return rows if takes_lists else [self.between.join(row) for row in rows]

    def told(self, out):
        """Return what to say at the end, in lines."""
        n_rows = sum(n for best, n in self.counts.items() if best != "in sets")
        yield f"{self.table.name}: {count_of(n_rows, 'row')} predicted, in {out}"
        yield ""
        order = sorted(range(len(self.model.classes)), key=lambda k: -self.counts[k])
        width = max(len(str(label)) for label in ("predicted", *self.model.classes))
        yield f"{'predicted':{width}}  {'rows':>11}  {'share':>7}"
        for k in order[:20]:
            n, label = self.counts[k], str(self.model.classes[k])
            yield f"{label:{width}}  {n:11,}  {n / n_rows:7.1%}"
        if len(order) > 20:
            yield f"and {len(order) - 20} more classes"
        yield ""
        yield from self._notes(n_rows)

    def _notes(self, n_rows):
        if self.confidence is not None:
            mean = self.counts["in sets"] / n_rows
            yield (
                f"set: the classes that cannot be excluded at {self.confidence:g} "
                f"confidence, {mean:.2f} on average, with {self.between!r} between "
                "them in text."
            )
        yield from self.labels.told()
        used = {*self.places, *self.kept, *self.labels.places}
        extra = [
            name
            for i, name in enumerate(self.table.header)
            if i not in used and name and not name.startswith("__index_level_")
        ]
        if extra:
            yield f"Columns that the model does not use: {listed(extra)}."
        for reader in self.readers:
            if reader.n_bad:
                some = ", ".join(map(repr, reader.bad[:3]))
                some += ", …" * (len(reader.bad) > 3)
                yield (
                    f"{count_of(reader.n_bad, 'value')} that cannot be read as "
                    f"{reader.way.kind} ({some}) counted as missing in "
                    f"{reader.way.name!r}."
                )
        yield from self.unseen.told()
        yield from self.notes.sentences()


def _as_pandas(values, way):
    """Return a column as a reader takes it; whole numbers stay exact as categories."""
    if isinstance(values, list):
        return values
    pd = import_module("pandas")
    exact = way.kind == "categories"
    return pd.Series(values.to_pandas(integer_object_nulls=exact))
