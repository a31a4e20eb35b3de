"""What a scikit-learn scorer says of a network that is still in training."""

from numbers import Real

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer

from ..nn.functions import call

__all__ = ["EpochModel", "HeldOutModel", "measure"]


class EpochModel(ClassifierMixin, BaseEstimator):
    """A network in training, as scorers see it: predicts without validation.

    Parameters
    ----------
    targets : TargetCoder
        What the logits stand for.
    network : Network
        What predicts.
    """

    def __init__(self, targets, network):
        self.targets = targets
        self.network_ = network
        self.classes_ = targets.classes

    def _logits(self, X):
        return self.network_.logits(X, n_threads=1)

    def decision_function(self, X):
        """Return logits; see `NetworkPredictor.decision_function`."""
        return self.targets.decision(self._logits(X))

    def predict(self, X):
        """Return the most probable labels."""
        return self.targets.decode(self._logits(X))

    def predict_proba(self, X):
        """Return probabilities, never 0 or 1."""
        return self.targets.proba(self._logits(X))

    def __sklearn_is_fitted__(self):
        return True


class HeldOutModel(EpochModel):
    """A network with predictions for the rows held out, and for no others.

    Parameters
    ----------
    targets : TargetCoder
        What the logits stand for.
    network : Network
        What has predicted.
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        The rows.
    logits : ndarray of shape (n_samples, n_outputs)
        The predictions.
    """

    def __init__(self, targets, network, X, logits):
        super().__init__(targets, network)
        self.X, self.logits = X, logits

    def _logits(self, X):
        if X is not self.X:
            raise ValueError(
                "scoring asks for predictions of other rows than it is given: only for "
                "these is there one of a member that has not seen them. Give a "
                "validation set to fit (X_val, y_val), or early_stopping=True."
            )
        return self.logits.copy()  # probabilities will be written there


def measure(model, data, scoring):
    """Return a model's score for some rows.

    Parameters
    ----------
    model : EpochModel
        What predicts.
    data : Data
        The rows.
    scoring : str or callable
        As scikit-learn has it.

    Returns
    -------
    float
        Of the weighted rows, if the scorer is scikit-learn's.

    Raises
    ------
    ValueError
        If the scorer returns anything else than a number, or NaN.
    """
    scorer, kwargs = get_scorer(scoring), {}
    # A function of the user's own need not know of weights; scikit-learn's do.
    if data.sample_weight is not None and hasattr(scorer, "_score_func"):
        kwargs["sample_weight"] = data.sample_weight
    takes = "(estimator, X, y) -> float"
    score = call(scorer, "scoring", takes, model, data.X, data.y, **kwargs)
    if not isinstance(score, Real):
        raise ValueError(
            f"scoring={scoring!r} returned {score!r}: a scorer must return one number."
        )
    if score != score:
        raise ValueError(
            f"scoring={scoring!r} returned NaN for {data.X.shape[0]} rows, which is "
            "neither better nor worse than any score: use a scorer that is defined "
            "there, for example where these rows lack a class."
        )
    return float(score)
