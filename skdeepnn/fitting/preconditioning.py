"""The curvature of logistic regression, and coordinates in which it is easy.

L-BFGS needs as many iterations as the curvatures of its objective differ. In the
coordinates ``v`` with ``params = T v`` and ``T Tᵀ`` the inverse of the Hessian they are
all alike, whatever the scales and correlations of the features. The objective, its
penalty and its optimum stay those of the user's units.

References
----------
Nocedal and Wright, "Numerical Optimization", 2006, section 5.1 (preconditioning).
Böhning, "Multinomial logistic regression algorithm", Annals of the Institute of
Statistical Mathematics 44, 1992 (the bound on the Hessian by the features' moments).
"""

import numpy as np
from scipy.linalg import LinAlgError, cholesky
from scipy.linalg.lapack import dtrtrs
from scipy.sparse import issparse
from sklearn.utils.extmath import row_norms
from sklearn.utils.sparsefuncs import mean_variance_axis

__all__ = ["Coordinates", "expected_smoothness", "rounds", "safe_learning_rate"]

_BLOCK_ROWS = 2048
_ROUNDING = 1e-14
_MOST_FEATURES = 400  # for which the features' moments are worth their time
_MOST_PARAMS = 700  # for which the exact Hessian is, if convergence is slow without
_FEW_PARAMS = 150  # for which the exact Hessian costs next to nothing
_RARE = 0.05  # of the largest curvature; features with less are not brought up to it
_MOST_GAIN = 0.01  # in a round, for its coordinates to be those of the optimum


class Coordinates:
    """A linear change of the parameters of a single layer.

    Parameters
    ----------
    shape : tuple of int
        Of the layer's parameters: a row a feature, and one for intercepts if `center`
        is given.
    center : ndarray of shape (n_features,) or None
        Means of the features, which the intercepts take up; None without intercepts.
    factor : ndarray
        ``L`` with ``L Lᵀ`` the curvature of the centred problem: lower triangular, for
        all parameters or for each column of them; or one dimension for a diagonal.
    common : ndarray of shape (n_features,), optional
        ``q`` where the curvature is ``L (I + q qᵀ) Lᵀ`` for a diagonal ``L``: what all
        rows have in common, where there is no intercept to take it up.
    is_softmax : bool, default=False
        Whether adding the same to all classes changes nothing: then parameters are kept
        such that they sum to zero over the classes.

    Examples
    --------
    >>> coordinates = Coordinates((2, 1), np.array([3.0]), np.array([2.0, 1.0]))
    >>> params = coordinates.to_params(np.array([4.0, 1.0]))
    >>> params  # coefficient 4 / 2; intercept 1 - 3 * 2
    array([ 2., -5.])
    >>> coordinates.from_params(params)
    array([4., 1.])
    """

    def __init__(self, shape, center, factor, common=None, is_softmax=False):
        self.shape = shape
        self.center = center
        self.factor = factor
        self.common = common
        self.is_softmax = is_softmax

    def to_params(self, v):
        """Return the parameters ``T v``."""
        v = self._stretch(v.copy(), -0.5)
        block = self._solve(v, transposed=True).reshape(self.shape)
        if self.center is not None:
            block[-1] -= self.center @ block[:-1]
        return self._sum_to_zero(block).ravel()

    def from_params(self, params):
        """Return ``v`` with ``T v`` the parameters."""
        block = params.astype(np.float64).reshape(self.shape)
        if self.center is not None:
            block[-1] += self.center @ block[:-1]
        factor = self.factor
        if factor.ndim == 1:
            block *= factor[:, np.newaxis]
        elif len(factor) == len(block):
            block = factor.T @ block
        else:
            block = factor.T @ block.ravel()
        return self._stretch(block.ravel(), 0.5)

    def to_gradient(self, gradient):
        """Return the gradient with respect to ``v``, ``Tᵀ gradient``."""
        block = self._sum_to_zero(gradient.astype(np.float64).reshape(self.shape))
        if self.center is not None:
            block[:-1] -= np.outer(self.center, block[-1])
        return self._stretch(self._solve(block.ravel(), transposed=False), -0.5)

    def _stretch(self, v, power):
        """Multiply with that power of ``I + q qᵀ``, in place."""
        if self.common is None:
            return v
        q, block = self.common, v.reshape(self.shape)
        squared = q @ q
        change = np.expm1(power * np.log1p(squared)) / squared
        block += np.outer(q, change * (q @ block))
        return v

    def _sum_to_zero(self, block):
        if self.is_softmax:
            block -= block.mean(axis=1, keepdims=True)
        return block

    def _solve(self, v, *, transposed):
        if self.factor.ndim == 1:  # in place: `v` is nobody else's
            block = v.reshape(self.shape)
            block /= self.factor[:, np.newaxis]
            return block.ravel()
        if len(self.factor) == self.shape[0]:
            v = v.reshape(self.shape)
        # Twice an evaluation: `solve_triangular` adds 10 µs, as much as a small loss.
        solution, _ = dtrtrs(self.factor, v, lower=1, trans=int(transposed))
        return solution.ravel()


