"""HTML and SVG put together of parts, in which all text is escaped."""

import re
from html import escape

__all__ = ["Markup", "cut", "join", "tag"]

# What no HTML may hold; XML neither, whatever the reference
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LONGEST_NAME = 60


class Markup(str):
    """Text that is HTML already: what is no Markup gets escaped.

    Examples
    --------
    >>> tag("b", "a < b"), tag("p", Markup("<b>c</b>"))
    ('<b>a &lt; b</b>', '<p><b>c</b></p>')
    """

    __slots__ = ()


def tag(name, *children, **attributes):
    r"""Return an element.

    Parameters
    ----------
    name : str
        Of the element.
    *children : object
        What is in it: Markup as it is, anything else as text.
    **attributes : object
        Underscores in a name become hyphens, but one at its end goes: so ``class_``
        is "class". None is left out.

    Returns
    -------
    Markup
        The element.

    Examples
    --------
    >>> tag("td", "\"'&", class_="num", data_a=1)
    '<td class="num" data-a="1">&quot;&#x27;&amp;</td>'
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{given}>{join(children)}</{name}>")


def join(parts, separator=""):
    """Return parts one after the other, escaped where they are no Markup.

    Examples
    --------
    >>> join(["<", tag("i", 1)])
    '&lt;<i>1</i>'
    """
    return Markup(separator.join(map(_escaped, parts)))


def _escaped(part):
    if isinstance(part, Markup):
        return part
    return escape(FORBIDDEN.sub("\ufffd", str(part)))


def cut(name, longest=LONGEST_NAME):
    """Return a name that may come from anywhere, at no more than a bearable length.

    Examples
    --------
    >>> cut("abcdef", 4)
    'abc…'
    """
    name = " ".join(str(name).split()) or repr(str(name))
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
