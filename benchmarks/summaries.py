"""What `accuracy.py` prints: results by table, and means over tables.

A row is the result of one fit: a dict with the "method", the "folder" and name ("data")
of the table, the "split", and the scores, or the "error" that came in their place. A
table is the pair of its folder and its name.
"""

from collections import defaultdict, namedtuple

import numpy as np
from rich.console import Console
from rich.table import Table

N_SPLITS = 3
LOWEST_ERROR = 0.005  # below it, ratios of errors mean little
OURS, REFERENCE = "skdeepnn", "mlp"

# A setback: over MUCH times the error of the better rival, and over MANY rows more
RIVALS = ("mlp", "catboost")
MUCH, MANY = 1.15, 3


def show(rows, methods):
    """Print the results of each folder, the means of all, and what went badly."""
    console = Console()
    console.width = max(console.width, 16 + 16 * len(methods))
    folders = list(dict.fromkeys(row["folder"] for row in rows))
    for folder in folders:
        of_folder = [row for row in rows if row["folder"] == folder]
        run_there = {row["method"] for row in of_folder}
        columns = [method for method in methods if method in run_there]
        console.print(table_of_tables(of_folder, columns, folder), "")
        if by_table(of_folder, "err").get(REFERENCE):
            console.print(summary(of_folder, columns, folder), "")
    errors = by_table(rows, "err")
    if len(folders) > 1 and errors.get(REFERENCE):
        console.print(summary(rows, methods, "all together"), "")
    rivals = [rival for rival in RIVALS if errors.get(rival)]
    if rivals and errors.get(OURS):
        show_setbacks(console, setbacks(rows), rivals)
    for sentence in failures(rows):
        console.print(sentence, markup=False, highlight=False)


# ----------------------------------------------------------------------------- tables


def by_table(rows, field):
    """Mean of `field` over splits, as {method: {table: mean}}; only whole tables."""
    values = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if field in row:
            values[row["method"]][row["folder"], row["data"]].append(row[field])
    return {
        method: {
            table: float(np.mean(splits))
            for table, splits in tables.items()
            if len(splits) == N_SPLITS
        }
        for method, tables in values.items()
    }


def geometric_mean(method, peer, floor=0.0):
    """Geometric mean of the ratios over the tables that both have."""
    common = method.keys() & peer.keys()
    ratios = [max(method[t], floor) / max(peer[t], floor) for t in common]
    return float(np.exp(np.mean(np.log(ratios)))) if ratios else np.nan


def table_of_tables(rows, methods, title):
    """Lay out error and log loss of each method on each table of a folder."""
    errors, losses = by_table(rows, "err"), by_table(rows, "ll")
    grid = Table("table", *methods, title=f"{title}: test error / log loss", box=None)
    for table in sorted({(row["folder"], row["data"]) for row in rows}):
        cells = [
            f"{errors[m][table]:.4f}/{losses[m][table]:.3f}"
            if table in errors.get(m, {})
            else "-"
            for m in methods
        ]
        scored = [m for m in methods if table in losses.get(m, {})]
        if scored:
            best = methods.index(min(scored, key=lambda m: losses[m][table]))
            cells[best] = f"[bold]{cells[best]}[/bold]"
        grid.add_row(table[1], *cells)
    return grid


# ------------------------------------------------------------------------------ means


def summary(rows, methods, title):
    """Lay out geometric means of the ratios to the reference.

    The calibration error is no ratio, but the mean of all tables that have it. A number
    in brackets says that a mean is over so many tables, and not over as many as the
    rest of its line: results of older runs lack some scores.
    """
    grid = Table(
        "method",
        *("tables", "error", "log loss", "1 - AUROC", "time", "calibration error"),
        title=f"{title}: ratio to {REFERENCE}, geometric means (time: of the sums)",
        box=None,
    )
    fields = ("err", "ll", "auc", "t", "ece")
    means = {field: by_table(rows, field) for field in fields}
    for method in methods:
        own = {field: means[field].get(method, {}) for field in fields}
        peer = {field: means[field].get(REFERENCE, {}) for field in fields}
        grid.add_row(method, *_summary_cells(own, peer))
    return grid


def _summary_cells(own, peer):
    common = own["err"].keys() & peer["err"].keys()
    if not common:
        return ["0", *"-----"]
    times = [sum(side["t"][table] for table in common) for side in (own, peer)]
    ranked = own["auc"].keys() & peer["auc"].keys()
    missed = [{t: 1 - side["auc"][t] for t in ranked} for side in (own, peer)]
    n_tables, calibration = len(common), list(own["ece"].values())
    return [
        f"{n_tables}",
        f"{geometric_mean(own['err'], peer['err'], LOWEST_ERROR):.3f}",
        f"{geometric_mean(own['ll'], peer['ll']):.3f}",
        _noted(f"{geometric_mean(*missed, LOWEST_ERROR):.3f}", len(ranked), n_tables),
        f"{times[0] / times[1]:.2f}",
        _noted(f"{np.mean(calibration or 0):.4f}", len(calibration), n_tables),
    ]


def _noted(mean, n_tables, of):
    """Say how many tables a mean is over, if not over those of its line."""
    if n_tables == 0:
        return "-"
    return mean if n_tables == of else f"{mean} ({n_tables})"


# ------------------------------------------------------------------- what went badly

Setback = namedtuple("Setback", "table n_test errors n_lost")


def setbacks(rows):
    """Find the tables where skdeepnn errs much more than the better of its rivals.

    Returns
    -------
    list of Setback
        The table, the number of its test rows in a split, the errors of skdeepnn and of
        the rivals that have results there, and how many more test rows skdeepnn gets
        wrong than the better one, by which they are sorted.
    """
    errors, n_test = by_table(rows, "err"), by_table(rows, "n_test").get(OURS, {})
    found = []
    for table, error in errors.get(OURS, {}).items():
        theirs = {m: errors[m][table] for m in RIVALS if table in errors.get(m, {})}
        best = min(theirs.values(), default=np.inf)
        n_lost = round((error - best) * n_test[table], 6)  # thirds, without the noise
        if error > MUCH * best and n_lost > MANY:
            found.append(Setback(table, n_test[table], {OURS: error, **theirs}, n_lost))
    return sorted(found, key=lambda setback: -setback.n_lost)


def show_setbacks(console, found, rivals):
    """Print what `setbacks` has found, beside those rivals that have been run."""
    better = f"the better of {' and '.join(rivals)}" if len(rivals) > 1 else rivals[0]
    console.print(
        f"{OURS} errs over {MUCH} times as often as {better}, by over {MANY} test rows,"
        f" on:{'' if found else ' none'}",
        highlight=False,
    )
    grid = Table("table", "test rows", OURS, *rivals, "ratio", "rows more", box=None)
    for table, n_test, errors, n_lost in found:
        best = min(errors[m] for m in rivals if m in errors)
        grid.add_row(
            "/".join(table),
            f"{n_test:.0f}",
            *(f"{errors[m]:.4f}" if m in errors else "-" for m in (OURS, *rivals)),
            f"{errors[OURS] / best:.2f}" if best else "inf",
            f"{n_lost:.1f}",
        )
    if found:
        console.print(grid)


def failures(rows):
    """Sentences on who failed where, for each method and table the first failure."""
    failed = defaultdict(list)
    for row in rows:
        if "error" in row:
            failed[row["method"], row["folder"], row["data"]].append(row["error"])
    return [
        f"{method} failed on {folder}/{name}, in {len(errors)} of {N_SPLITS} splits, "
        f"and has no part in the means of that table: {errors[0]}"
        for (method, folder, name), errors in failed.items()
    ]