def rounds(network, loss, data, l2):
    """Yield coordinates to minimize in, one set after another until converged.

    First those of the curvature at zero coefficients, which need one pass over the
    data. Where that is not enough for quick convergence, those of the exact Hessian
    where the last round has ended, as in Newton's method.

    Parameters
    ----------
    network : Network
        A single layer, changed by the rounds.
    loss : object
        The logistic or the multinomial loss.
    data : Data
        Training rows.
    l2 : float
        Strength of the penalty.

    Yields
    ------
    coordinates : Coordinates
        For `minimize_lbfgs`.
    n_iterations : int or None
        How many iterations these are good for; None for as many as it takes.
    most_gain : float or None
        Convergence in these coordinates ends the search unless the loss has fallen by
        more than this share of it: then their curvature is one of far away, by which
        the gradient may be small in the wrong directions. None for however much, where
        computing others would cost too much.
    precision : float
        What to multiply the tolerance of the gradient with. In coordinates of nearly
        the exact curvature, half the squared gradient is what is left to gain; where
        iterations are cheap, a hundredth of the tolerance costs next to nothing.
    """
    layer = network.layers[0]
    n_features, n_outputs = layer.coef.shape
    is_softmax = loss.out_activation == "softmax"
    share = 1 / n_outputs if is_softmax else 0.5
    curvature = share * (1 - share)  # of the loss where all classes are as probable
    most_features = min(max(_MOST_FEATURES, 40 * n_outputs), 1000)
    if issparse(data.X) or n_features > most_features:
        find = _sparse if issparse(data.X) else _diagonal
        coordinates = Coordinates(*find(layer, data, curvature, l2), is_softmax)
        yield coordinates, None, None, 0.1
        return
    exact, is_small = (layer.coef.size <= n for n in (_MOST_PARAMS, _FEW_PARAMS))
    center, moments = _moments(layer, data, np.full((1, 1, 1), curvature))
    floor = 1e-8 * np.repeat(np.diagonal(moments), n_outputs)
    factor = _factor(moments, l2, n_features)
    coordinates = Coordinates(layer.shape, center, factor, None, is_softmax)
    if is_small:
        yield coordinates, 8, _MOST_GAIN, 0.01
    else:
        yield coordinates, 50 if exact else None, None, 0.1
    while exact:
        weights = _second_derivatives(loss.proba(network.logits(data.X)), is_softmax)
        _, hessian = _moments(layer, data, weights, center)
        # Where a class's probability has vanished there is no curvature left to divide
        # by; a little of that at zero coefficients keeps the steps finite.
        hessian[np.diag_indices(len(hessian))] += floor
        factor = _factor(hessian, l2, layer.coef.size)
        coordinates = Coordinates(layer.shape, center, factor, None, is_softmax)
        yield coordinates, 8, _MOST_GAIN, 0.01


