"""What the two classifiers share: scikit-learn's protocol around a fit.

Data take one way: the estimator validates and encodes them, makes a plan, and hands
both to :func:`skdeepnn.fitting.train.train`, which knows nothing of estimators; what
comes back it stores, under one private name and as public attributes.
"""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import _fit_context
from sklearn.metrics import get_scorer_names
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import validate_data

from .compute.casting import check_fits
from .compute.signals import guarded, pass_on_signals
from .fitting.attempts import Attempt
from .fitting.callbacks import CallbackSupportMixin, EpochTasks, with_callbacks
from .fitting.checkpoint import open_checkpoint
from .fitting.fit import warn_caller
from .fitting.plan import PLANNED, is_auto, make_plan
from .fitting.state import FitState
from .fitting.train import train
from .nn.schedules import SCHEDULES
from .predictor import NetworkPredictor
from .tables.columns import not_finite
from .tables.rows import FLOAT_TYPES, choose_dtype, digest, to_rows
from .tables.targets import TargetCoder, check_labels
from .tables.words import as_table, in_words_of
from .typing import keeps_type

if TYPE_CHECKING:
    import os
    from typing import Self

    from .typing import ArrayLike, MatrixLike

__all__ = ["NetworkClassifier"]

_FEATURES = ("n_features_in_", "feature_names_in_")


