"""Where DeepNNClassifier is beaten or slower, in plain sentences."""

import numpy as np
from scipy.stats import t as student

from .compare import METRICS, SCORES

__all__ = ["NOISE", "paired_difference", "verdict"]

SUBJECT = "DeepNNClassifier"
TITLES = {"accuracy": "Accuracy", "log_loss": "Log loss", "roc_auc": "ROC AUC"}
MOST_NAMED = 4  # models in a sentence

NOISE = (
    "Noise: what differences fold by fold would be in 95 of 100 comparisons of equals, "
    "by a t-test that allows for the rows which folds share in training (Nadeau and "
    "Bengio, 2003)."
)


def verdict(summary, records):
    """Say where `DeepNNClassifier` is beaten or slower, by whom and by how much.

    Parameters
    ----------
    summary : list of dict
        From :func:`skdeepnn.cli.compare.summarize`.
    records : list of dict
        What was summarized.

    Returns
    -------
    list of str
        A sentence or two for each score and for each time; nothing unless it was
        compared with another model.

    Examples
    --------
    >>> from skdeepnn.cli.compare import summarize
    >>> fold = {"n_train": 80, "n_test": 20, "error": None, "converged": True}
    >>> fold |= dict.fromkeys(METRICS, 1.0)
    >>> records = [
    ...     fold | {"model": name, "fold": k, "accuracy": accuracy + k / 100}
    ...     for k in (1, 2)
    ...     for name, accuracy in (("A", 0.9), ("DeepNNClassifier", 0.8))
    ... ]
    >>> print(verdict(summarize(records), records)[0])
    Accuracy: DeepNNClassifier is beaten by A (by 0.1000, more than the noise).
    """
    rows = {row["model"]: row for row in summary if row["accuracy"]}
    subjects = [name for name in rows if name.split("(")[0] == SUBJECT]
    if len(rows) < 2:
        return []
    sentences = []
    for subject in subjects:
        others = [name for name in rows if name != subject]
        sentences += [
            sentence
            for metric in SCORES
            if (sentence := _of_score(metric, subject, others, rows, records))
        ]
        for metric, what in (("fit_seconds", "fit"), ("predict_us_per_row", "predict")):
            sentences.append(_of_time(metric, what, subject, others, rows))
    return sentences


def _of_score(metric, subject, others, rows, records):
    others = [name for name in others if rows[name][metric]]
    if not others or not rows[subject][metric]:
        return None
    sign = 1 if METRICS[metric] else -1
    lead = {
        name: sign * paired_difference(records, metric, name, subject)[0]
        for name in others
    }
    order = sorted(others, key=lambda name: -lead[name])
    beaten = [name for name in order if round(lead[name], 4) > 0]

    def told(name):
        difference, is_more = paired_difference(records, metric, name, subject)
        noise = f"{'more than' if is_more else 'within'} the noise"
        if is_more is None:
            noise = "in one fold, which tells nothing of the noise"
        return f"{name} (by {abs(difference):.4f}, {noise})"

    head = f"{TITLES[metric]}: {subject}"
    if beaten:
        by = [told(name) for name in beaten[:MOST_NAMED]]
        more = len(beaten) - len(by)
        by += [f"{more} more"] if more else []
        return f"{head} is beaten by {_and(by)}."
    if round(lead[order[0]], 4) == 0:
        equal = [name for name in order if round(lead[name], 4) == 0]
        return f"{head} is equal to {_and(equal[:MOST_NAMED])}, to four decimals."
    return f"{head} is not beaten. Next behind it: {told(order[0])}."


def _of_time(metric, what, subject, others, rows):
    own = rows[subject][metric]["median"]
    ratios = {name: own / rows[name][metric]["median"] for name in others}
    faster = [name for name in ratios if float(f"{ratios[name]:.2g}") > 1]
    faster.sort(key=lambda name: -ratios[name])
    if not faster:
        return f"Time to {what}: none is faster than {subject}."
    times = [f"{_times(ratios[name])} times as long as {name}" for name in faster]
    more = len(times) - MOST_NAMED
    if more > 0:
        times = [*times[:MOST_NAMED], f"longer than {more} more"]
    return f"Time to {what}: {subject} takes {_and(times)}."


def _times(ratio):
    return f"{ratio:.2g}" if ratio < 100 else f"{float(f'{ratio:.2g}'):,.0f}"


def _and(parts):
    """Join parts of a sentence.

    Examples
    --------
    >>> _and(["a"]), _and(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def paired_difference(records, metric, one, other):
    """Compare two models on the folds that both have finished.

    Parameters
    ----------
    records : list of dict
        From :func:`skdeepnn.cli.compare.compare`.
    metric : str
        What to compare.
    one, other : str
        Names of the models.

    Returns
    -------
    difference : float
        Mean over the folds of the one's score less the other's; 0 without a fold.
    is_more : bool or None
        Whether that is more than noise; None where there are less than two folds.

    References
    ----------
    Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52,
    2003, section 3: the variance of the mean is ``(1 / n_folds + n_test / n_train)``
    times that of the differences, since the folds' models have rows in common.

    Examples
    --------
    >>> fold = {"n_train": 50, "n_test": 50}
    >>> records = [
    ...     fold | {"model": "a", "fold": 1, "accuracy": 0.75},
    ...     fold | {"model": "b", "fold": 1, "accuracy": 0.5},
    ... ]
    >>> paired_difference(records, "accuracy", "a", "b")
    (0.25, None)
    """
    values = {
        (record["model"], record["fold"]): record[metric]
        for record in records
        if record[metric] is not None
    }
    both = [
        record
        for record in records
        if record["model"] == one
        and (one, record["fold"]) in values
        and (other, record["fold"]) in values
    ]
    folds = [record["fold"] for record in both]
    differences = np.array([values[one, k] - values[other, k] for k in folds])
    n = len(differences)
    if n < 2:
        return float(differences.sum()), None
    share = np.mean([record["n_test"] / record["n_train"] for record in both])
    error = np.sqrt((1 / n + share) * differences.var(ddof=1))
    mean = float(differences.mean())
    return mean, bool(abs(mean) > student.ppf(0.975, n - 1) * error)
