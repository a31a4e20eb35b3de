"""Robust scaling and smooth clipping of numbers, dense or sparse."""

import itertools
import warnings

import numpy as np
from scipy.sparse import hstack, issparse

__all__ = [
    "beyond_all",
    "fit_dense",
    "fit_sparse",
    "inverse_transform_dense",
    "quantiles",
    "smooth_clip",
    "transform_dense",
    "transform_sparse",
    "warn_of_infinite",
]

BOUND = 3.0  # of the smooth clip
FARTHEST = 3000.0  # beyond, float32 could not tell the smooth clip from its bound
BLOCK_SIZE = 1 << 16  # values worked on at a time, which a processor's cache holds


def warn_of_infinite(X, names):
    """Warn of infinite values, naming the features.

    Parameters
    ----------
    X : {ndarray, csr_array, csr_matrix} of shape (n_samples, n_features)
        Numbers, NaN where missing.
    names : list of shape (n_features,)
        What to call the features.

    Warns
    -----
    UserWarning
        If there are any.

    Examples
    --------
    >>> warn_of_infinite(np.array([[1, np.nan]]), ["a", "b"])
    """
    values = X.data if issparse(X) else X
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(np.sum(values)):  # in a quarter of the time
            return
    infinite = np.isinf(values)
    found = X.indices[infinite] if issparse(X) else np.nonzero(infinite)[1]
    if len(found):
        warnings.warn(
            f"Features {[names[i] for i in np.unique(found)]} have infinite values, "
            "which count as farther away than all others. Are they marks for missing "
            "ones? Then make them NaN.",
            UserWarning,
            stacklevel=2,
        )


def fit_dense(X, sample_weight):
    """Return medians, scales, and numbers of missing values.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Numbers, NaN where missing; infinite ones count as farther than all others.
    sample_weight : ndarray of shape (n_samples,) or None
        Positive weights.

    Returns
    -------
    center, scale, n_missing : ndarray of shape (n_features,)
        Zeros for a feature that is missing everywhere.

    Examples
    --------
    >>> fit_dense(np.array([[1.0], [2.0], [3.0], [np.nan]]), None)
    (array([2.]), array([0.5]), array([1.]))
    """
    center, scale = np.zeros((2, X.shape[1]))
    n_missing = np.zeros(X.shape[1])
    for start in range(0, X.shape[1], 16):  # copied together, for columns are strided
        for j, values in enumerate(X[:, start : start + 16].T.copy(), start):
            weight = sample_weight
            if not np.isfinite(values).all():
                present = ~np.isnan(values)
                n_missing[j] = len(values) - present.sum()
                values = beyond_all(values[present])
                weight = None if weight is None else weight[present]
            if len(values):
                center[j], scale[j] = _center_and_scale(values, weight)
    return center, scale, n_missing


def fit_sparse(X, sample_weight):
    """Return the same as :func:`fit_dense` for a sparse matrix, with centers of zero.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> fit_sparse(csr_array(np.array([[0.0], [2.0], [-2.0]])), None)
    (array([0.]), array([1.]), array([0]))
    """
    X = X.tocsc()
    X.sum_duplicates()
    n_features = X.shape[1]
    if np.isinf(X.data).any():
        for start, stop in itertools.pairwise(X.indptr):
            X.data[start:stop] = beyond_all(X.data[start:stop])
    columns = np.repeat(np.arange(n_features), np.diff(X.indptr))
    n_missing = np.bincount(columns[np.isnan(X.data)], minlength=n_features)
    away = abs(X.data) > 0
    distances, columns, rows = abs(X.data[away]), columns[away], X.indices[away]
    weight = np.ones(len(rows)) if sample_weight is None else sample_weight[rows]
    order = np.lexsort((distances, columns))
    cumulative = np.cumsum(weight[order])
    used, counts = np.unique(columns, return_counts=True)
    ends = cumulative[np.cumsum(counts) - 1]
    totals = np.diff(ends, prepend=0)
    medians = _dividing(distances[order], cumulative, ends - totals / 2, totals)
    center, scale = np.zeros((2, n_features))
    with np.errstate(over="ignore", divide="ignore"):
        scale[used] = 2 / medians
    return center, scale, n_missing


def beyond_all(values):
    """Return values with finite ones in the place of infinite, farther than all.

    Examples
    --------
    >>> beyond_all(np.array([1.0, 3.0, np.inf, np.nan]))
    array([ 1.,  3.,  5., nan])
    """
    infinite = np.isinf(values)
    if not infinite.any():
        return values
    finite = values[np.isfinite(values)].astype(float)
    finite = finite if len(finite) else np.zeros(1)
    low, high = finite.min(), finite.max()
    with np.errstate(over="ignore"):
        step = high - low if high > low else max(1.0, abs(high))
        beyond = np.where(values > 0, high + step, low - step)
    limit = float(np.finfo(values.dtype).max)
    beyond = np.clip(beyond, -limit, limit).astype(values.dtype)
    return np.where(infinite, beyond, values)


