"""Measures and prints; `figures.py` starts it in a Python that nothing slows down.

python table.py FOLDER REPEATS [NAME ...]
"""

from __future__ import annotations

import os
import sys
from statistics import median

import commands
import footprint
import imports
import logged
import machine
import offline
import points
import queued
import reading
import runs
import submits
import workspace_of_10000
from measuring import Duration, Figure, Size, duration, size

TOPICS = {
    "log": logged,
    "points": points,
    "read": reading,
    "import": imports,
    "offline": offline,
    "run": runs,
    "submit": submits,
    "queue": queued,
    "command": commands,
}
# durations and sizes, where the others are ratios
WAITS = {"workspace": workspace_of_10000, "million": reading, "footprint": footprint}


def main(folder: str, repeats: str, *names: str) -> None:
    print(machine.facts(folder), end="\n\n", flush=True)
    figures: list[Figure] = []
    waits: list[Duration | Size] = []
    for name in names or [*TOPICS, *WAITS]:
        place = os.path.join(folder, name)
        os.mkdir(place)
        if name in TOPICS:
            figures += TOPICS[name].figures(place, int(repeats))
        else:
            waits += WAITS[name].durations(place, int(repeats))
    if figures:
        _print([("figure", "median", "min-max", "goal", "a ratio of"), *map(_row, figures)])
    if waits:
        print()
        _print([("what people wait for, and what it takes", "median", "min-max", "goal"), *map(_wait_row, waits)])


def _row(figure: Figure) -> tuple[str, ...]:
    goal = "" if figure.goal is None else f"{figure.goal:g}{' !' if figure.median > figure.goal else ''}"
    spread = f"{min(figure.ratios):.3g}-{max(figure.ratios):.3g}"
    return figure.name, f"{figure.median:.3g}", spread, goal, f"{figure.base} ({duration(figure.base_median)})"


def _wait_row(wait: Duration | Size) -> tuple[str, ...]:
    text = size if isinstance(wait, Size) else duration
    middle = median(wait.medians)
    spread = f"{text(min(wait.medians))}-{text(max(wait.medians))}"
    return wait.name, text(middle), spread, f"{text(wait.goal)}{' !' if middle > wait.goal else ''}"


def _print(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main(*sys.argv[1:])
