"""Telling scikit-learn's callbacks about epochs.

scikit-learn has callbacks since 1.9: before, fits have nobody to tell.
"""

from sklearn.utils import _safe_indexing

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:
        """Says what is needed for callbacks."""

        def __getattr__(self, name):
            if name == "set_callbacks":
                raise AttributeError(
                    "set_callbacks needs the callbacks of scikit-learn 1.9 or later: "
                    'pip install --upgrade "scikit-learn>=1.9"'
                )
            return super().__getattr__(name)

    def with_callbacks(method):
        """Return the method as it is: nobody is to be told of it."""
        return method


__all__ = ["CallbackSupportMixin", "EpochTasks", "with_callbacks"]


class EpochTasks:
    """The tasks of one fit, as `sklearn.callback` sees them: one an epoch.

    Where the estimator has no callbacks, and before :meth:`begin`, it does nothing.

    Parameters
    ----------
    estimator : NetworkClassifier
        The one that is being fitted.
    attributes : callable, optional
        Makes of a `FitState` the attributes of a fitted estimator.
    X, y : array-like, optional
        What it is fitted to, as the user gave them.
    sample_weight : array-like or None, default=None
        The weights that came with it: what callbacks get as metadata, to score with.

    Attributes
    ----------
    result : callable
        Returns the `FitState` that there would be if training stopped now. To be set
        by whoever trains, as is
    live : FitState
        What is being trained, for callbacks that look at the estimator itself.
    """

    def __init__(self, estimator, attributes=None, X=None, y=None, sample_weight=None):
        self.estimator, self._attributes = estimator, attributes
        self.arguments = {"estimator": estimator, "X": X, "y": y, "metadata": None}
        if sample_weight is not None:
            self.arguments["metadata"] = {"sample_weight": sample_weight}
        self.root = self._epoch = None
        self.result = self.live = None

    def take(self, rows):
        """Keep only these rows of the training data: the others are validation."""
        whole = self.arguments.copy()
        # Callables are evaluated only if a callback asks for their value.
        self.arguments["X"] = lambda: _safe_indexing(whole["X"], rows)
        self.arguments["y"] = lambda: _safe_indexing(whole["y"], rows)
        if whole["metadata"] is not None:
            self.arguments["metadata"] = lambda: {
                name: _safe_indexing(value, rows)
                for name, value in whole["metadata"].items()
            }

    def begin(self, max_epochs):
        """Tell that training begins, for `max_epochs` epochs at the most."""
        if not hasattr(self.estimator, "set_callbacks"):
            return
        self.root = self.estimator._init_callback_context(max_subtasks=max_epochs)
        if self.has_callbacks:
            vars(self.estimator).update(self._attributes(self.live))
        self.root.call_on_fit_task_begin(**self.arguments)

    def begin_epoch(self):
        """Tell that an epoch begins."""
        if self.root is not None and self.has_callbacks:
            self._epoch = self.root.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(
                **self.arguments, reconstruction_attributes=self._so_far
            )

    def end_epoch(self):
        """Tell that it has ended; return whether a callback wants training to stop."""
        if self._epoch is None:
            return False
        epoch, self._epoch = self._epoch, None
        return epoch.call_on_fit_task_end(
            **self.arguments, reconstruction_attributes=self._so_far
        )

    def end(self):
        """Tell that training has ended, and an epoch that was begun but not run."""
        if self._epoch is not None:
            self._epoch.call_on_fit_task_end(estimator=self.estimator)
        if self.root is not None:
            self.root.call_on_fit_task_end(
                **self.arguments, reconstruction_attributes={}
            )
        # The fit that it belongs to has these tasks: in a circle, many blocks of
        # `partial_fit` would stay in memory until Python looks for circles.
        self.result = self.live = None

    @property
    def has_callbacks(self):
        """Whether anyone is told."""
        return bool(getattr(self.estimator, "_skl_callbacks", None))

    def _so_far(self):
        """Attributes that make a copy of the estimator one that has been fitted."""
        return self._attributes(self.result())
