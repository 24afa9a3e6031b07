"""What the command line takes, in bare Python starts."""

from __future__ import annotations

import os
import subprocess
import sys

from measuring import Figure, experiment_in, python_start, timed
from workspace_of_10000 import fill

_RUNS = 10_000
_CALLS = 5
_BASE = "bare Python start"
_COMMANDS = {
    ("--version",): 6,
    ("run", "list"): 15,
    ("run", "list", "-o", "table"): None,
    ("run", "show", "-r", "last"): None,
}


def figures(folder: str, repeats: int) -> list[Figure]:
    """Return what commands take in a workspace of many runs."""
    fill(experiment_in(os.path.join(folder, "project")), _RUNS)
    python_start()
    measured: dict[tuple[str, ...], list[tuple[float, float]]] = {command: [] for command in _COMMANDS}
    for _ in range(repeats * _CALLS):
        base = python_start()
        for command, pairs in measured.items():
            pairs.append((timed(_run, command), base))
    return [
        Figure(f"localtrack {' '.join(command)}, of {_RUNS} runs", _BASE, measured[command], goal)
        for command, goal in _COMMANDS.items()
    ]


def _run(command: tuple[str, ...]) -> None:
    subprocess.run(
        [sys.executable, "-m", "localtrack", *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