def _center_and_scale(values, weight):
    """Return the median and the scale of a column."""
    low, center, high = quantiles(values, weight, [0.25, 0.5, 0.75])
    rounding = 4 * np.finfo(values.dtype).eps * max(abs(low), abs(high))
    half_range = high / 2 - low / 2  # the whole may be more than floats can hold
    with np.errstate(over="ignore", divide="ignore"):
        if half_range > rounding:
            return center, 0.5 / half_range
        distances = abs(values - center)
        away = distances > rounding
        if not away.any():
            return center, 0.0
        weight = None if weight is None else weight[away]
        return center, 2 / quantiles(distances[away], weight, [0.5])[0]


def quantiles(values, weight, shares):
    """Return values that divide the weight in these ratios.

    Parameters
    ----------
    values : ndarray of shape (n_samples,)
        Finite.
    weight : ndarray of shape (n_samples,) or None
        Of each value.
    shares : array-like of float
        Between 0 and 1.

    Examples
    --------
    >>> quantiles(np.array([3.0, 1.0, 2.0, 4.0]), None, [0, 0.5, 1])
    array([1. , 2.5, 4. ])
    """
    if weight is None:
        values, cumulative = np.sort(values), np.arange(1, len(values) + 1)
    else:
        order = np.argsort(values)
        values, cumulative = values[order], np.cumsum(weight[order])
    total = cumulative[-1]
    return _dividing(values, cumulative, np.array(shares) * total, total)


def _dividing(values, cumulative, targets, totals):
    """Return the means of the least and greatest sorted value at these weights."""
    tolerance = 1e-10 * totals  # for sums of fractions, which differ by their order
    least = values[np.searchsorted(cumulative, targets - tolerance)]
    above = np.searchsorted(cumulative, targets + tolerance)
    greatest = values[np.minimum(above, len(values) - 1)]
    return least.astype(float) / 2 + greatest.astype(float) / 2


def transform_dense(X, center, scale, out, bound=BOUND):
    """Centre, scale and clip the columns.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Numbers, NaN where missing.
    center, scale : ndarray of shape (n_features,)
        What :func:`fit_dense` has returned.
    out : ndarray of shape (n_samples, n_features)
        Where to put the result; 0 where missing.
    bound : float, default=3
        Of the smooth clip.

    Examples
    --------
    >>> X = np.array([[0.0], [4.0], [np.nan]])
    >>> transform_dense(X, np.zeros(1), np.ones(1), out=X)
    >>> X
    array([[0. ],
           [2.4],
           [0. ]])
    """
    with np.errstate(over="ignore", invalid="ignore"):
        center, scale = center.astype(X.dtype), scale.astype(X.dtype)
        step = max(1, BLOCK_SIZE // max(1, X.shape[1]))
        for start in range(0, len(X), step):
            rows = slice(start, start + step)
            np.subtract(X[rows], center, out=out[rows])
            out[rows] *= scale
            smooth_clip(out[rows], bound)


def transform_sparse(X, center, scale, indicated):
    """Scale and clip the values of a sparse matrix that are not zero.

    Parameters
    ----------
    X : csr_array or csr_matrix of shape (n_samples, n_features)
        Numbers, NaN where missing.
    center, scale : ndarray of shape (n_features,)
        What :func:`fit_sparse` has returned.
    indicated : ndarray of shape (n_features,)
        Mask of the features to add a column for that says where they are missing.

    Returns
    -------
    csr_array or csr_matrix of shape (n_samples, n_features + n_indicated)
        Zero where missing.

    Raises
    ------
    ValueError
        If centers are not zero.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> X = csr_array(np.array([[0.0, 4.0]]))
    >>> transform_sparse(X, np.zeros(2), np.ones(2), np.zeros(2, bool)).toarray()
    array([[0. , 2.4]])
    """
    if center.any():
        raise ValueError(
            "X is sparse, but the encoder was fitted to dense data, whose medians are "
            "not zero: fit it to sparse data, or pass X.toarray()."
        )
    X = X.copy()
    X.sum_duplicates()
    missing = X.copy()
    missing.data = np.isnan(X.data).astype(X.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        X.data *= scale.astype(X.dtype)[X.indices]
    smooth_clip(X.data)
    if not indicated.any():
        return X
    missing = missing[:, indicated]
    missing.eliminate_zeros()
    return hstack([X, missing], format="csr")


def smooth_clip(x, bound=BOUND):
    """Put x / sqrt(1 + (x / bound)^2) in the place of x, and 0 in that of NaN.

    Examples
    --------
    >>> x = np.array([0.0, 4.0, np.nan, -np.inf])
    >>> smooth_clip(x)
    >>> x.round(2)
    array([ 0. ,  2.4,  0. , -3. ])
    """
    np.clip(x, -FARTHEST, FARTHEST, out=x)
    root = x / bound
    root *= root
    root += 1
    x /= np.sqrt(root, out=root)
    x[np.isnan(x)] = 0


def inverse_transform_dense(X, center, scale, bound=BOUND):
    """Return what :func:`transform_dense` has made `X` of.

    Examples
    --------
    >>> inverse_transform_dense(np.array([[2.4]]), np.zeros(1), np.ones(1)).round(6)
    array([[4.]])
    """
    farthest = FARTHEST / np.hypot(1, FARTHEST / bound)
    z = np.clip(X, -farthest, farthest)
    z = z / np.sqrt(1 - (z / bound) ** 2)
    return np.divide(z, scale, out=np.zeros_like(z), where=scale > 0) + center
