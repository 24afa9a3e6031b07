"""HTML that is put together from parts, in which text can't become markup.

Colours of text are those around it, since a notebook may be light or dark.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from localtrack.printable import printable

_CELL = "text-align:left;vertical-align:top;padding:2px 14px 2px 0;border:0"
_BROKEN = f"{_CELL};max-width:48em;overflow-wrap:anywhere"
_WHOLE = f"{_CELL};white-space:nowrap"  # a wide table is scrolled
_FAINT = "font-weight:normal;opacity:.65"
_VOID = ("img",)  # elements that have no end


class Markup(str):
    """HTML; any other text is escaped where it is put into HTML."""

    __slots__ = ()


def element(name: str, *content: object, **attributes: object) -> Markup:
    """Return an element.

    Args:
        name: Its name.
        content: What is in it: `Markup` as it is, anything else as text.
        **attributes: With ``_`` for ``-``.
    """
    given = "".join(f' {key.replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{given}>" if name in _VOID else f"<{name}{given}>{join(content)}</{name}>")


def join(parts: Iterable[object], between: str = "") -> Markup:
    """Return parts behind each other: `Markup` as it is, anything else as text."""
    return Markup(escape(between).join(part if isinstance(part, Markup) else escape(part) for part in parts))


def escape(text: object) -> str:
    """Return a text as HTML that shows it, unprintable characters as Python's escapes."""
    return html.escape(printable(str(text), keep="\t\n"), quote=True)


def facts(rows: Iterable[tuple[str, object]]) -> Markup:
    """Return a table of names with what they stand for."""
    cells = [
        element(
            "tr",
            element("th", name, style=f"{_WHOLE};{_FAINT}", scope="row"),
            element("td", value, style=_BROKEN),
            style=_ROW,
        )
        for name, value in rows
    ]
    return element("table", element("tbody", *cells), style=_TABLE)


def table(columns: Sequence[object], rows: Iterable[Sequence[object]]) -> Markup:
    """Return a table with a line of names above it."""
    head = element(
        "tr", *(element("th", column, style=f"{_WHOLE};{_FAINT}", scope="col") for column in columns), style=_ROW
    )
    body = [
        element("tr", *(element("td", cell, style=_WHOLE) for cell in row), style=f"{_ROW};{_LINE}") for row in rows
    ]
    scrolling = element("table", element("thead", head), element("tbody", *body), style=_TABLE)
    return element("div", scrolling, style="overflow-x:auto")


def note(text: object) -> Markup:
    """Return a line of small text."""
    return element("div", text, style="font-size:90%;opacity:.65;margin:2px 0")


_TABLE = "border-collapse:collapse;border:0;margin:2px 0;font-size:inherit;text-align:left"
_ROW = "background:none;border:0"
_LINE = "border-top:1px solid rgba(128,128,128,.25)"
