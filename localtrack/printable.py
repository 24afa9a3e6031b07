"""Text as it may be shown: others' must not give orders to a terminal or a page, and numbers are for people. A leaf."""

from __future__ import annotations

import re

# What a terminal obeys, or what reorders or breaks a line (C1 too, because some take U+009B for ESC [), and what no
# stream or page can hold.
ORDERS = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_UNPRINTABLE = re.compile(f"[\x00-\x1f{ORDERS}]")
_UNITS = ("B", "kB", "MB", "GB", "TB")


def printable(text: str, keep: str = "") -> str:
    """Return a text in which characters that are obeyed instead of shown stand as Python's escapes.

    Args:
        text: The text.
        keep: Those that stay, such as a line's end.
    """
    return _UNPRINTABLE.sub(lambda found: found[0] if found[0] in keep else _escape(found[0]), text)


def number(value: int) -> str:
    """Return a number for people, with a space between thousands."""
    return f"{value:,}".replace(",", " ")


def count(value: int, what: str, several: str | None = None) -> str:
    """Return how many there are of something, for people: ``no runs``, ``1 run``, ``2 000 runs``.

    Args:
        value: How many.
        what: The word for one.
        several: That for more than one, if it has more than an ``s`` in addition.
    """
    return f"{number(value) if value else 'no'} {what if value == 1 else several or f'{what}s'}"


def size_text(size: int) -> str:
    """Return a number of bytes for people, such as ``1.2 MB``."""
    number, unit, *larger = float(size), *_UNITS
    # What would be rounded to 1000 is one of the next unit.
    while larger and number >= (1000 if unit == "B" else 999.95):
        number, unit, *larger = number / 1000, *larger
    return f"{size} B" if unit == "B" else f"{number:.1f} {unit}"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()
