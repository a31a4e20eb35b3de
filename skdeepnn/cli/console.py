"""What a terminal shows while something takes long, and lines of text after it."""

import os
from contextlib import contextmanager

from .messages import printable

__all__ = ["EpochBar", "counting", "make_console", "print_lines", "waiting"]


def make_console(*, stderr=False):
    """Return rich's console; wide where there is no terminal to say how wide.

    Parameters
    ----------
    stderr : bool, default=False
        Whether it is for what is not a result.

    Returns
    -------
    Console
        Of rich.

    Examples
    --------
    >>> make_console().is_terminal
    False
    """
    from rich.console import Console

    console = Console(stderr=stderr)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(stderr=stderr, width=120)
    return console


def print_lines(lines):
    """Print lines, and rich's tables among them.

    Parameters
    ----------
    lines : iterable of {str, Table}
        Text is shown as it is.

    Examples
    --------
    >>> print_lines(["[a] is a name"])
    [a] is a name
    """
    console = make_console()
    for line in lines:
        shown = printable(line) if isinstance(line, str) else line
        console.print(shown, markup=False, highlight=False)


@contextmanager
def _bar(*columns):
    from rich import progress as bars

    console = make_console(stderr=True)
    console.quiet = not console.is_terminal  # else an empty line, before Rich 14.3
    with bars.Progress(
        *columns,
        bars.TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
        refresh_per_second=4,
    ) as progress:
        yield progress


@contextmanager
def counting(what):
    """Show how many there are so far.

    Parameters
    ----------
    what : str
        Of which there are many.

    Yields
    ------
    callable
        Takes how many more there are.

    Examples
    --------
    >>> with counting("rows") as count:
    ...     count(3)
    """
    from rich.progress import TextColumn

    with _bar(TextColumn("{task.completed:,.0f} {task.description}")) as progress:
        task = progress.add_task(what, total=None)
        yield lambda n: progress.advance(task, n)


@contextmanager
def waiting(what):
    """Show that something goes on whose end is not known.

    Parameters
    ----------
    what : str
        That it is.

    Examples
    --------
    >>> with waiting("Reading"):
    ...     pass
    """
    from rich.progress import SpinnerColumn, TextColumn

    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False)
    with _bar(*columns) as progress:
        progress.add_task(what, total=None)
        yield


class EpochBar:
    """Shows the epochs of a fit, as scikit-learn's callbacks do.

    scikit-learn's own bar writes to what is no terminal, too.

    Examples
    --------
    >>> from skdeepnn import DeepNNClassifier
    >>> clf = DeepNNClassifier(random_state=0).set_callbacks(EpochBar())
    >>> _ = clf.fit([[0.0], [1.0]] * 40, [0, 1] * 40)
    """

    def setup(self, estimator, context):
        """Begin to show them."""
        from rich.progress import BarColumn, TextColumn

        text = "Training: epoch {task.completed:.0f} of at most {task.total:.0f}"
        self._open = _bar(TextColumn(text), BarColumn())
        self._progress = self._open.__enter__()
        self._task = self._progress.add_task("", total=context.max_subtasks or 1)

    def on_fit_task_begin(self, estimator, context, **_):
        """Take how many epochs there are at most."""
        if context.parent is None:
            self._progress.update(self._task, total=context.max_subtasks or 1)

    def on_fit_task_end(self, estimator, context, **_):
        """Count an epoch."""
        if context.parent is not None:
            self._progress.advance(self._task)

    def teardown(self, estimator, context):
        """Clear the line."""
        self._open.__exit__(None, None, None)
