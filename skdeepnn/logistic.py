"""LogisticRegressionNN: logistic regression as a network without hidden layers."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
)
from sklearn.utils.validation import check_is_fitted

from .base import NetworkClassifier
from .fitting.fit import warn_caller
from .fitting.given import give_params, given_state
from .fitting.monitor import Monitor
from .fitting.plan import is_auto
from .interop import LogisticPeer
from .nn.initializers import INITIALIZERS

if TYPE_CHECKING:
    from typing import Literal, Self

    from .typing import (
        ArrayLike,
        Auto,
        ClassWeight,
        DType,
        Initializer,
        RandomState,
        Schedule,
        Scoring,
    )

__all__ = ["LogisticRegressionNN"]


class LogisticRegressionNN(LogisticPeer, NetworkClassifier):
    """Logistic regression as a network without hidden layers.

    The same objective, optimum, `coef_` and `intercept_` as
    :class:`~sklearn.linear_model.LogisticRegression` with its L2 penalty, found by
    L-BFGS through the network's own backpropagation; or by gradient descent, as one
    teaches it.

    Minimized is ``C * sum(w * log_loss) + ||coef||² / 2``, divided by ``C * sum(w)``,
    with one logit for binary and one a class for multiclass targets.

    Parameters
    ----------
    penalty : {"l2", None}, default="l2"
        None is the same as ``C=np.inf``. Others are refused, see Notes; "deprecated",
        the default of `LogisticRegression`, is "l2".

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
        batches of this size meet, with which descent converges on scaled and unscaled
        data (:func:`skdeepnn.fitting.preconditioning.expected_smoothness`); for "adam"
        0.1.

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

    l1_ratio, dual, intercept_scaling, n_jobs : default=0.0, False, 1, None
        Have no meaning here and are accepted at these values, so that the arguments of
        a `LogisticRegression` can be passed on, as is ``l1_ratio=None``, its default
        before scikit-learn 1.8; `n_jobs` at any, as it has no effect there either. See
        Notes.

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
    from_sklearn, to_sklearn : From and to `LogisticRegression`, fitted.

    Notes
    -----
    An L1 penalty (``penalty="l1"`` or "elasticnet", `l1_ratio` above 0) has corners
    that neither L-BFGS nor gradient descent can turn; `dual` and `intercept_scaling`
    belong to liblinear. Where they are asked for, the error names the solver of
    :class:`~sklearn.linear_model.LogisticRegression` that has them.

    "lbfgs" works in coordinates in which the curvature is nearly the same in all
    directions (:mod:`skdeepnn.fitting.preconditioning`), so it converges on features of
    any scale; `tol` is for the gradient in these coordinates. Penalty and optimum stay
    those of the features' own units. Of the multinomial solutions with the
    same probabilities it gives the one whose coefficients and intercepts sum to zero
    over the classes.

    As in `LogisticRegression`, `classes_`, `coef_` and `intercept_` may be assigned
    before `fit`, which makes a model that predicts, and from which `fit` with
    `warm_start` goes on: so begins federated learning.

    What Ctrl-C does, and what threads may, is as for :class:`DeepNNClassifier`.

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
    >>> peer = LogisticRegression(tol=1e-8).fit(scale(X), y)
    >>> np.allclose(clf.coef_, peer.coef_, rtol=1e-3)
    True
    """

    # What a network without hidden layers leaves no choice of
    hidden_layer_sizes = ()
    activation = "identity"
    loss = "log_loss"
    early_stopping = False
    dropout = 0.0
    label_smoothing = 0.0
    averaging = 0.0
    n_members = 1
    max_gradient_norm = None
    validation_fraction = 0.0
    max_fun = np.iinfo(np.int32).max

    _parameter_constraints: dict = {
        **NetworkClassifier._parameter_constraints,
        "penalty": [StrOptions({"l1", "l2", "elasticnet", "deprecated"}), None],
        "l1_ratio": [Interval(Real, 0, 1, closed="both"), None],
        "dual": ["boolean"],
        "intercept_scaling": [Interval(Real, 0, None, closed="neither")],
        "n_jobs": [Integral, None],
        "C": [Interval(Real, 0, None, closed="right")],
        "solver": [StrOptions({"lbfgs", "sgd", "adam"})],
        "max_iter": [Interval(Integral, 0, None, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "n_iter_no_change": [
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "weight_init": [StrOptions(set(INITIALIZERS)), callable],
    }

    def __init__(
        self,
        penalty: Literal["l2", "l1", "elasticnet", "deprecated"] | None = "l2",
        *,
        C: float = 1.0,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        class_weight: ClassWeight = None,
        random_state: RandomState = None,
        solver: Literal["lbfgs", "sgd", "adam"] = "lbfgs",
        max_iter: int = 100,
        verbose: bool | int = 0,
        warm_start: bool = False,
        batch_size: int | Auto = "auto",
        learning_rate: Schedule = "constant",
        learning_rate_init: float | Auto = "auto",
        power_t: float = 0.5,
        shuffle: bool = True,
        momentum: float = 0.0,
        nesterovs_momentum: bool = True,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        scoring: Scoring = None,
        weight_init: Initializer = "zeros",
        dtype: DType = "auto",
        l1_ratio: float = 0.0,
        dual: bool = False,
        intercept_scaling: float = 1,
        n_jobs: int | None = None,
    ) -> None:
        self.penalty = penalty
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.intercept_scaling = intercept_scaling
        self.n_jobs = n_jobs
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
    def alpha(self) -> float:
        """Strength of the penalty: ``1 / C``, or 0 without one."""
        return 0.0 if self.penalty is None else 1 / self.C

    def _make_plan(self, shape, state, is_incremental, encoder=None):
        plan = super()._make_plan(shape, state, is_incremental, encoder)
        plan.weight_init = self.weight_init
        plan.penalizes_the_whole = plan.preconditions = True
        # As LogisticRegression: line searches may take long, only rounding ends them
        plan.lbfgs_options = {"max_line_search": 50, "ftol": 64 * np.finfo(float).eps}
        # "auto" is for "sgd" what the curvature of the data allows
        plan.learning_rate_init = self.learning_rate_init
        if self.solver == "adam" and is_auto(plan.learning_rate_init):
            plan.learning_rate_init = 0.1
        return plan

    def _validate(self, X, y, sample_weight, state, is_incremental=False):
        self._check_supported()  # before any work is done
        return super()._validate(X, y, sample_weight, state, is_incremental)

    def _check_classes(self, targets):
        super()._check_classes(targets)
        if len(targets.classes) < 2 and targets.kind == "binary":
            raise ValueError(
                "Logistic regression needs samples of at least 2 classes, but y holds "
                f"only one class: {targets.classes.tolist()}."
            )

    def _store(self, state, reader=None):
        super()._store(state, reader)
        self._is_sparsified = False

    def _check_supported(self):
        refused = {
            "an L1 penalty": (
                self.penalty == "l1" or self.l1_ratio == 1,
                "liblinear' or 'saga",
            ),
            "an elastic-net penalty": (
                self.penalty == "elasticnet" or 0 < (self.l1_ratio or 0) < 1,
                "saga",
            ),
            "dual=True": (self.dual, "liblinear"),
            "intercept_scaling": (self.intercept_scaling != 1, "liblinear"),
        }
        if self.penalty is None and self.C != 1.0:
            warn_caller(
                "Setting penalty=None will ignore the C parameter.", UserWarning
            )
        for what, (is_asked_for, solvers) in refused.items():
            if is_asked_for:
                raise InvalidParameterError(
                    f"LogisticRegressionNN does not have {what}: use scikit-learn's "
                    f"LogisticRegression(solver='{solvers}')."
                )

    @property
    def n_iter_(self) -> np.ndarray:  # type: ignore[override]
        """Number of iterations, as an array of one, as in `LogisticRegression`."""
        return np.array([self._state.monitor.n_iter], dtype=np.int32)

    @property
    def coef_(self) -> np.ndarray:
        """Coefficients, ``(1, n_features)`` or ``(n_classes, n_features)``."""
        coef = self.layers_[0].coef.T
        return csr_matrix(coef) if getattr(self, "_is_sparsified", False) else coef

    @coef_.setter
    def coef_(self, value: ArrayLike) -> None:
        """Replace the coefficients, or give them before there was a fit."""
        self._give(coef_=value)

    @property
    def classes_(self) -> np.ndarray:
        """Sorted labels; column numbers for multilabel targets."""
        if "_state" in vars(self) or "classes_" not in vars(self).get("_given", ()):
            return super().classes_
        return self._given["classes_"]

    @classes_.setter
    def classes_(self, value: ArrayLike) -> None:
        """Give the labels before there was a fit."""
        self._give(classes_=value)

    def _give(self, **values):
        """Take `classes_`, `coef_` or `intercept_` from the user, in any order.

        As soon as there are labels and coefficients, there is a model that predicts,
        and from which `fit` goes on with `warm_start`.
        """
        given = {name: np.array(value) for name, value in values.items()}
        if "_state" not in vars(self):
            self._given = vars(self).get("_given", {}) | given
            if not {"classes_", "coef_"} <= self._given.keys():
                return
            given = vars(self).pop("_given")
            state = given_state(
                given.pop("classes_"),
                given["coef_"],
                fit_intercept=self.fit_intercept,
                monitor=Monitor(tol=self.tol, patience=self.n_iter_no_change),
            )
            vars(self).update(self._attributes(state))
            self.n_features_in_ = state.network.layer_sizes[0]
        if "classes_" in given and not np.array_equal(given["classes_"], self.classes_):
            raise ValueError(
                f"The model has classes_={self.classes_}: give others to a new one."
            )
        give_params(self.layers_[0], given.get("coef_"), given.get("intercept_"))

    def sparsify(self) -> Self:
        """Give `coef_` as a sparse matrix from now on; predictions stay as they are.

        Returns
        -------
        self : object
            The fitted classifier.
        """
        check_is_fitted(self)
        self._is_sparsified = True
        return self

    def densify(self) -> Self:
        """Give `coef_` as an array again, as it is after `fit`.

        Returns
        -------
        self : object
            The fitted classifier.
        """
        check_is_fitted(self)
        self._is_sparsified = False
        return self

    @property
    def intercept_(self) -> np.ndarray:
        """Intercepts, ``(1,)`` or ``(n_classes,)``; zeros without `fit_intercept`."""
        return self.layers_[0].intercept

    @intercept_.setter
    def intercept_(self, value: ArrayLike) -> None:
        """Replace the intercepts, or give them before there was a fit."""
        self._give(intercept_=value)
