"""What predictions of rows that a model has not seen came to, in numbers."""

from typing import NamedTuple

import numpy as np
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

__all__ = [
    "Bins",
    "Curve",
    "Outcome",
    "base_rates",
    "confusions",
    "mistakes",
    "reliability",
    "roc_curves",
]

N_BINS = 10
MOST_POINTS = 150  # of a curve: more cannot be seen
Z = 1.96  # of an interval of 95 %


class Outcome(NamedTuple):
    """Predictions beside the truth.

    Parameters
    ----------
    classes : list of str
        Names.
    truth : ndarray of bool of shape (n_samples, n_classes)
        Which class each row is of; which labels it has, where it may have several.
    scores : ndarray of shape (n_samples, n_classes)
        Probabilities, or whatever else is larger for the more probable.
    predicted : ndarray of int of shape (n_samples,) or None
        Numbers of the classes that were predicted; None where rows have several labels.
    is_proba : bool
        Whether scores are probabilities.
    weight : ndarray of shape (n_samples,) or None, default=None
        Weights of the rows.
    """

    classes: list
    truth: np.ndarray
    scores: np.ndarray
    predicted: np.ndarray | None
    is_proba: bool
    weight: np.ndarray | None = None

    @property
    def is_binary(self):
        """Whether there are two classes, and so one curve."""
        return self.predicted is not None and len(self.classes) == 2

    def weights(self):
        """Return the weights of the rows, ones if there are none."""
        return np.ones(len(self.truth)) if self.weight is None else self.weight


class Curve(NamedTuple):
    """A ROC curve of one class against the rest, and the area under it."""

    name: str
    x: np.ndarray
    y: np.ndarray
    area: float


class Bins(NamedTuple):
    """Rows by their predicted probability.

    Each has "proba", the mean of it; "share" of the rows for which it came true, with
    the ends "low" and "high" of Wilson's interval of 95 %; "weight" of its rows.
    """

    proba: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray


def base_rates(outcome):
    """Return what those get who know only how frequent the classes are.

    Parameters
    ----------
    outcome : Outcome
        For one label a row.

    Returns
    -------
    accuracy : float
        By always naming the most frequent class.
    log_loss : float
        By always giving the classes' shares as probabilities.

    Examples
    --------
    >>> truth = np.eye(2, dtype=bool)[[0, 0, 0, 1]]
    >>> accuracy, loss = base_rates(Outcome(["a", "b"], truth, truth, None, True))
    >>> accuracy, round(loss, 3)
    (0.75, 0.562)
    """
    shares = outcome.weights() @ outcome.truth
    shares = shares[shares > 0] / shares.sum()
    return float(shares.max()), float(-shares @ np.log(shares))


def roc_curves(outcome):
    """Return the ROC curve of each class against the rest, the worst first.

    Of two classes there is one curve, the second's. Classes of no row have none, and
    there are none where scores are NaN.

    Parameters
    ----------
    outcome : Outcome
        Predictions.

    Returns
    -------
    list of Curve
        Of 150 points at the most each.

    Examples
    --------
    >>> truth = np.eye(2, dtype=bool)[[0, 0, 1, 1]]
    >>> scores = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5], [0.2, 0.8]])
    >>> outcome = Outcome(["no", "yes"], truth, scores, np.array([0, 1, 0, 1]), True)
    >>> [(curve.name, curve.area) for curve in roc_curves(outcome)]
    [('yes', 0.75)]
    """
    curves = []
    if np.isnan(outcome.scores).any():
        return curves  # there are none of each class
    for k in range(1 if outcome.is_binary else 0, len(outcome.classes)):
        truth, scores = outcome.truth[:, k], outcome.scores[:, k]
        weight = outcome.weights()
        if not (weight[truth].sum() > 0 and weight[~truth].sum() > 0):
            continue
        x, y, _ = roc_curve(truth, scores, sample_weight=weight)
        area = float(roc_auc_score(truth, scores, sample_weight=weight))
        curves.append(Curve(outcome.classes[k], *_thinned(x, y), area))
    return sorted(curves, key=lambda curve: curve.area)


def _thinned(x, y):
    """Leave out points that lie close to others along the curve."""
    along = np.cumsum(np.hypot(np.diff(x, prepend=0), np.diff(y, prepend=0)))
    kept = np.searchsorted(along, np.linspace(0, along[-1], MOST_POINTS))
    kept = np.unique(np.append(kept, len(x) - 1).clip(max=len(x) - 1))
    return x[kept], y[kept]


def reliability(outcome):
    """Compare predicted probabilities with what came true, in ten bins.

    Of two classes it is the probability of the second; of more, that of the predicted
    one; of several labels a row, that of each label.

    Parameters
    ----------
    outcome : Outcome
        With probabilities.

    Returns
    -------
    Bins
        Those that have rows in them.

    References
    ----------
    Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22, 1927, for the intervals.

    Examples
    --------
    >>> truth = np.eye(2, dtype=bool)[[0, 1, 1, 1]]
    >>> proba = np.array([[0.25, 0.75]] * 4)
    >>> bins = reliability(Outcome(["no", "yes"], truth, proba, np.ones(4, int), True))
    >>> bins.proba.tolist(), bins.share.tolist(), bins.low.round(2).tolist()
    ([0.75], [0.75], [0.3])
    """
    truth, proba, weight = outcome.truth, outcome.scores, outcome.weights()
    if outcome.predicted is None:
        weight = np.repeat(weight, truth.shape[1])
        truth, proba = truth.ravel(), proba.ravel()
    else:
        rows = np.arange(len(truth))
        column = 1 if outcome.is_binary else outcome.predicted
        truth, proba = truth[rows, column], proba[rows, column]
    bins = np.minimum((proba * N_BINS).astype(int), N_BINS - 1)

    def total(values):
        return np.bincount(bins, values, minlength=N_BINS)

    used = total(weight) > 0
    sums, squares = total(weight)[used], total(weight**2)[used]
    share = np.clip(total(weight * truth)[used] / sums, 0, 1)
    n = sums**2 / squares  # as many rows of equal weight tell as much
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + (Z / (2 * n)) ** 2)
    low, high = np.clip([centre - half, centre + half], 0, 1)
    return Bins(total(weight * proba)[used] / sums, share, low, high, sums)


def confusions(outcome):
    """Return how many rows, or what weight, of each class were taken for which.

    Parameters
    ----------
    outcome : Outcome
        For one label a row.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        True classes down, predicted ones across.

    Examples
    --------
    >>> truth = np.eye(2, dtype=bool)[[0, 0, 1]]
    >>> confusions(Outcome(["a", "b"], truth, truth, np.array([0, 1, 1]), False))
    array([[1, 1],
           [0, 1]])
    """
    return confusion_matrix(
        outcome.truth.argmax(axis=1),
        outcome.predicted,
        labels=np.arange(len(outcome.classes)),
        sample_weight=outcome.weight,
    )


def mistakes(matrix, most=10):
    """Return the most frequent mistakes.

    Parameters
    ----------
    matrix : ndarray of shape (n_classes, n_classes)
        From :func:`confusions`.
    most : int, default=10
        How many of them.

    Returns
    -------
    list of tuple of int
        True and predicted class, the most frequent first.

    Examples
    --------
    >>> mistakes(np.array([[5, 1, 0], [3, 4, 0], [0, 0, 9]]))
    [(1, 0), (0, 1)]
    """
    wrong = np.where(np.eye(len(matrix), dtype=bool), 0, matrix)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = zip(*np.unravel_index(order, wrong.shape), strict=True)
    return [(int(i), int(j)) for i, j in pairs if wrong[i, j] > 0]