def _second_derivatives(proba, is_softmax):
    """Of the loss by the logits of each row: diag(p) - p pᵀ, or diag(p (1 - p))."""
    diagonal = np.arange(proba.shape[1])
    if is_softmax:
        weights = -proba[:, :, np.newaxis] * proba[:, np.newaxis, :]
        weights[:, diagonal, diagonal] += proba
    else:
        weights = np.zeros((*proba.shape, proba.shape[1]))
        weights[:, diagonal, diagonal] = proba * (1 - proba)
    return weights


def _moments(layer, data, weights, center=None):
    """Return the features' means and ``mean(weights ⊗ x xᵀ)`` of centred features.

    The order of the result's rows and columns is that of the layer's parameters.
    """
    X, n_samples = data.X, data.X.shape[0]
    rows = np.full(n_samples, 1 / n_samples)
    if data.sample_weight is not None:
        rows = (data.sample_weight / data.total_weight).astype(np.float64)
    if not layer.fit_intercept:
        means = np.zeros(X.shape[1])
    else:
        means = rows @ X if center is None else center
    n_rows, k = layer.shape[0], weights.shape[1]
    total = np.zeros((k, k, n_rows, n_rows))
    for start in range(0, n_samples, _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        design = np.empty((len(X[block]), n_rows))
        design[:, : X.shape[1]] = X[block] - means
        if layer.fit_intercept:
            design[:, -1] = 1
        for i in range(k):
            for j in range(i + 1):
                w = weights[block, i, j] if len(weights) > 1 else weights[0, i, j]
                total[i, j] += design.T @ (design * (rows[block] * w)[:, np.newaxis])
    for i in range(k):
        for j in range(i):
            total[j, i] = total[i, j]
    # What varies by less than 1e-7 of its mean is constant but for rounding, which the
    # inverse of its variance would blow up.
    features = np.arange(X.shape[1])
    for i in range(k):
        variances = total[i, i, features, features]
        total[i, i, features, features] = np.maximum(variances, _ROUNDING * means**2)
    size = n_rows * k
    return (
        means if layer.fit_intercept else None,
        total.transpose(2, 0, 3, 1).reshape(size, size),
    )


def _factor(moments, l2, n_coefs):
    """Cholesky factor of the Hessian; directions without curvature get a little."""
    size = len(moments)
    diagonal = np.diagonal(moments).copy()
    diagonal[:n_coefs] += l2
    diagonal[diagonal <= 0] = 1  # constant features without a penalty
    for ridge in 10.0 ** np.arange(-10, 1):
        moments[np.diag_indices(size)] = diagonal * (1 + ridge)
        try:
            return cholesky(moments, lower=True, check_finite=False)
        except LinAlgError:
            continue
    return np.sqrt(np.diag(diagonal))


def _diagonal(layer, data, curvature, l2):
    """Only scale and centre: arguments of `Coordinates` for many dense features."""
    X, weight = data.X, data.sample_weight
    means = np.average(X, axis=0, weights=weight)
    variances = np.average((X - means) ** 2, axis=0, weights=weight)
    if not layer.fit_intercept:
        variances = variances + means**2
    variances = np.maximum(variances, _ROUNDING * means**2)
    scales = _scales(curvature * variances.astype(np.float64), l2)
    if not layer.fit_intercept:
        return layer.shape, None, scales, None
    scales = np.append(scales, np.sqrt(curvature))
    return layer.shape, means.astype(np.float64), scales, None


def _sparse(layer, data, curvature, l2):
    """Likewise for sparse features, of which the rarest are scaled less.

    The variance of a sparse feature is about the square of its values times the share
    of the rows in which it is not zero. The values are a matter of units, and divided
    out in full. But where rows have many rare features, as the words of a text, these
    add up to a large curvature as soon as each is brought to that of a frequent one.
    So a share counts for no less than a twentieth of the number of features that two
    rows have in common, but for those that all rows have: about the largest curvature
    in equal units. Without that, L-BFGS took up to twelve times the iterations that it
    takes with the features as they are, and with it a third on the average.
    """
    X, weight = data.X, data.sample_weight
    means, variances = mean_variance_axis(X, axis=0, weights=weight)
    means = means.astype(np.float64)
    variances = np.maximum(variances.astype(np.float64), _ROUNDING * means**2)
    rows = np.ones(X.shape[0]) if weight is None else weight.astype(np.float64)
    present = np.repeat(rows / rows.sum(), np.diff(X.indptr)) * (X.data != 0)
    shares = np.bincount(X.indices, present, minlength=X.shape[1]).clip(max=1)
    in_common = shares @ (shares * (1 - shares))
    variances *= 1 + _RARE * in_common / np.where(shares > 0, shares, 1)
    scales = _scales(curvature * variances, l2)
    if layer.fit_intercept:
        return layer.shape, means, np.append(scales, np.sqrt(curvature)), None
    common = np.sqrt(curvature) * means / scales
    return layer.shape, None, scales, common if common.any() else None


def _scales(curvatures, l2):
    """Roots of the penalized curvatures; 1 for constant features without a penalty."""
    scales = curvatures + l2
    scales[scales <= 0] = 1
    return np.sqrt(scales)


def expected_smoothness(X, sample_weight, batch_size, fit_intercept=True):
    """Curvature that gradient descent on batches meets: its inverse is a safe step.

    With ``L`` the largest eigenvalue of ``mean(x xᵀ)`` and ``L_max`` the largest
    ``x · x``, batches of b out of n rows drawn at random have ``(n (b - 1) L + (n - b)
    L_max) / (b (n - 1))``: `L` for full-batch descent, `L_max` for single rows.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Data.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the rows.
    batch_size : int
        Number of rows a batch.
    fit_intercept : bool, default=True
        Whether there is a feature that is always one besides.

    Returns
    -------
    float
        To be multiplied with the loss's own curvature, 1/4 for the logistic and 1/2
        for the multinomial loss.

    References
    ----------
    Gower et al., "SGD: General Analysis and Improved Rates", :arxiv:`1901.09401`,
    Proposition 3.8.

    Examples
    --------
    >>> expected_smoothness(np.array([[1.0], [3.0]]), None, 2, fit_intercept=False)
    5.0
    """
    n, b = X.shape[0], min(batch_size, X.shape[0])
    weights = np.ones(n)
    if sample_weight is not None:
        weights = sample_weight / sample_weight.mean()
    squares = weights * (row_norms(X, squared=True) + fit_intercept)
    largest_row = float(squares.max())
    if n == 1:
        return largest_row
    vector, ones = np.ones(X.shape[1]), float(fit_intercept)
    eigenvalue = largest_row
    for _ in range(30):  # power iteration; a step needs two digits, not ten
        product = weights * (X @ vector + ones * fit_intercept) / n
        vector, ones = X.T @ product, float(product.sum() * fit_intercept)
        eigenvalue = float(np.hypot(np.linalg.norm(vector), ones))
        if eigenvalue == 0:
            return largest_row
        vector, ones = vector / eigenvalue, ones / eigenvalue
    return (n * (b - 1) * eigenvalue + (n - b) * largest_row) / (b * (n - 1))


def safe_learning_rate(data, plan, loss):
    """Return the learning rate with which gradient descent converges.

    The inverse of the curvature of the penalized loss, as batches meet it.

    Parameters
    ----------
    data : Data
        Training rows.
    plan : Plan
        Its `batch_size`, `fit_intercept` and `alpha` are read.
    loss : object
        The logistic or the multinomial loss.

    Returns
    -------
    float
        The rate, for data of any scale.
    """
    curvature = 0.5 if loss.out_activation == "softmax" else 0.25
    smoothness = curvature * expected_smoothness(
        data.X, data.sample_weight, plan.batch_size, plan.fit_intercept
    )
    return 1 / (smoothness + plan.alpha / data.total_weight)
