"""A page that needs nothing but itself, and what the pages have in common.

It has no script, and loads no font, picture or style from anywhere: one file, which can
be mailed, archived and opened without a network.
"""

from datetime import date

import numpy as np

from .. import __version__
from .markup import Markup, cut, join, tag
from .outcomes import confusions, mistakes, reliability, roc_curves
from .pictures import draw_confusions, draw_reliability, draw_roc
from .style import STYLE

__all__ = [
    "figure",
    "judged",
    "listing",
    "number",
    "page",
    "section",
    "table",
]

GENERATOR = f"skdeepnn {__version__}"
_LETTERS_A_CARD = 36  # of a table in one of three cards beside each other
MOST_CELLS = 12  # classes on each side of a matrix that has its numbers written in
MOST_SHADES = 60  # and of one that has not

# The page says so itself, so that no reader need believe us
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(title, lead, sections):
    """Return a whole page.

    Parameters
    ----------
    title : str
        Its heading.
    lead : list of str
        Lines under it.
    sections : list of tuple of (str, Markup)
        Headings, and what is below each; those with nothing below are left out.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> text = page("A & B", ["two"], [("One", tag("p", "1")), ("None", Markup())])
    >>> "<h1>A &amp; B</h1>" in text, "<h2>None</h2>" in text
    (True, False)
    """
    sections = [(name, content) for name, content in sections if content]
    ids = [name.lower().replace(" ", "-") for name, _ in sections]
    links = [
        tag("a", name, href=f"#{id_}")
        for id_, (name, _) in zip(ids, sections, strict=True)
    ]
    main = [
        tag("section", tag("h2", name), content, id=id_)
        for id_, (name, content) in zip(ids, sections, strict=True)
    ]
    head = [
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup(f'<meta name="generator" content="{GENERATOR}">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        tag("title", title),
        tag("style", Markup(STYLE)),
    ]
    body = [
        tag("header", tag("h1", title), *(tag("p", x, class_="lead") for x in lead)),
        tag("nav", *links, aria_label="Sections"),
        tag("main", *main),
        tag("footer", f"Written by {GENERATOR} on {date.today().isoformat()}."),
    ]
    html = tag("html", tag("head", *head), tag("body", join(body, "\n")), lang="en")
    return f"<!DOCTYPE html>\n{html}\n"


def section(*parts):
    """Return parts side by side, as far as there is room for them.

    Examples
    --------
    >>> section("a", Markup("<p>b</p>"))
    '<div class="grid">a<p>b</p></div>'
    """
    return tag("div", *(part for part in parts if part), class_="grid")


def figure(title, content, caption="", level="h3", class_=""):
    """Return a picture or a table with its heading and what there is to know of it.

    Its class is "wide" for what takes a row of its own, "broad" if only on paper.

    Examples
    --------
    >>> figure("T", "<", "c")
    '<figure class="card"><h3>T</h3>&lt;<figcaption>c</figcaption></figure>'
    """
    parts = [tag(level, title), content]
    if caption:
        parts.append(tag("figcaption", caption))
    return tag("figure", *parts, class_=f"card {class_}".strip())


def listing(sentences):
    """Return sentences as a list; nothing for none.

    Examples
    --------
    >>> listing(["a"]), listing([])
    ('<ul><li>a</li></ul>', '')
    """
    if not sentences:
        return Markup()
    return tag("ul", *(tag("li", sentence) for sentence in sentences))


def table(heads, rows, caption, class_=None):
    """Return a table that scrolls in a box of its own.

    Parameters
    ----------
    heads : list of str
        Of its columns.
    rows : list of list
        The first cell of each is its heading. Markup cells are whole ``td`` elements;
        numbers, and text that starts with a digit or a sign, stand on the right.
    caption : str
        What it is.
    class_ : str, optional
        Of the table.

    Returns
    -------
    Markup
        The table.

    Examples
    --------
    >>> html = table(["class", "rows"], [["<a>", 3]], "All")
    >>> '<th scope="row">&lt;a&gt;</th><td class="num">3</td>' in html
    True
    """
    is_number = [
        any(_is_number(row[j]) for row in rows) and j > 0 for j in range(len(heads))
    ]
    head = [
        tag("th", text, scope="col", class_="num" if num else None)
        for text, num in zip(heads, is_number, strict=True)
    ]
    body = []
    for first, *others in rows:
        cells = [
            cell
            if isinstance(cell, Markup)
            else tag("td", cell, class_="num" if num else None)
            for cell, num in zip(others, is_number[1:], strict=True)
        ]
        body.append(tag("tr", tag("th", first, scope="row"), *cells))
    inner = tag(
        "table",
        tag("caption", tag("span", caption)),
        tag("thead", tag("tr", *head)),
        tag("tbody", *body),
        class_=class_,
    )
    # Those who have no mouse scroll what has the focus
    label = f"Table: {caption}"
    return tag(
        "div", inner, class_="scroll", tabindex=0, role="region", aria_label=label
    )


def _is_number(cell):
    if isinstance(cell, Markup):
        return 'class="num' in cell
    if not isinstance(cell, str):
        return True
    return cell[:1] in set("0123456789+-\u2212") or cell[:2] in ("< ", "> ")


def number(value, decimals=4):
    """Return a number as text; a dash for none.

    Examples
    --------
    >>> number(0.5), number(float("nan")), number(1234, 0)
    ('0.5000', '–', '1,234')
    """
    if value is None or np.isnan(value):
        return "–"
    return f"{value:,.{decimals}f}"


def judged(outcome, level="h3", explain=True):
    """Return pictures of predictions beside the truth.

    Parameters
    ----------
    outcome : Outcome
        Predictions of rows that were not seen.
    level : str, default="h3"
        Of their headings.
    explain : bool, default=True
        Whether to say how to read them.

    Returns
    -------
    list of Markup
        Figures: reliability, ROC curves, and confusions, as far as they can be had.
    """
    figures = []
    if outcome.is_proba:
        figures.append(_reliability(outcome, level, explain))
    curves = roc_curves(outcome)
    if curves:
        figures.append(_roc(outcome, curves, level))
    if outcome.predicted is not None and len(outcome.classes) > 1:
        figures += _confusions(outcome, level)
    return figures


def _reliability(outcome, level, explain):
    if outcome.predicted is None:
        xlabel = "Predicted probability of each label"
    elif outcome.is_binary:
        xlabel = f"Predicted probability of {cut(outcome.classes[1], 20)}"
    else:
        xlabel = "Probability of the predicted class"
    text = (
        "Where probabilities can be believed, dots are on the dotted diagonal, give or "
        "take their intervals: of the rows given 0.8, four in five come true. Dots "
        "below it promise too much. Underneath: how many rows have each probability."
    )
    picture = draw_reliability(reliability(outcome), xlabel)
    return figure("Reliability", picture, text if explain else "", level)


def _roc(outcome, curves, level):
    if outcome.is_binary:
        text = (
            f"For {cut(outcome.classes[1])}, at every threshold. The dotted diagonal "
            "is chance."
        )
    else:
        rest = len(curves) - 5
        which = "Each class" if outcome.predicted is not None else "Each label"
        text = f"{which} against the rest, worst first, with the area under the curve."
        if rest == 1:
            text += " The one left, with the largest area, is grey."
        elif rest > 1:
            text += f" The other {rest}, with larger areas, are grey."
    return figure("ROC", draw_roc(curves), text, level)


def _confusions(outcome, level):
    matrix, names = confusions(outcome), [cut(name, 40) for name in outcome.classes]
    total, wrong = matrix.sum(), matrix.sum() - np.trace(matrix)
    said = f"{_count(wrong)} of {_count(total)} rows are off the diagonal."
    if outcome.weight is not None:
        said = f"Weights: {_count(wrong)} of {_count(total)} is off the diagonal."
    shown = _most_mistaken(matrix, MOST_SHADES)
    left_out = len(matrix) - len(shown)
    if left_out:
        said += (
            f" Shown are the {len(shown)} classes with most mistakes; {left_out} are "
            "left out."
        )
    part, some = matrix[np.ix_(shown, shown)], [names[i] for i in shown]
    if len(part) <= MOST_CELLS:
        content = _matrix_table(part, some)
        n_letters = sum(len(name) + 3 for name in some) + max(map(len, some))
        class_ = "wide" if n_letters > _LETTERS_A_CARD else ""
        return [figure("Confusion matrix", content, said, level, class_)]
    said += " Shades: share of the true class's rows; blue is right."
    found = mistakes(matrix)
    rows = [
        [names[i], names[j], _count(matrix[i, j]), _share(matrix[i, j], matrix[i])]
        for i, j in found
    ]
    heads = ["true class", "predicted", "rows", "share"]
    caption = f"The {len(rows)} most frequent, of {_count(wrong)}; share of the class."
    top = table(heads, rows, caption)
    pictures = [figure("Confusion matrix", draw_confusions(part, some), said, level)]
    return pictures + [figure("Mistakes", top, "", level)] * bool(rows)


def _most_mistaken(matrix, most):
    """Return which classes to show, in their order."""
    if len(matrix) <= most:
        return np.arange(len(matrix))
    wrong = matrix.sum(axis=0) + matrix.sum(axis=1) - 2 * np.diag(matrix)
    return np.sort(np.argsort(-wrong, kind="stable")[:most])


def _matrix_table(matrix, names):
    sums = np.maximum(matrix.sum(axis=1), 1e-12)
    rows = []
    for i, name in enumerate(names):
        cells = [
            tag(
                "td",
                _count(value),
                class_="num right" if i == j else "num" if value else "num none",
                style=f"--share:{value / sums[i]:.3f}" if value else None,
            )
            for j, value in enumerate(matrix[i])
        ]
        rows.append([name, *cells])
    heads = ["true ↓ predicted →", *names]
    return table(heads, rows, "True classes down, predicted ones across.", "matrix")


def _count(value):
    """Rows, or the sum of their weights."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def _share(value, row):
    return f"{100 * value / row.sum():.3g} %"
