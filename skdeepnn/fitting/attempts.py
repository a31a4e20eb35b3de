"""Attempts to fit an estimator, one at a time, which change nothing if they fail."""

from ..compute.signals import pass_on_signals, uninterrupted

__all__ = ["Attempt"]

_UNDER_WAY = {}  # by the id of the estimator


class Attempt:
    """Has an estimator be fitted once at a time, and be as it was if that fails.

    Parameters
    ----------
    estimator : estimator
        As it is before.
    name : str or None
        Of its attribute that is changed in place, if it has that: a `FitState`, which
        training goes on from. ``with`` provides it.

    Raises
    ------
    RuntimeError
        If another attempt is under way.

    Examples
    --------
    >>> from skdeepnn import DeepNNClassifier
    >>> clf = DeepNNClassifier()
    >>> with Attempt(clf, None):
    ...     clf.fit([[0], [1]], [0, 1])
    Traceback (most recent call last):
    RuntimeError: This DeepNNClassifier is being fitted already: fit a clone of it ...
    """

    def __init__(self, estimator, name):
        self._estimator, self._name = estimator, name

    @uninterrupted
    def __enter__(self):
        estimator = self._estimator
        if _UNDER_WAY.setdefault(id(estimator), self) is not self:
            raise RuntimeError(
                f"This {type(estimator).__name__} is being fitted already: fit a clone "
                "of it in each thread (sklearn.base.clone). To predict by what it was "
                "before is possible meanwhile."
            )
        self._before = vars(estimator).copy()
        self._state = self._before.get(self._name)
        try:
            if self._state is not None:
                self._snapshot = self._state.snapshot()
        except BaseException:  # there is no memory for it
            del _UNDER_WAY[id(estimator)]
            raise
        return self._state

    @uninterrupted
    def __exit__(self, kind, *exception):
        try:
            if kind is not None:  # an interruption before training, too
                self._undo()
        finally:
            del _UNDER_WAY[id(self._estimator)]
        pass_on_signals()

    def _undo(self):
        during = vars(self._estimator)
        for name in ("_callback_fit_ctx", "_skl_callbacks_to_teardown"):
            if name in during:  # scikit-learn has yet to tell callbacks of the end
                self._before[name] = during[name]
        self._estimator.__dict__ = self._before
        if self._state is not None:
            self._state.restore(self._snapshot)
