"""What a model's file tells of its columns, its training and its settings."""

import inspect
from datetime import date

import numpy as np

from .. import __version__
from .markup import Markup, cut, join, tag
from .messages import count_of
from .page import figure, section, table
from .pictures import bar, draw_losses

__all__ = ["columns_section", "settings_section", "training_section"]

MOST_COLUMNS = 50
MOST_BARS = 20


def columns_section(estimator, about, missing):
    """Tell how important columns are, and what became of them.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    about : dict
        Its "importance", if any.
    missing : list of str
        Gets a sentence for what cannot be told.

    Returns
    -------
    Markup
        What can be.
    """
    importance = about.get("importance")
    columns = getattr(estimator, "columns_", None)
    parts = []
    if importance is not None:
        parts.append(_importance(importance))
    elif hasattr(estimator, "oof_score_"):
        missing.append(
            "The file does not hold how important columns are: skdeepnn train notes "
            "it, and skdeepnn.inspection.oof_permutation_importance tells it of the "
            "training rows."
        )
    if columns is None:
        missing.append(
            "Columns were taken as they came, as numbers: nothing became of them."
        )
    else:
        parts.append(_what_became(columns, importance))
    return section(*parts) if parts else Markup()


def _importance(importance):
    values = np.asarray(importance["values"], dtype=float)
    means, spreads = values.mean(axis=1), values.std(axis=1)
    order = np.argsort(-means, kind="stable")[:MOST_BARS]
    low = min(0.0, float((means - spreads)[order].min(initial=0.0)))
    high = max(float((means + spreads)[order].max(initial=0.0)), 1e-9)
    rows = [
        [
            cut(importance["names"][i]),
            tag("td", bar(means[i], spreads[i], low, high), class_="bar"),
            f"{means[i]:.4f}",
        ]
        for i in order
    ]
    score, left = importance.get("score", "score"), len(means) - len(order)
    said = (
        f"Loss of {score} where the column’s values are shuffled among held-out rows; "
        "the whisker is the standard deviation over shuffles. Columns that tell the "
        "same thing stand in for each other, and look less important than they are."
    )
    if left:
        said += f" {count_of(left, 'less important column')} left out."
    heads = ["column", "", "drop"]
    content = table(heads, rows, "Most important first.", "bars")
    return figure("Importance", content, said, class_="broad")


def _what_became(columns, importance):
    n = len(columns["name"])
    order, said = np.arange(n), "In the table’s order."
    if importance is not None and len(importance["names"]) == n:
        means = np.asarray(importance["values"], dtype=float).mean(axis=1)
        order, said = np.argsort(-means, kind="stable"), "Most important first."
    kinds, counts = np.unique(columns["kind"].astype(str), return_counts=True)
    total = ", ".join(
        f"{count} {'' if kind in ('constant', 'empty') else 'of '}{kind}"
        for kind, count in zip(kinds, counts, strict=True)
    )
    unused = int((np.asarray(columns["n_outputs"]) == 0).sum())
    rows = [
        [
            cut(columns["name"][i]),
            str(columns["kind"][i]),
            int(columns["n_outputs"][i]),
            _percent(columns["missing"][i]),
            _percent(columns["rare"][i]),
            int(columns["n_categories"][i]) or "",
        ]
        for i in order[:MOST_COLUMNS]
    ]
    heads = ["column", "kind", "inputs", "missing", "rare", "categories"]
    used = [j for j in range(len(heads)) if j < 3 or any(row[j] for row in rows)]
    heads, rows = [heads[j] for j in used], [[row[j] for j in used] for row in rows]
    if n > MOST_COLUMNS:
        said += f" {n - MOST_COLUMNS} more are in the model’s columns_."
    rare = ""
    if "rare" in heads:
        rare = (
            " Rare: share of rows whose category is too rare for an input of its own."
        )
    if unused:
        said += f" {count_of(unused, 'column')} told nothing and had no inputs."
    return figure(
        "What became of them",
        table(heads, rows, f"{count_of(n, 'column')}: {total}."),
        f"{said} Inputs: how many numbers a column is to the network.{rare}",
        class_="broad",
    )


def _percent(share):
    if 0 < share < 0.001 or 0.999 < share < 1:
        return "< 0.1 %" if share < 0.5 else "> 99.9 %"
    return f"{100 * share:.3g} %" if share else ""


# Training


def training_section(estimator, missing):
    """Show the losses, the views of the numbers and the network.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    missing : list of str
        Gets a sentence for what cannot be told.

    Returns
    -------
    Markup
        What can be.
    """
    history = getattr(estimator, "history_", None) or {}
    curves = {
        name: np.asarray(history[key], dtype=float)
        for key, name in (("loss", "training"), ("validation_loss", "held out"))
        if key in history and np.isfinite(history[key]).any()
    }
    parts = []
    if curves:
        best = history.get("validation_score")
        best = None if best is None else int(np.argmax(best)) + 1
        n_epochs = max(map(len, curves.values()))
        said = f"{count_of(n_epochs, 'epoch')}."
        if best is not None:
            said += f" The model is that of epoch {best}, the best on held-out rows."
        parts.append(figure("Losses", draw_losses(curves, best), said))
    elif hasattr(estimator, "predict_proba"):
        missing.append("There is no history of the training to draw.")
    views = getattr(estimator, "views_", None)
    if isinstance(views, dict) and views:  # an encoder has their names alone
        rows = [[name, f"{100 * share:.3g} %"] for name, share in views.items()]
        parts.append(
            figure(
                "Views of the numbers",
                table(["view", "weight"], rows, "Share in the predictions."),
                "Networks are shown the numbers in several ways; what does not help is "
                "left out, with a weight of 0.",
            )
        )
    if hasattr(estimator, "network_"):
        text = tag("pre", tag("code", str(estimator.network_)))
        label = "The network"
        box = tag(
            "div", text, class_="scroll", tabindex=0, role="region", aria_label=label
        )
        parts.append(figure("Network", box, class_="wide"))
    return section(*parts) if parts else Markup()


# Settings


def settings_section(estimator, about):
    """Tell the parameters, and the versions that the model was trained with.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    about : dict
        Its "versions", if any.

    Returns
    -------
    Markup
        Tables.
    """
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(type(estimator)).parameters.items()
    }
    values = estimator.get_params(deep=False)
    changed = [
        name for name, value in values.items() if repr(value) != repr(defaults[name])
    ]
    if changed:
        rows = [
            [name, _value(values[name]), _value(defaults[name])] for name in changed
        ]
        heads = ["parameter", "value", "default"]
        parts = [table(heads, rows, "Other than by default.")]
    else:
        parts = [tag("p", "All parameters are those by default.")]
    rows = [[name, _value(value)] for name, value in values.items()]
    parts.append(
        tag(
            "details",
            tag("summary", f"All {len(rows)} parameters"),
            table(["parameter", "value"], rows, f"Of {type(estimator).__name__}."),
        )
    )
    versions = about.get("versions")
    if versions:
        rows = [[name, tag("td", cut(version))] for name, version in versions.items()]
        parts.append(table(["package", "version"], rows, "Trained with."))
    else:
        today = f"skdeepnn {__version__} on {date.today().isoformat()}"
        text = (
            f"The file does not tell what it was trained with; it was read by {today}."
        )
        parts.append(tag("p", text))
    return join(parts)


def _value(value):
    return tag("td", tag("code", cut(repr(value), 80)))
