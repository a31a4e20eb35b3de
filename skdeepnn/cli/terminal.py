"""The comparison on a terminal: a bar while it runs, a table when it is done."""

import os
from itertools import product

import numpy as np

from .compare import METRICS, SCORES, decimals
from .messages import count_of, printable

__all__ = ["collect", "footnotes", "print_table"]

TITLES = {
    "accuracy": "Accuracy",
    "log_loss": "Log loss",
    "roc_auc": "ROC AUC",
    "fit_seconds": "Fit\ns",
    "predict_us_per_row": "Predict\n\u00b5s/row",
}


def collect(steps, names, cv):
    """Consume a comparison under a progress bar.

    Parameters
    ----------
    steps : iterator of dict
        What :func:`skdeepnn.cli.compare.compare` returns.
    names : list of str
        Names of the models.
    cv : int
        Number of folds.

    Returns
    -------
    records : list of dict
        What there was until the end, or until the user interrupted it.
    interrupted : bool
        Whether that was so.
    """
    from rich import progress as bars
    from rich.console import Console

    console = Console(stderr=True)
    console.quiet = not console.is_terminal  # else an empty line, before Rich 14.3
    width = max(map(len, names))  # keeps the bar in its place
    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(bar_width=None),
        bars.MofNCompleteColumn(),
        bars.TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    records, total = [], cv * len(names)
    # Models differ by orders of magnitude: the pace is that of the whole run.
    with bars.Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,
        refresh_per_second=4,
        speed_estimate_period=1e9,
        expand=True,
    ) as progress:
        task = progress.add_task("", total=total)
        try:
            while len(records) < total:
                fold, i = divmod(len(records), len(names))
                text = f"Fold {fold + 1} of {cv}: {names[i]:{width}}"
                progress.update(task, description=text, completed=len(records))
                records.append(next(steps))
        except KeyboardInterrupt:
            return records, True
    return records, False


def footnotes(table, summary, cv):
    """Return what is to be said under the table, in sentences.

    Parameters
    ----------
    table : Table
        What was compared on.
    summary : list of dict
        From :func:`skdeepnn.cli.compare.summarize`.
    cv : int
        Number of folds that were asked for.

    Returns
    -------
    list of str
        How to read the table, and what went wrong.
    """
    notes = [
        "* best in its column, or equal to it. Scores: mean \u00b1 standard deviation "
        "over the folds. Times, median: seconds to fit, preprocessing included; "
        "microseconds a row to predict."
    ]
    if len(np.unique(table.y)) > 2:
        notes.append("ROC AUC: each class against the rest, averaged over classes.")
    for row in summary:
        name, n_folds = row["model"], row["n_folds"]
        if row["accuracy"] and not row["log_loss"]:
            auc = "" if row["roc_auc"] else " and no ROC AUC"
            notes.append(f"{name} gives no probabilities, and so has no log loss{auc}.")
        if row["n_not_converged"]:
            notes.append(
                f"{name}: not converged within max_iter in {row['n_not_converged']} of "
                f"{count_of(n_folds, 'fold')}."
            )
        if row["n_failed"]:
            notes.append(
                f"{name}: failed in {row['n_failed']} of {count_of(n_folds, 'fold')} "
                f"({row['error']})."
            )
    if any(row["n_folds"] < cv for row in summary):
        done = ", ".join(f"{row['model']} {row['n_folds']}" for row in summary)
        notes.append(f"Interrupted. Folds finished, of {cv}: {done}.")
    return notes


def print_table(title, summary, notes):
    """Print the comparison as wide as the terminal allows.

    Parameters
    ----------
    title : str
        Above the table.
    summary : list of dict
        From :func:`skdeepnn.cli.compare.summarize`.
    notes : list of str
        Below it.
    """
    from rich.console import Console
    from rich.measure import Measurement

    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(width=120)  # a file has room
    # The widest layout that fits; where none does, the terminal has to wrap lines.
    for two_lines, short_names in product([False, True], repeat=2):
        table = _table(summary, two_lines, short_names)
        width = Measurement.get(console, console.options.update(width=999), table)
        if width.maximum <= console.width:
            break
    else:
        console.width = width.maximum
    for line in ("", title, "", table, "", *notes):
        shown = printable(line) if isinstance(line, str) else line
        console.print(shown, markup=False, highlight=False)


def _table(summary, two_lines, short_names):
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Model", overflow="fold")
    for title in TITLES.values():
        table.add_column(title, justify="right", no_wrap=True)
    for row in summary:
        name = row["model"]
        if short_names and len(name) > 20:
            name = name.replace("Classifier", "\nClassifier")
        cells = [
            _cell(row, metric, decimals(summary, metric), two_lines)
            for metric in METRICS
        ]
        table.add_row(Text(name), *cells)  # brackets in it are no markup
    return table


def _cell(row, metric, decimals, two_lines):
    from rich.text import Text

    if row[metric] is None:
        return Text("failed", style="red") if row["error"] else Text("–")
    best, value = metric in row["best"], row[metric]
    # Not by colour alone: printed in black and white, the star remains.
    cell = Text("* " if best else "", style="bold green" if best else "")
    cell.append(f"{value['mean' if metric in SCORES else 'median']:.{decimals}f}")
    if metric in SCORES:
        cell.append("\n" if two_lines else " ")
        spread = f"\u00b1 {value['std']:.{decimals}f}"
        cell.append(spread, style="not bold dim default")
    return cell
