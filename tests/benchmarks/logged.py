"""What one `Run.log` costs, in bare writes to a file of the same folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter_ns
from typing import Any

from measuring import Figure, experiment_in

_CALLS = 100_000
_BLOCK = 1_000  # calls of one kind in a row, so that each kind meets the same state of the machine
_BASE = "bare os.write of 40 bytes, median"
_GOAL_MEDIAN = 3
_GOAL_99TH = 25

_WRITE = "write"
_FLOAT = "a float"
_LOGGED: dict[str, tuple[Any, ...]] = {
    _FLOAT: ("loss", 0.25),
    "a float with its step": ("loss", 0.25, "", 7),
    "an int": ("epoch", 3),
    "a text": ("phase", "warm-up"),
}


def figures(folder: str, repeats: int) -> list[Figure]:
    """Return what logging costs that the training loop waits for."""
    run = experiment_in(os.path.join(folder, "project")).start_logging(outputs=False)
    file = os.open(os.path.join(".azureml", "journal", "bare"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    calls: dict[str, tuple[Callable[..., object], tuple[Any, ...]]] = {_WRITE: (os.write, (file, bytes(40)))}
    calls |= {kind: (run.log, arguments) for kind, arguments in _LOGGED.items()}
    _interleaved(calls, _BLOCK)
    measured = [_interleaved(calls, _CALLS) for _ in range(repeats)]
    run.complete()
    os.close(file)
    return [figure for kind in calls for figure in _figures_of(kind, measured)]


def _figures_of(kind: str, measured: list[dict[str, list[int]]]) -> list[Figure]:
    bases = [median(each[_WRITE]) for each in measured]
    highest = [quantiles(each[kind], n=100)[98] for each in measured]
    at_99 = list(zip(highest, bases, strict=True))
    if kind == _WRITE:
        return [Figure("os.write itself, 99th percentile", _BASE, at_99)]
    at_median = [(median(each[kind]), base) for each, base in zip(measured, bases, strict=True)]
    goals = (_GOAL_MEDIAN, _GOAL_99TH) if kind == _FLOAT else (None, None)
    return [
        Figure(f"log() of {kind}, median", _BASE, at_median, goals[0]),
        Figure(f"log() of {kind}, 99th percentile", _BASE, at_99, goals[1]),
    ]


def _interleaved(calls: dict[str, tuple[Callable[..., object], tuple[Any, ...]]], count: int) -> dict[str, list[int]]:
    durations: dict[str, list[int]] = {kind: [] for kind in calls}
    for _ in range(0, count, _BLOCK):
        for kind, (call, arguments) in calls.items():
            _time_block(call, arguments, durations[kind])
    return durations


def _time_block(call: Callable[..., object], arguments: tuple[Any, ...], durations: list[int]) -> None:
    clock, keep = perf_counter_ns, durations.append
    for _ in range(_BLOCK):
        start = clock()
        call(*arguments)
        keep(clock() - start)
