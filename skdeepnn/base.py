"""What the two classifiers share: data in, training, predictions out."""

import copy
from contextlib import contextmanager

import joblib
import numpy as np
from scipy.sparse import issparse
from sklearn.base import _fit_context
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, validate_data

from .fitting.callbacks import EpochTasks
from .fitting.descent import DescentFit
from .fitting.fit import check_finite, warn_caller
from .fitting.lbfgs import LbfgsFit
from .fitting.monitor import Monitor, MonitoredMixin
from .fitting.plan import FEW_ROWS, is_auto, make_plan
from .nn.network import Network
from .predictor import NetworkPredictor
from .tables.rows import (
    FLOAT_TYPES,
    Data,
    check_fits,
    choose_dtype,
    class_factors,
    in_type,
    label_factors,
)
from .tables.targets import TargetCoder

__all__ = ["NetworkClassifier"]


class NetworkClassifier(CallbackSupportMixin, MonitoredMixin, NetworkPredictor):
    """Base of the classifiers; not to be used by itself.

    A subclass has the hyperparameters that the methods below read, as constructor
    arguments or, where it offers no choice, as class attributes.
    """

    _lbfgs_options = {}

    _planned = (
        "solver",
        "hidden_layer_sizes",
        "alpha",
        "batch_size",
        "learning_rate_init",
        "max_iter",
        "n_iter_no_change",
        "early_stopping",
        "beta_2",
        "label_smoothing",
        "averaging",
        "n_members",
    )

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X,
        y,
        sample_weight=None,
        *,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
    ):
        """Fit the network to data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels of any type, or a multilabel indicator matrix.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows: a weight of 2 counts as two copies, 0 as none.
        X_val, y_val : array-like, default=None
            A validation set of your own, shaped as `X` and `y`: its loss and score are
            recorded every epoch, and early stopping watches it instead of a random
            part of `X`. Use it where rows are not independent of each other.
        sample_weight_val : array-like of shape (n_val_samples,), default=None
            Weights of its rows.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If data or parameters are unusable, or if training diverged.
        """
        fresh = not (self.warm_start and hasattr(self, "network_"))
        with self._unchanged_on_error():
            data = self._prepare(X, y, sample_weight, fresh)
            dtype = data.targets.dtype
            validation = self._prepare_validation(
                X_val, y_val, sample_weight_val, dtype
            )
            tasks = EpochTasks(self, X, y, sample_weight)
            self._train(data, validation, tasks, fresh)
        return self

    @available_if(lambda self: self._check_is_incremental())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """Go on training for one epoch on these rows.

        Where columns are encoded, the first call learns how, and others keep to it:
        give it enough rows to know scales and categories by.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or a multilabel indicator matrix.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come: needed in the first call, unless the
            targets are multilabel, and no more after that.

        Returns
        -------
        self : object
            The classifier.

        Raises
        ------
        ValueError
            If data or parameters are unusable, or classes change between calls.
        """
        if self.early_stopping not in (False, "auto"):
            raise ValueError(
                "partial_fit does not support early_stopping=True: it cannot know "
                "which rows are still to come."
            )
        fresh = not hasattr(self, "network_")
        with self._unchanged_on_error():
            data = self._prepare(X, y, sample_weight, fresh, True, classes)
            self._train(data, None, EpochTasks(self), fresh, incremental=True)
        return self

    def _check_is_incremental(self):
        if self.solver == "lbfgs":
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers, such as "
                "solver='adam': lbfgs needs all rows at once."
            )
        return True

    def _train(self, data, validation, tasks, fresh, incremental=False):
        rng = check_random_state(self.random_state)
        rngs = rng
        if self._plan.n_members > 1:
            seeds = rng.randint(2**31, size=self._plan.n_members)
            rngs = [np.random.RandomState(seed) for seed in seeds]
        if fresh:
            self._initialize(rngs, data)
        else:
            # What comes now shall find its own certainty, beginning with what it was
            self.network_.layers[-1].params /= self.temperature_
            self.temperature_ = 1.0
        for name in ("oof_score_", "oof_decision_function_"):
            vars(self).pop(name, None)  # of a fit before
        kind = LbfgsFit if self.solver == "lbfgs" else DescentFit
        fit = kind(self, data, validation, tasks)
        if not incremental:
            self._forget_other_scores(fit)
        self._monitor.start(self.network_, **self._stopping_rule())
        try:
            if self.solver == "lbfgs":
                fit.run()
            elif incremental:
                self._steps = fit.run(rng, rngs, self._steps, n_epochs=1)
            else:
                self._steps = fit.run(rng, rngs)
        except KeyboardInterrupt:
            warn_caller("Training interrupted by user.", UserWarning)
        if self.verbose:
            self._monitor.print_last(every=int(self.verbose), is_end=True)
        if fit.averaged is not self.network_:
            self.network_.params[:] = fit.averaged.params
        self._monitor.restore_best(self.network_)
        check_finite(self.network_)
        vars(self).update(fit.held_out_results(self.network_))
        tasks.end()
        self.network_.release()

    def _forget_other_scores(self, fit):
        """Let the best so far count only if it is of the same data and scorer."""
        now = None
        if self.warm_start:
            watched = fit.validation or fit.data
            now = (fit.fingerprint, joblib.hash(watched.y), str(self.scoring))
        if now is None or now != self._scored:
            self._monitor.forget()
        self._scored = now

    @contextmanager
    def _unchanged_on_error(self):
        """Leave a fitted model as it was when fitting it again fails."""
        before = vars(self).copy()
        network = before.get("network_")
        kept = None
        if network is not None:
            kept = network.params.copy(), copy.copy(self._monitor)
        try:
            yield
        except BaseException:  # an interruption before training, too
            during = vars(self).copy()
            vars(self).clear()
            vars(self).update(before)
            for name in ("_callback_fit_ctx", "_skl_callbacks_to_teardown"):
                if name in during:  # scikit-learn has yet to tell callbacks of the end
                    setattr(self, name, during[name])
            if network is not None:
                params, self._monitor = kept
                if not np.array_equal(network.params, params):
                    network.params[:] = params
                    self._steps = None  # the optimizer's moments are of the failure
            raise

    def _prepare(self, X, y, sample_weight, fresh, incremental=False, classes=None):
        """Validate the data, learn the classes, and convert to the network's type."""
        if issparse(y) and y.shape[1] == 1:
            raise ValueError("y is a sparse column: pass it as y.toarray().ravel().")
        X, y = self._validate(X, y, sample_weight, reset=fresh)
        self._plan = self._new_plan(X.shape[0], fresh, incremental)
        if incremental and fresh and self._encoder and X.shape[0] < FEW_ROWS:
            warn_caller(
                "partial_fit learns medians, scales and categories from its first "
                f"call, and {X.shape[0]} rows are few: begin with more, or scale the "
                "columns yourself and set preprocess=None.",
                UserWarning,
            )
        if not fresh:
            self._check_same_network()
        if not incremental and not fresh:
            self._targets.check_same_classes(y)
        elif incremental:
            self._targets = TargetCoder.for_partial_fit(
                y, classes, known=None if fresh else self._targets
            )
        else:
            self._targets = TargetCoder(y)
        self.classes_ = self._targets.classes
        if fresh or not incremental:
            self._class_totals = 0.0
        if fresh:
            dtype = choose_dtype(X, self.dtype, self.solver)
        else:
            dtype = self.network_.dtype
            check_fits(X, dtype)
        n_times = self._times_seen(incremental)
        return self._to_data(X, y, sample_weight, dtype, learns=True, n_times=n_times)

    def _times_seen(self, incremental):
        """How many times each row will be looked at, as far as is known."""
        plan = self._plan
        if self.solver == "lbfgs" or plan.early_stopping or self.scoring:
            return np.inf
        if incremental:
            return plan.n_members
        return np.inf if self.warm_start else plan.n_members * plan.max_iter

    def _new_plan(self, n_samples, fresh, incremental):
        """Hyperparameters as this fit uses them."""
        params = {name: getattr(self, name) for name in self._planned}
        if not fresh:
            network = self.network_
            if is_auto(params["n_members"]):
                params["n_members"] = network.n_members or 1
            if is_auto(params["hidden_layer_sizes"]):
                params["hidden_layer_sizes"] = network.layer_sizes[1:-1]
        plan = make_plan(params, n_samples, is_incremental=incremental)
        plan.hidden_layer_sizes = self._layer_sizes(plan.hidden_layer_sizes)
        return plan

    def _check_same_network(self):
        network = self.network_
        hidden = list(self._plan.hidden_layer_sizes)
        now = {"hidden_layer_sizes": (network.layer_sizes[1:-1], hidden)}
        for name in ("activation", "fit_intercept", "dropout"):
            now[name] = (getattr(network, name), getattr(self, name))
        now["n_members"] = (network.n_members or 1, self._plan.n_members)
        for name, (fitted, wanted) in now.items():
            if not (fitted is wanted or np.array_equal(fitted, wanted)):
                raise ValueError(
                    f"The fitted network has {name}={fitted}: training cannot go on "
                    f"with {wanted}. Set warm_start=False and call fit to start anew."
                )

    def _prepare_validation(self, X, y, sample_weight, dtype):
        if X is None and y is None and sample_weight is None:
            return None
        if X is None or y is None:
            raise ValueError(
                "A validation set needs both X_val and y_val, and sample_weight_val "
                "only with them."
            )
        X, y = self._validate(X, y, None, reset=False)
        check_fits(X, dtype, "X_val")
        return self._to_data(X, y, sample_weight, dtype)

    def _validate(self, X, y, sample_weight, *, reset):
        return validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            multi_output=True,
            dtype=FLOAT_TYPES,
            order="C",
            reset=reset,
        )

    def _to_data(self, X, y, sample_weight, dtype, *, learns=False, n_times=np.inf):
        """Put rows together with the weights that they and their classes have."""
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
        weight, factors, indices = sample_weight, None, None
        if self._targets.kind == "multilabel-indicator":
            if self.class_weight is not None:
                dense = y.toarray() if issparse(y) else y
                factors = label_factors(self.class_weight, dense, weight)
        else:
            indices = self._targets.indices(y)
            if learns:
                totals = np.bincount(indices, weight, minlength=len(self.classes_))
                self._class_totals = self._class_totals + totals
            by_class = class_factors(
                self.class_weight, self._targets, self._class_totals
            )
            factors = None if by_class is None else by_class[indices]
        if factors is not None:
            weight = factors if weight is None else weight * factors
        if weight is not None:
            with np.errstate(over="ignore", under="ignore"):
                weight = weight.astype(dtype, copy=False)
            if not 0 < weight.sum() < np.inf:
                raise ValueError(
                    f"The weights of the rows are too large or too small for {dtype}: "
                    "divide sample_weight by its mean, or look at class_weight."
                )
        targets = self._targets.encode(y, dtype, indices)
        if issparse(y):
            y = y.toarray()
        return Data(in_type(X, dtype, n_times), targets, y, weight, sample_weight)

    def _initialize(self, rngs, data):
        """Build the network and start all counts."""
        plan = self._plan
        self.n_outputs_ = self._targets.n_outputs
        self.out_activation_ = self._targets.out_activation
        self.n_layers_ = len(plan.hidden_layer_sizes) + 2
        self.network_ = Network(
            [data.X.shape[1], *plan.hidden_layer_sizes, self.n_outputs_],
            self.activation,
            n_members=plan.n_members if plan.n_members > 1 else None,
            fit_intercept=self.fit_intercept,
            dropout=self.dropout,
            dtype=data.targets.dtype,
        )
        self.network_.initialize(rngs, *self._initializers())
        self._monitor = Monitor(**self._stopping_rule())
        self._steps = None
        self.temperature_ = 1.0
        self._fold_seed = self._folded = self._scored = None

    def _stopping_rule(self):
        plan = self._plan
        return {
            "tol": 0.0 if plan.early_stopping == "auto" else self.tol,
            "patience": plan.n_iter_no_change,
            "watches_score": bool(plan.early_stopping) and self.solver != "lbfgs",
        }

    def _initial_rate(self, data):
        """Learning rate to begin with."""
        return self._plan.learning_rate_init

    def _lbfgs_rounds(self, data, l2):
        """Coordinates in which L-BFGS minimizes one after another; None is as it is."""
        yield None, None, None, 1.0

    def _alpha_divisor(self, data):
        """Sum of weights that the penalty is divided by; None for each batch's own."""
        return
