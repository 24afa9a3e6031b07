"""A message, as every way of sending it takes it: as text, as HTML, and as data."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from localtrack.printable import printable

_MOST_LINE = 300  # characters
_MOST_SUBJECT = 150
_MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Message:
    """A message.

    Attributes:
        id: Stays the same when it is sent again.
        rule: The name of the rule that it is sent for.
        reason: Why it is sent if no status has changed, such as ``no metric for 30m``.
        repeated: Whether it may have arrived before.
        time: When what it tells happened.
        subject: One line: run, experiment and outcome.
        short: The same in a few lines more.
        text: All of it.
        html: Likewise.
        events: The events as data.
    """

    id: str
    rule: str
    reason: str | None
    repeated: bool
    time: datetime
    subject: str
    short: str
    text: str
    html: str
    events: list[dict[str, Any]]


class Section(NamedTuple):
    """A part of a message.

    Attributes:
        title: What it is called; empty for none.
        rows: Lines of its columns.
        verbatim: Whether it is something printed, to be shown as it is.
    """

    title: str
    rows: Sequence[Sequence[str]]
    verbatim: bool = False


def as_subject(text: str) -> str:
    """Return a text as a subject: one line that gives no orders, of bounded length."""
    return _cut(printable(text), _MOST_SUBJECT)


def as_text(head: str, sections: Sequence[Section]) -> str:
    """Return a message as text."""
    parts = [_line(head)]
    for section in sections:
        title = [section.title] if section.title else []
        if section.verbatim:
            lines = ["  " + _line(row[0]) for row in section.rows[:_MOST_LINES]]
        else:
            lines = _columns(section.rows[:_MOST_LINES])
        parts.append("\n".join([*title, *lines]))
    return "\n\n".join(parts) + "\n"


def as_html(head: str, sections: Sequence[Section]) -> str:
    """Return a message as HTML without anything that a mail program would have to load."""
    parts = [f'<p style="font-size:16px"><b>{_escaped(head)}</b></p>']
    for section in sections:
        if section.title:
            parts.append(f"<p><b>{_escaped(section.title)}</b></p>")
        rows = section.rows[:_MOST_LINES]
        if section.verbatim:
            lines = "\n".join(_escaped(row[0]) for row in rows)
            parts.append(f'<pre style="background:#f4f4f4;padding:8px;white-space:pre-wrap">{lines}</pre>')
        else:
            cells = "".join(
                "<tr>" + "".join(f'<td style="padding:1px 12px 1px 0">{_escaped(cell)}</td>' for cell in row) + "</tr>"
                for row in rows
            )
            parts.append(f'<table style="border-collapse:collapse">{cells}</table>')
    return f'<html><body style="font-family:sans-serif;font-size:14px">{"".join(parts)}</body></html>\n'


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [[_line(cell) for cell in row] for row in rows]
    count = max((len(row) for row in cells), default=0)
    widths = [max((len(row[place]) for row in cells if place < len(row) - 1), default=0) for place in range(count)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in cells
    ]


def _escaped(text: str) -> str:
    return html.escape(_line(text))


def _line(text: str) -> str:
    return _cut(printable(text), _MOST_LINE)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
