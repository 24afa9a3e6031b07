"""What importing costs a script, in the import of three modules that most programs have anyway."""

from __future__ import annotations

from statistics import median

from measuring import Figure, python_start

_STARTS = 15  # of each kind, for one ratio
_BARE = "pass"
_COMMON = "import json, logging, subprocess"
_GOALS = {"import localtrack": 1.2, "from localtrack.core import Run": 2.0}
_BASE = f"{_COMMON}; both over bare Python"


def figures(folder: str, repeats: int) -> list[Figure]:
    """Return what imports cost over a bare Python."""
    for code in (_BARE, _COMMON, *_GOALS):
        python_start(code)  # from here on all is compiled and in the system's cache
    measured = [_medians() for _ in range(repeats)]
    return [
        Figure(code, _BASE, [(each[code] - each[_BARE], each[_COMMON] - each[_BARE]) for each in measured], goal)
        for code, goal in _GOALS.items()
    ]


def _medians() -> dict[str, float]:
    durations: dict[str, list[int]] = {code: [] for code in (_BARE, _COMMON, *_GOALS)}
    for _ in range(_STARTS):
        for code, kept in durations.items():
            kept.append(python_start(code))
    return {code: median(kept) for code, kept in durations.items()}