class NetworkClassifier(CallbackSupportMixin, NetworkPredictor):
    """Base of the classifiers; not to be used by itself.

    A subclass has the hyperparameters :data:`skdeepnn.fitting.plan.PLANNED`, as
    constructor arguments or, where it offers no choice, as class attributes.
    """

    _parameter_constraints: dict = {
        "tol": [Interval(Real, 0, None, closed="left")],
        "fit_intercept": ["boolean"],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
        "random_state": ["random_state"],
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
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "scoring": [StrOptions({"loss", *get_scorer_names()}), callable, None],
        "dtype": [StrOptions({"auto", "float32", "float64"})],
    }

    @keeps_type(guarded)
    @keeps_type(with_callbacks)
    @keeps_type(_fit_context(prefer_skip_nested_validation=True))
    def fit(
        self,
        X: MatrixLike,
        y: MatrixLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: MatrixLike | None = None,
        y_val: MatrixLike | None = None,
        sample_weight_val: ArrayLike | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Fit the network to data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels of any type, or a multilabel indicator matrix. Not optional.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows: a weight of 2 counts as two copies, 0 as none. So a
            common factor makes penalties count less, as in scikit-learn's peers, but
            for the weight decay of "adamw", which no weights change.
        X_val, y_val : array-like, default=None
            A validation set of your own, shaped as `X` and `y`: its loss and score are
            recorded every epoch, and early stopping watches it instead of a random
            part of `X`. Use it where rows are not independent of each other.
        sample_weight_val : array-like of shape (n_val_samples,), default=None
            Weights of its rows.
        checkpoint : str or path-like, default=None
            A file of this fit's own, for fits of minutes or hours. Now and then the
            state of training is written to it, which takes a hundredth of the time. If
            the process is killed, or training interrupted, the same call goes on from
            there, and ends with the same model to the bit as if nothing had been; when
            it has, the file is deleted: `skdeepnn.save` is for models. Beside it lies
            the one before, with the suffix ".before", should it be damaged. With other
            data or parameters it is refused; only `n_jobs` and `verbose` may change.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If data or parameters are unusable, if training diverged, or if `checkpoint`
            is that of another fit, is damaged, or is something else.
        RuntimeError
            If another thread is fitting this estimator.

        Examples
        --------
        Should this be killed, the same two lines go on where it was:

        >>> import tempfile
        >>> from skdeepnn import LogisticRegressionNN
        >>> X, y, path = np.eye(4), [0, 0, 1, 1], f"{tempfile.mkdtemp()}/fit"
        >>> LogisticRegressionNN(max_iter=20).fit(X, y, checkpoint=path).predict(X)
        array([0, 0, 1, 1])
        """
        return self._train(
            X,
            y,
            sample_weight,
            goes_on=self.warm_start,
            validation=(X_val, y_val, sample_weight_val),
            path=checkpoint,
        )

    @keeps_type(available_if(lambda self: self._check_is_incremental()))
    @keeps_type(guarded)
    @keeps_type(_fit_context(prefer_skip_nested_validation=True))
    def partial_fit(
        self,
        X: MatrixLike,
        y: MatrixLike | None = None,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Go on training for one epoch on these rows.

        Where columns are encoded, the first call learns how, and others keep to it:
        give it enough rows to know scales and categories by. A category that comes
        later counts as unknown, and a warning says so. No rows are kept: memory takes
        what one call needs, however many there are.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or a multilabel indicator matrix. Not optional.
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
        RuntimeError
            If another thread is fitting this estimator.
        """
        if self.early_stopping not in (False, "auto"):
            raise ValueError(
                "partial_fit does not support early_stopping=True: it cannot know "
                "which rows are still to come."
            )
        return self._train(
            X, y, sample_weight, goes_on=True, classes=classes, n_epochs=1
        )

    def _train(
        self,
        X,
        y,
        sample_weight,
        *,
        goes_on,
        validation=None,
        classes=None,
        n_epochs=None,
        path=None,
    ):
        """Validate and encode, plan, train and store; fit, or one epoch of it."""
        # What is beyond floats ends in finite parameters or in an error of our own
        quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")
        with quiet, Attempt(self, "_state" if goes_on else None) as before:
            pass_on_signals()
            is_incremental = n_epochs is not None
            # Others may go on predicting; but callbacks look at what is being trained
            reader = self if getattr(self, "_skl_callbacks", None) else self._as_now()
            read, labels, encoder = reader._validate(
                X, y, sample_weight, before, is_incremental
            )
            if before is not None and encoder is not None:
                news = encoder.describe_new(X)
                if news:
                    warn_caller(news, UserWarning)
            plan = self._make_plan(read.shape, before, is_incremental, encoder)
            state = self._new_state(labels, encoder, before, classes, n_epochs)
            if before is not None:
                self._check_same_network(plan, before.network)
            rows = {"targets": state.targets, "class_weight": self.class_weight}
            rows["dtype"] = self._choose_dtype(read, before)
            data, state.class_totals = to_rows(
                read,
                labels,
                sample_weight,
                class_totals=state.class_totals,
                learns=True,
                n_times=plan.times_seen(is_incremental=is_incremental),
                **rows,
            )
            watched = reader._read_validation(validation, state, rows)
            # scikit-learn's callbacks hear of fit alone
            arguments = (X, y, sample_weight) if n_epochs is None else ()
            tasks = EpochTasks(self, reader._attributes, *arguments)
            rng, checkpoint = check_random_state(self.random_state), None
            if path is not None:
                rows = (X, y, sample_weight, validation)
                rng, checkpoint = open_checkpoint(path, self, rows, before, rng)
            options = {"n_epochs": n_epochs, "checkpoint": checkpoint}
            state = train(data, watched, plan, state, rng, tasks, **options)
            self._leave_out_views(state, data)
            if state.record is not None:
                state.digest = digest(X, y)
            self._store(state, reader)
            tasks.end()
            if checkpoint is not None and checkpoint.is_over:
                checkpoint.remove()
        return self

    def _leave_out_views(self, state, data):
        """Have the encoder show numbers only as parts of the network see them."""
        network, encoder = state.network, state.encoder
        names = network.names
        if not names or list(names) == encoder.views_:
            return
        before = encoder.columns_of_views()
        state.encoder = encoder.with_views(names)
        columns = state.encoder.columns_of_views()
        network.columns = [columns[name] for name in names]
        kept = np.empty(network.layer_sizes[0], int)
        for name, now in columns.items():
            kept[now] = before[name]
        state.take_columns(data.X.take(kept, axis=1), data.y)

    def _store(self, state, reader=None):
        """Become what a fit has found, all at once.

        `reader` has the features of the rows that it has read; it is this one by
        default.
        """
        now = vars(self).copy()
        for name in _FEATURES:
            now.pop(name, None)
        self.__dict__ = now | (reader or self)._attributes(state)

    def _take_over(self, state, peer=None):
        """Become what another has found, with the features of an estimator `peer`."""
        self._store(state)
        self.n_features_in_ = state.network.layer_sizes[0]
        if hasattr(peer, "feature_names_in_"):
            self.feature_names_in_ = peer.feature_names_in_.copy()
        return self

    def _attributes(self, state):
        """Attributes that make an estimator one that has been fitted."""
        return {
            **{name: vars(self)[name] for name in _FEATURES if name in vars(self)},
            "_state": state,
            "n_outputs_": state.targets.n_outputs,
            "out_activation_": state.targets.out_activation,
            "n_layers_": len(state.network.layer_sizes),
        }

    def _validate(self, X, y, sample_weight, state, is_incremental=False):
        """Return rows and labels as arrays, and the encoder of the columns, if any.

        `state` is what training goes on from; without it, columns are learned anew, in
        `partial_fit` from the first rows of several.
        """
        check_labels(y)
        with in_words_of("X"):
            return self._read(X, y, sample_weight, state, is_incremental)

    def _read(self, X, y, sample_weight, state, is_incremental=False):
        options = {"accept_sparse": "csr", "dtype": FLOAT_TYPES, "order": "C"}
        X = as_table(X)
        try:
            read, y = validate_data(
                self, X, y, multi_output=True, reset=state is None, **options
            )
        except ValueError as error:
            message = str(error)
            if not message.startswith("Input X contains"):
                raise
            infinite, missing = not_finite(X if hasattr(X, "shape") else np.asarray(X))
            found = {"infinite values": infinite, "missing ones": missing}
            where = " and ".join(f"{what} in {f}" for what, f in found.items() if f)
            first, *others = message.split("\n", 1)
            first = f"{first} Of the features of X there are {where}."
            raise ValueError("\n".join([first, *others])) from error
        return read, y, None

    def _read_validation(self, validation, state, rows):
        """Return the user's validation set as rows, if there is one."""
        if validation is None or all(part is None for part in validation):
            return None
        X, y, sample_weight = validation
        if X is None or y is None:
            raise ValueError(
                "A validation set needs both X_val and y_val, and sample_weight_val "
                "only with them."
            )
        X, y, _ = self._validate(X, y, None, state)
        check_fits(X, rows["dtype"], "X_val")
        return to_rows(X, y, sample_weight, class_totals=state.class_totals, **rows)[0]

    def _make_plan(self, shape, state, is_incremental, encoder=None):
        """Hyperparameters as this fit uses them."""
        views = {} if encoder is None else encoder.columns_of_views()
        if len(views) > 1:
            shape = shape[0], min(map(len, views.values()))
        params = {name: getattr(self, name) for name in PLANNED}
        if state is not None:
            network = state.network
            if is_auto(params["n_members"]):
                params["n_members"] = network.parts[0].n_members or 1
            if is_auto(params["hidden_layer_sizes"]):
                params["hidden_layer_sizes"] = network.layer_sizes[1:-1]
        plan = make_plan(
            params, *shape, n_views=len(views) or 1, is_incremental=is_incremental
        )
        if len(views) > 1:
            plan.views = views
        return plan

    def _new_state(self, y, encoder, before, classes, n_epochs):
        """Return what to go on from: a state of its own, or a new one."""
        known = None if before is None else before.targets
        if n_epochs is not None:
            targets = TargetCoder.for_partial_fit(y, classes, known)
        elif known is not None:
            known.check_same_classes(y)
            targets = known
        else:
            targets = TargetCoder(y)
        self._check_classes(targets)
        if before is None:
            return FitState(targets, encoder)
        totals = before.class_totals if n_epochs is not None else 0.0
        return replace(before, targets=targets, class_totals=totals)

    def _check_classes(self, targets):
        """Refuse what this classifier does not fit."""
        if (
            isinstance(self.class_weight, list)
            and targets.kind != "multilabel-indicator"
        ):
            raise ValueError(
                f"class_weight={self.class_weight!r} is a list, which is for several "
                "labels: give a dict from classes to weights, such as {class: weight}."
            )

    def _check_same_network(self, plan, network):
        hidden = list(plan.hidden_layer_sizes)
        now = {"hidden_layer_sizes": (network.layer_sizes[1:-1], hidden)}
        for name in ("activation", "fit_intercept", "dropout"):
            now[name] = (getattr(network, name), getattr(plan, name))
        now["n_members"] = (network.parts[0].n_members or 1, plan.n_members)
        for name, (fitted, wanted) in now.items():
            if not (fitted is wanted or np.array_equal(fitted, wanted)):
                raise ValueError(
                    f"The fitted network has {name}={fitted}: training cannot go on "
                    f"with {wanted}. Set warm_start=False and call fit to start anew."
                )

    def _choose_dtype(self, X, state):
        if state is None:
            return choose_dtype(X, self.dtype, self.solver)
        check_fits(X, state.network.dtype)
        return state.network.dtype

    def __getstate__(self):
        # Moments are several times as large as the model, and only of use to who goes
        # on training it.
        state = super().__getstate__()
        fitted = state.get("_state")
        if fitted is not None and not (self.warm_start or fitted.is_incremental):
            state["_state"] = fitted.without_moments()
        return state
