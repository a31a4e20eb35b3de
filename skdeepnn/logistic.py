"""LogisticRegressionNN: logistic regression as a network without hidden layers."""

from numbers import Integral, Real

import numpy as np
from sklearn.metrics import get_scorer_names
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.extmath import row_norms

from .base import NetworkClassifier
from .initializers import INITIALIZERS
from .preconditioning import rounds
from .schedules import SCHEDULES

__all__ = ["LogisticRegressionNN"]


class LogisticRegressionNN(NetworkClassifier):
    """Logistic regression as a network without hidden layers.

    The same objective, optimum, `coef_` and `intercept_` as
    :class:`~sklearn.linear_model.LogisticRegression` with its L2 penalty, found by
    L-BFGS through the network's own backpropagation; or by gradient descent, as one
    teaches it.

    Minimized is ``C * sum(w * log_loss) + ||coef||² / 2``, divided by ``C * sum(w)``,
    with one logit for binary and one a class for multiclass targets.

    Parameters
    ----------
    C : float, default=1.0
        Inverse of the strength of the L2 penalty; ``np.inf`` for none.

    tol : float, default=1e-4
        "lbfgs" stops where no component of the gradient is larger; the others where
        the loss does not improve by as much for `n_iter_no_change` epochs.

    fit_intercept : bool, default=True
        Whether there is an intercept; it is not penalized.

    class_weight : dict, list of dict, "balanced" or None, default=None
        Weights of the classes, multiplied with the rows' own; "balanced" makes all
        classes weigh the same.

    random_state : int, RandomState instance or None, default=None
        Source of the order of the rows for "sgd" and "adam".

    solver : {"lbfgs", "sgd", "adam"}, default="lbfgs"
        "lbfgs" finds the optimum. "sgd" is gradient descent: with
        ``batch_size=len(X)`` the plain method of textbooks. "adam" suits data that is
        too large for many passes.

    max_iter : int, default=100
        Number of iterations of "lbfgs", or of epochs, at the most.

    verbose : bool or int, default=0
        Print the loss of every epoch (1), or of every kth and the last (k).

    warm_start : bool, default=False
        Whether `fit` goes on from the last solution.

    batch_size : int or "auto", default="auto"
        Rows a step of "sgd" and "adam"; "auto" is ``min(200, n_samples)``.

    learning_rate : str or callable, default="constant"
        Schedule of "sgd" and "adam", as for :class:`DeepNNClassifier`.

    learning_rate_init : float or "auto", default="auto"
        Initial learning rate. "auto" is for "sgd" the inverse of the curvature that
        batches of this size meet (see :func:`expected_smoothness`), with which descent
        converges on scaled and unscaled data; for "adam" 0.1.

    power_t : float, default=0.5
        Exponent of the schedule "invscaling".

    shuffle : bool, default=True
        Whether "sgd" and "adam" see the rows in a new order every epoch.

    momentum : float, default=0.0
        Of "sgd", between 0 and 1.

    nesterovs_momentum : bool, default=True
        Whether "sgd" looks ahead along its momentum.

    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        Constants of "adam".

    n_iter_no_change : int or inf, default=10
        Patience of "sgd" and "adam", in epochs.

    scoring : str, callable or None, default=None
        A scikit-learn scorer, measured on the training rows after every epoch:
        ``history_["score"]``.

    weight_init : str or callable, default="zeros"
        Initial coefficients, as for :class:`DeepNNClassifier`. The objective is convex:
        any start leads to the same optimum.

    dtype : {"auto", "float32", "float64"}, default="auto"
        In which to compute, as for :class:`DeepNNClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted; column numbers for multilabel targets.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients; one row for binary targets.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts; zeros without `fit_intercept`.
    n_iter_ : ndarray of shape (1,)
        Number of iterations or epochs of the last fit.
    loss_ : float
        Last value of the objective.
    loss_curve_ : list of float
        The objective after each iteration, or the mean over each epoch's batches.
    history_ : dict of ndarray
        For each of these also the learning rate, gradient norm, seconds, and score.
    network_, layers_, coefs_, intercepts_ : Network, list of Dense, list of ndarray
        The network, as for :class:`DeepNNClassifier`.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where `X` had any.

    See Also
    --------
    DeepNNClassifier : Networks with hidden layers.

    References
    ----------
    Bishop, "Pattern Recognition and Machine Learning", 2006, sections 4.3.2 and 4.3.4.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.preprocessing import scale
    >>> from skdeepnn import LogisticRegressionNN
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = LogisticRegressionNN().fit(scale(X), y)
    >>> clf.score(scale(X), y)
    0.97...
    >>> peer = LogisticRegression().fit(scale(X), y)
    >>> np.allclose(clf.coef_, peer.coef_)
    True
    """

    # What a network without hidden layers leaves no choice of
    activation = "identity"
    loss = "log_loss"
    early_stopping = False
    dropout = 0.0
    label_smoothing = 0.0
    max_gradient_norm = None
    max_fun = np.iinfo(np.int32).max
    _parameter_constraints: dict = {
        "C": [Interval(Real, 0, None, closed="right")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "fit_intercept": ["boolean"],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
        "random_state": ["random_state"],
        "solver": [StrOptions({"lbfgs", "sgd", "adam"})],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "learning_rate": [StrOptions(set(SCHEDULES)), callable],
        "learning_rate_init": [
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="neither"),
        ],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "shuffle": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "scoring": [StrOptions({"loss", *get_scorer_names()}), callable, None],
        "weight_init": [StrOptions(set(INITIALIZERS)), callable],
        "dtype": [StrOptions({"auto", "float32", "float64"})],
    }

    def __init__(
        self,
        *,
        C=1.0,
        tol=1e-4,
        fit_intercept=True,
        class_weight=None,
        random_state=None,
        solver="lbfgs",
        max_iter=100,
        verbose=0,
        warm_start=False,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init="auto",
        power_t=0.5,
        shuffle=True,
        momentum=0.0,
        nesterovs_momentum=True,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        scoring=None,
        weight_init="zeros",
        dtype="auto",
    ):
        self.C = C
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.verbose = verbose
        self.warm_start = warm_start
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.shuffle = shuffle
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.scoring = scoring
        self.weight_init = weight_init
        self.dtype = dtype

    @property
    def alpha(self):
        """Strength of the penalty, ``1 / C``."""
        return 1 / self.C

    def _lbfgs_rounds(self, data, l2):
        return rounds(self.network_, self._loss, data, l2)

    def _lbfgs_options(self, coordinates):
        # As LogisticRegression: line searches may take long, and only rounding ends
        # them early. In coordinates of the exact or nearly exact curvature, half the
        # squared gradient is what is left to gain: a hundredth of `tol` costs little.
        precise = coordinates.factor.ndim == 2
        return {
            "tol": 0.01 * self.tol if precise else self.tol,
            "max_line_search": 50,
            "ftol": 64 * np.finfo(float).eps,
        }

    def _alpha_divisor(self, data):
        return float(data.total_weight)

    def _initial_rate(self, data):
        if self.learning_rate_init != "auto":
            return self.learning_rate_init
        if self.solver == "adam":
            return 0.1
        batch_size = 200 if self.batch_size == "auto" else self.batch_size
        curvature = 0.5 if self.out_activation_ == "softmax" else 0.25
        smoothness = curvature * expected_smoothness(
            data.X, data.sample_weight, batch_size, self.fit_intercept
        )
        return 1 / (smoothness + self.alpha / data.total_weight)

    def _layer_sizes(self):
        return []

    def _initializers(self):
        return self.weight_init, None

    @property
    def n_iter_(self):
        """Number of iterations, as an array of one, as in `LogisticRegression`."""
        return np.array([self._monitor.n_iter], dtype=np.int32)

    @property
    def coef_(self):
        """Coefficients, ``(1, n_features)`` or ``(n_classes, n_features)``."""
        return self.layers_[0].coef.T

    @property
    def intercept_(self):
        """Intercepts, ``(1,)`` or ``(n_classes,)``; zeros without `fit_intercept`."""
        return self.layers_[0].intercept


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
