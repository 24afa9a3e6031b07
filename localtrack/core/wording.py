"""How values, times and spans of time are written for people."""

from __future__ import annotations

import math
import time
from datetime import datetime
from typing import Any

_SECOND = 1_000_000_000
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}  # as JSON has them


def short(text: object, most: int = 100) -> str:
    """Return a text in at most so many characters, the last of which says that there are more."""
    whole = str(text)
    return whole if len(whole) <= most else whole[: most - 1] + "…"


def value(logged: Any, most: int = 100) -> str:
    """Return a logged value: a number with six digits, a list or table by its end."""
    if isinstance(logged, float):
        return f"{logged:.6g}" if math.isfinite(logged) else _NOT_FINITE[str(logged)]
    if isinstance(logged, int) and logged.bit_length() > 1000:  # Python writes none of over 4300 digits
        return f"an integer of {logged.bit_length()} bits"
    if isinstance(logged, list):
        return short(", ".join(value(each, most) for each in [*["…"][: len(logged) - 5], *logged[-5:]]), most)
    if isinstance(logged, dict):
        return short(", ".join(f"{short(name, most)}={_cell(each, most)}" for name, each in logged.items()), most)
    return short(logged, most)


def local_time(nanoseconds: int | None) -> str:
    """Return a time of the store's in this machine's time zone; nothing for None."""
    if nanoseconds is None:
        return ""
    return f"{datetime.fromtimestamp(nanoseconds // _SECOND).astimezone():%Y-%m-%d %H:%M:%S}"


def duration(started: int | None, ended: int | None) -> str:
    """Return how long a run took, or has taken until now; nothing for one that was not started."""
    if started is None:
        return ""
    seconds = max((ended if ended is not None else time.time_ns()) - started, 0) / _SECOND
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"


def label(name: str, text: str | None) -> str:
    """Return a tag: its name, with its value if it has one."""
    return short(name if text is None else f"{name}={text}")


def _cell(column: Any, most: int) -> str:
    return value(column[-1] if isinstance(column, list) and column else column, most)
