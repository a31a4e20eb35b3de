"""Fitted networks to scikit-learn's own classes, and back.

The estimators inherit these methods: what was trained elsewhere goes on here, and what
was trained here goes where this package is not.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from .fitting.fit import warn_caller
from .fitting.given import trained_state
from .fitting.monitor import Monitor
from .fitting.plan import is_auto
from .nn.activations import ACTIVATIONS
from .nn.ensemble import as_one
from .pytorch import FromTorch, InTorch
from .tables.targets import TargetCoder

if TYPE_CHECKING:
    from typing import Self

    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import Pipeline

__all__ = ["LogisticPeer", "MLPPeer"]

_OF_MLP = ("identity", "logistic", "relu", "tanh")
_SCHEDULES_OF_MLP = ("adaptive", "constant", "invscaling")

# Hyperparameters that say nothing of how an `MLPClassifier` of this network trains
_OTHERWISE_SAID = {"categorical_features", "dtype", "n_jobs", "n_members", "preprocess"}


class MLPPeer(FromTorch):
    """A network that may come from an `MLPClassifier`, and become one."""

    @classmethod
    def from_sklearn(cls, mlp: MLPClassifier) -> Self:
        """Return a fitted classifier with the network of an `MLPClassifier`.

        It predicts the same, has the same hyperparameters and the record of the
        training, and takes columns as they are (``preprocess=None``). Training goes on
        where it was with `warm_start` or `partial_fit`, but for the moments of the
        optimizer, which start anew.

        Parameters
        ----------
        mlp : sklearn.neural_network.MLPClassifier
            Fitted.

        Returns
        -------
        DeepNNClassifier
            With copies of the parameters, in their type.

        Raises
        ------
        TypeError
            If it is something else.
        NotFittedError
            If it was not fitted.

        Examples
        --------
        >>> from sklearn.neural_network import MLPClassifier
        >>> from skdeepnn import DeepNNClassifier
        >>> X, y = np.random.RandomState(0).randn(100, 3), np.arange(100) % 3
        >>> mlp = MLPClassifier((5,), solver="lbfgs", random_state=0).fit(X, y)
        >>> clf = DeepNNClassifier.from_sklearn(mlp)
        >>> np.allclose(clf.predict_proba(X), mlp.predict_proba(X), rtol=1e-9)
        True
        """
        from sklearn.neural_network import MLPClassifier

        _check_is_fitted_peer(mlp, MLPClassifier)
        kind = mlp._label_binarizer.y_type_
        targets = TargetCoder.of_classes(
            mlp.classes_, is_multilabel=kind.startswith("multilabel")
        )
        if (
            targets.kind == "multilabel-indicator"
            and mlp._label_binarizer.sparse_input_
        ):
            targets.sparse_type = csr_matrix
        layers = list(zip(mlp.coefs_, mlp.intercepts_, strict=True))
        state = trained_state(
            layers, targets, _monitor_of(mlp), activation=mlp.activation
        )
        params = mlp.get_params(deep=False)
        params["hidden_layer_sizes"] = tuple(state.network.layer_sizes[1:-1])
        params["dtype"] = str(state.network.dtype)
        return cls(**params, preprocess=None)._take_over(state, mlp)

    def to_sklearn(self) -> MLPClassifier | Pipeline:
        """Return a fitted `MLPClassifier` with this network.

        It predicts the same, up to rounding. Several members become one network that
        has their mean logits: its hidden layers are theirs side by side, with zeros
        between members, so that it is slower than a stack.

        Returns
        -------
        sklearn.neural_network.MLPClassifier or sklearn.pipeline.Pipeline
            The network, with copies of the parameters and the record of the training;
            with ``preprocess="auto"`` behind a copy of the encoder.

        Raises
        ------
        ValueError
            If `MLPClassifier` has no such activation, or not one a layer.

        Warns
        -----
        UserWarning
            If it cannot train as this one does, and so has other hyperparameters.
            Predictions do not depend on them.

        Examples
        --------
        >>> from skdeepnn import DeepNNClassifier
        >>> X, y = np.random.RandomState(0).randn(100, 3), np.arange(100) % 3
        >>> clf = DeepNNClassifier((5,), solver="lbfgs", n_members=2, random_state=0)
        >>> clf = clf.set_params(preprocess=None).fit(X, y)
        >>> clf.to_sklearn().coefs_[0].shape
        (3, 10)
        >>> np.allclose(clf.to_sklearn().predict_proba(X), clf.predict_proba(X))
        True
        """
        check_is_fitted(self)
        layers = as_one(self.network_)
        mlp = _mlp_like(self, [len(coef) for coef, _ in layers[1:]])
        vars(mlp).update(_record_for(mlp, self), **_params_for_mlp(layers))
        vars(mlp)["_label_binarizer"] = _binarizer(self._state.targets)
        encoder = self._state.encoder
        if encoder is None:
            _copy_features(self, mlp)
            return mlp
        mlp.n_features_in_ = len(layers[0][0])
        return make_pipeline(deepcopy(encoder), mlp)


class LogisticPeer(InTorch):
    """One that may come from a `LogisticRegression`, and become one."""

    @classmethod
    def from_sklearn(cls, logistic: LogisticRegression) -> Self:
        """Return a fitted classifier with the parameters of a `LogisticRegression`.

        It predicts the same and has the same hyperparameters, but for the solver:
        "lbfgs" finds the same optimum as all of scikit-learn's, except for liblinear's
        with an intercept, which is penalized there. One with an L1 penalty predicts
        too; to fit it again is refused.

        Parameters
        ----------
        logistic : sklearn.linear_model.LogisticRegression
            Fitted.

        Returns
        -------
        LogisticRegressionNN
            With copies of the parameters, in their type.

        Raises
        ------
        TypeError
            If it is something else.
        NotFittedError
            If it was not fitted.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skdeepnn import LogisticRegressionNN
        >>> X, y = np.random.RandomState(0).randn(100, 3), np.arange(100) % 3
        >>> logistic = LogisticRegression().fit(X, y)
        >>> clf = LogisticRegressionNN.from_sklearn(logistic)
        >>> np.allclose(clf.predict_proba(X), logistic.predict_proba(X), rtol=1e-9)
        True
        """
        from sklearn.linear_model import LogisticRegression

        _check_is_fitted_peer(logistic, LogisticRegression)
        theirs, ours = logistic.get_params(deep=False), cls().get_params(deep=False)
        if theirs.get("multi_class") == "ovr" and len(logistic.classes_) > 2:
            raise ValueError(
                "multi_class='ovr' is one regression a class, and not one of all: fit "
                "OneVsRestClassifier(LogisticRegressionNN())."
            )
        params = {n: value for n, value in theirs.items() if n in ours}
        params |= {"solver": "lbfgs", "l1_ratio": params["l1_ratio"] or 0.0}
        coef = logistic.coef_
        coef = coef.toarray() if issparse(coef) else np.asarray(coef)
        monitor = Monitor(tol=logistic.tol, patience=np.inf)
        monitor.n_iter = int(np.max(logistic.n_iter_))
        state = trained_state(
            [(coef.T, np.broadcast_to(logistic.intercept_, len(coef)))],
            TargetCoder.of_classes(logistic.classes_),
            monitor,
            activation="identity",
            fit_intercept=logistic.fit_intercept,
        )
        return cls(**params, dtype=str(state.network.dtype))._take_over(state, logistic)

    def to_sklearn(self) -> LogisticRegression:
        """Return a fitted `LogisticRegression` with these parameters.

        It predicts the same, up to rounding, and has the same hyperparameters, but for
        those of gradient descent: its solver is "lbfgs".

        Returns
        -------
        sklearn.linear_model.LogisticRegression
            With copies of the parameters.

        Raises
        ------
        ValueError
            If targets were multilabel.

        Examples
        --------
        >>> from skdeepnn import LogisticRegressionNN
        >>> X, y = np.random.RandomState(0).randn(100, 3), np.arange(100) % 2
        >>> LogisticRegressionNN(C=10).fit(X, y).to_sklearn()
        LogisticRegression(C=10)
        """
        from sklearn.linear_model import LogisticRegression

        check_is_fitted(self)
        if self._state.targets.kind == "multilabel-indicator":
            raise ValueError(
                "LogisticRegression has no multilabel targets: fit one for each label, "
                "or take OneVsRestClassifier(LogisticRegression())."
            )
        theirs, ours = LogisticRegression().get_params(), self.get_params()
        params = {n: ours[n] for n in theirs if n in ours} | {"solver": "lbfgs"}
        if params["penalty"] is None:
            params["C"] = np.inf
        if params["penalty"] == "l1":
            params["l1_ratio"] = 1.0
        params["penalty"] = "deprecated"  # C and l1_ratio say it all
        if params["l1_ratio"]:  # of one that has come from there
            params["solver"] = "saga"
        elif params["dual"] or params["intercept_scaling"] != 1:
            params["solver"] = "liblinear"
        if theirs["penalty"] != "deprecated":  # before scikit-learn 1.8
            ratio = params["l1_ratio"] or None
            params |= {"penalty": "elasticnet" if ratio else "l2", "l1_ratio": ratio}
            if params["C"] == np.inf:
                params |= {"penalty": None, "C": 1.0}
        logistic = LogisticRegression(**params)
        [(coef, intercept)] = as_one(self.network_)
        vars(logistic).update(
            coef_=np.ascontiguousarray(coef.T),
            intercept_=intercept,
            classes_=self.classes_.copy(),
            n_iter_=self.n_iter_,
        )
        _copy_features(self, logistic)
        return logistic


def _check_is_fitted_peer(peer, kind):
    if not isinstance(peer, kind):
        raise TypeError(
            f"from_sklearn takes a fitted {kind.__name__}, not a "
            f"{type(peer).__name__}: of a pipeline or a search pass the step or the "
            "best estimator."
        )
    check_is_fitted(peer)


def _monitor_of(mlp):
    """Return what an `MLPClassifier` knows of its training."""
    watches_score = mlp.early_stopping and mlp.solver != "lbfgs"
    monitor = Monitor(
        tol=mlp.tol, patience=mlp.n_iter_no_change, watches_score=watches_score
    )
    # That of L-BFGS has kept no record
    best = getattr(mlp, "best_loss_", mlp.loss_)
    monitor.take_over(
        n_iter=mlp.n_iter_,
        n_seen=mlp.t_,
        loss=mlp.loss_,
        best=mlp.best_validation_score_ if watches_score else best,
        n_stalled=getattr(mlp, "_no_improvement_count", 0),
        losses=getattr(mlp, "loss_curve_", ()),
        scores=getattr(mlp, "validation_scores_", None) or (),
    )
    return monitor


def _mlp_like(clf, hidden_layer_sizes):
    """Return an `MLPClassifier` with the hyperparameters of a classifier."""
    from sklearn.neural_network import MLPClassifier

    ours, theirs = clf.get_params(deep=False), MLPClassifier().get_params(deep=False)
    lost = {
        name: ours[name]
        for name, default in type(clf)().get_params(deep=False).items()
        if name not in {*theirs, *_OTHERWISE_SAID}
        and not np.array_equal(ours[name], default)
    }
    params = {name: ours[name] for name in theirs}
    auto = [name for name, value in params.items() if is_auto(value)]
    if params["solver"] == "adamw":
        auto += ["alpha", "solver"]
        lost["solver"] = "adamw"
    if params["learning_rate"] not in _SCHEDULES_OF_MLP:
        auto.append("learning_rate")
        lost["learning_rate"] = params["learning_rate"]
    params |= {name: theirs[name] for name in auto}
    params |= {"hidden_layer_sizes": tuple(hidden_layer_sizes)}
    params["activation"] = _activation_of_mlp(clf.network_)
    n_members = clf.network_.n_members
    if n_members:
        lost["n_members"] = n_members
    if lost:
        listed = ", ".join(f"{name}={value!r}" for name, value in lost.items())
        warn_caller(
            f"MLPClassifier has no {listed}: it predicts the same, but fitting it "
            "again, or on, would be without.",
            UserWarning,
        )
    return MLPClassifier(**params)


def _activation_of_mlp(network):
    """Return the name of the activation of all hidden layers."""
    hidden = [layer.activation for layer in network.layers[:-1]]
    if not hidden:  # then it means nothing, and is kept if it can be
        return next((name for name in _OF_MLP if name == network.activation), "relu")
    name = getattr(hidden[0], "name", None)
    if name not in _OF_MLP or any(of != ACTIVATIONS[name] for of in hidden):
        raise ValueError(
            f"The network has activation={network.activation!r}, and MLPClassifier "
            f"only one of {', '.join(_OF_MLP)} for all hidden layers: fit with such a "
            "one, or take to_torch()."
        )
    return name


def _params_for_mlp(layers):
    """Return the attributes in which an `MLPClassifier` holds parameters."""
    coefs, intercepts = ([*values] for values in zip(*layers, strict=True))
    return {
        "coefs_": coefs,
        "intercepts_": intercepts,
        "n_layers_": len(coefs) + 1,
        "_best_coefs": [coef.copy() for coef in coefs],
        "_best_intercepts": [intercept.copy() for intercept in intercepts],
    }


def _record_for(mlp, clf):
    """Return the attributes in which an `MLPClassifier` holds its record."""
    monitor = clf._state.monitor
    record = {
        "n_iter_": clf.n_iter_,
        "t_": clf.t_,
        "loss_": clf.loss_,
        "loss_curve_": clf.loss_curve_,
        "best_loss_": clf.best_loss_,
        "validation_scores_": clf.validation_scores_,
        "best_validation_score_": clf.best_validation_score_,
        "_no_improvement_count": monitor.n_stalled,
        "n_outputs_": clf.n_outputs_,
        "out_activation_": clf.out_activation_,
        "classes_": clf.classes_.copy(),
    }
    if monitor.watches_score and not mlp.early_stopping:  # "auto", which it lacks
        record |= {
            "best_loss_": min(clf.loss_curve_),
            "validation_scores_": None,
            "best_validation_score_": None,
            "_no_improvement_count": 0,
        }
    return record


def _binarizer(targets):
    """Return scikit-learn's encoder of labels, fitted."""
    y = targets.classes
    if targets.kind == "multilabel-indicator":
        y = np.zeros((2, len(y)), int)
        y = y if targets.sparse_type is None else targets.sparse_type(y)
    return LabelBinarizer().fit(y)


def _copy_features(ours, peer):
    peer.n_features_in_ = ours.n_features_in_
    if hasattr(ours, "feature_names_in_"):
        peer.feature_names_in_ = ours.feature_names_in_.copy()
