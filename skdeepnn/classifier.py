"""DeepNNClassifier: a feedforward network of any depth."""

from functools import partial
from numbers import Integral, Real

import numpy as np
from sklearn.metrics import get_scorer_names
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
)

from .activations import ACTIVATIONS
from .base import NetworkClassifier
from .initializers import INITIALIZERS, glorot_uniform, glorot_uniform_intercept
from .schedules import SCHEDULES

__all__ = ["DeepNNClassifier"]


class DeepNNClassifier(NetworkClassifier):
    """TODO docstring."""

    _lbfgs_options = {}

    _parameter_constraints: dict = {
        "hidden_layer_sizes": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
        "activation": [
            StrOptions(set(ACTIVATIONS)),
            HasMethods(["value", "backward"]),
            "array-like",
        ],
        "solver": [StrOptions({"lbfgs", "sgd", "adam", "adamw"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "learning_rate": [StrOptions(set(SCHEDULES)), callable],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "loss": [StrOptions({"log_loss", "squared_error"})],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "fit_intercept": ["boolean"],
        "weight_init": [StrOptions({"auto", *INITIALIZERS}), callable],
        "intercept_init": [StrOptions({"auto", "zeros"}), callable],
        "dtype": [StrOptions({"auto", "float32", "float64"})],
    }

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        loss="log_loss",
        class_weight=None,
        scoring=None,
        fit_intercept=True,
        weight_init="auto",
        intercept_init="auto",
        dtype="auto",
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.loss = loss
        self.class_weight = class_weight
        self.scoring = scoring
        self.fit_intercept = fit_intercept
        self.weight_init = weight_init
        self.intercept_init = intercept_init
        self.dtype = dtype

    def _prepare(self, X, y, sample_weight, fresh, classes):
        self._check_layers()
        return super()._prepare(X, y, sample_weight, fresh, classes)

    def _check_layers(self):
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes))
        if sizes.size and (sizes.ndim > 1 or sizes.dtype.kind not in "iu"):
            raise InvalidParameterError(
                "hidden_layer_sizes must hold integers, one a hidden layer, got "
                f"{self.hidden_layer_sizes!r}."
            )
        if np.any(sizes <= 0):
            raise InvalidParameterError(
                f"hidden_layer_sizes must be > 0, got {self.hidden_layer_sizes!r}."
            )

    def _initializers(self):
        """Initializers of coefficients and of intercepts, one a layer."""
        names = [getattr(layer.activation, "name", "") for layer in self.layers_]
        if len(names) > 1:
            names[-1] = names[-2]
        factors = [2.0 if name == "logistic" else 6.0 for name in names]
        weights, intercepts = self.weight_init, self.intercept_init
        if intercepts == "auto":
            intercepts = (
                "zeros"
                if weights != "auto"
                else [
                    partial(glorot_uniform_intercept, factor=factor)
                    for factor in factors
                ]
            )
        if weights == "auto":
            weights = [partial(glorot_uniform, factor=factor) for factor in factors]
        return weights, None if intercepts == "zeros" else intercepts
