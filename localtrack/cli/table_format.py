"""The text of ``-o table``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from wcwidth import wcswidth, wcwidth

from localtrack.printable import printable

_LEFT_OUT = ("id", "type", "etag")  # as the Azure CLI does
_BETWEEN = "  "
_NARROWEST = 6  # a column that is cut
_JOINER = "\u200d"


def rows_of(result: Any, *, sort: bool) -> list[dict[str, str]]:
    """Return the rows of a result: a title and a text for each column that it has.

    Args:
        result: What a command has returned, or an expression has made of it. Lists and objects in a row are left out.
        sort: Whether the columns are put in the order of their titles.
    """
    return [_row(each, sort) for each in (result if isinstance(result, list) else [result])]


def table(
    rows: Sequence[dict[str, str]], width: int | None = None, more: str = "…", left_out: list[str] | None = None
) -> str:
    """Return the text of a table.

    Args:
        rows: They need not have the same columns.
        width: How wide it may be. The first column, by which other commands are given what it names, is shown whole if
            it has room; of the others the widest are cut, and the last are left out if that is not enough. All is
            shown if None.
        more: What stands for what was cut.
        left_out: Gets the titles of the columns that are left out.
    """
    titles = list(dict.fromkeys(title for row in rows for title in row))
    if not titles:
        return ""
    columns = [[title, *(row.get(title, "") for row in rows)] for title in titles]
    widths = [max(map(_width, column)) for column in columns]
    if width is not None:
        widths = _fitting(widths, width)
        columns = [[_cut(cell, most, more) for cell in column] for column, most in zip(columns, widths, strict=False)]
        if left_out is not None:
            left_out += titles[len(widths) :]
    header, *lines = zip_longest(*columns, fillvalue="")
    return "".join(_line(cells, widths) for cells in (header, ["-" * each for each in widths], *lines))


def _row(item: Any, sort: bool) -> dict[str, str]:
    if isinstance(item, list):
        return {f"Column{number}": _text(value) for number, value in enumerate(item, 1)}
    if not isinstance(item, dict):
        return {"Result": _text(item)}
    keys = sorted(item, key=str) if sort else item
    return {
        printable(str(key)[:1].upper() + str(key)[1:]): _text(item[key])
        for key in keys
        if key not in _LEFT_OUT and item[key] is not None and not isinstance(item[key], list | dict)
    }


def _text(value: Any) -> str:
    return "" if value is None else printable(str(value))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    width: int = wcswidth(text)
    return width if width >= 0 else sum(max(wcwidth(char), 0) for char in text)


def _fitting(widths: Sequence[int], available: int) -> list[int]:
    """Return how wide columns are shown, so that they have room; the last ones that have none are not among them."""
    first, *others = widths
    while others:
        most = _widest(others, available - first - len(_BETWEEN) * len(others))
        if most >= min(_NARROWEST, max(others)):
            return [first, *(min(each, most) for each in others)]
        others.pop()
    return [min(first, available)]


def _widest(widths: Sequence[int], available: int) -> int:
    """Return how wide a column may be, so that all have room if only wider ones are cut."""
    left = available
    for number, width in enumerate(sorted(widths)):
        share = left // (len(widths) - number)
        if width > share:
            return share
        left -= width
    return max(widths)


def _cut(text: str, width: int, more: str) -> str:
    if _width(text) <= width:
        return text
    room = width - len(more)
    kept = []
    for char in text:
        room -= max(wcwidth(char), 0)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip(_JOINER) + more


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    padded = [cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
    return _BETWEEN.join(padded).rstrip() + "\n"
