"""Numbers of bytes, for people."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size_text(size: int) -> str:
    """Return a number of bytes as a table shows it, such as ``1.2 MB``."""
    number, unit, *larger = float(size), *_UNITS
    # What would be rounded to 1000 is one of the next unit.
    while larger and number >= (1000 if unit == "B" else 999.95):
        number, unit, *larger = number / 1000, *larger
    return f"{size} B" if unit == "B" else f"{number:.1f} {unit}"
