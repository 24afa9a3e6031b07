"""What a program pays that nobody submits, and what a test pays for a workspace of its own."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from statistics import median

import pytest
from measuring import Figure, experiment_in, insert, points_table, python_start, synced_database, timed

from localtrack.testing.workspace import isolated

_STARTS = 9  # of each kind, for one ratio
_BARE = "pass"
_COMMON = "import json, logging, subprocess"
_CONTEXT = "from localtrack.core import Run; Run.get_context().log('loss', 0.5)"
_CONTEXT_GOAL = 5

_WORKSPACES = 20  # for one ratio
_ROWS = 100  # of one synced commit
_WORKSPACE_GOAL = 40


def figures(folder: str, repeats: int) -> list[Figure]:
    """Return what an offline run costs a program, and a fixture's workspace a test."""
    return [_context(os.path.join(folder, "program"), repeats), _fixture(os.path.join(folder, "tests"), repeats)]


def _context(folder: str, repeats: int) -> Figure:
    experiment_in(folder)
    stderr = os.dup(2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where each of the programs says where it is recorded
    try:
        for code in (_BARE, _COMMON, _CONTEXT):
            python_start(code)  # from here on all is compiled and in the system's cache
        pairs = []
        for _ in range(repeats):
            bare, common, context = (
                median(durations)
                for durations in zip(
                    *([python_start(code) for code in (_BARE, _COMMON, _CONTEXT)] for _ in range(_STARTS)), strict=True
                )
            )
            pairs.append((context - bare, common - bare))
    finally:
        sys.stderr.flush()
        os.dup2(stderr, 2)
        os.close(stderr)
    name = "get_context() and one log(), a program of its own"
    return Figure(name, f"{_COMMON}; both over bare Python", pairs, _CONTEXT_GOAL)


def _fixture(folder: str, repeats: int) -> Figure:
    experiment = experiment_in(os.path.join(folder, "base"))
    connection = synced_database(os.path.join(folder, "base", "base.db"), points_table(experiment))
    places = (Path(folder) / str(number) for number in range(1 + repeats * _WORKSPACES))
    _workspace(next(places))
    pairs = []
    for repeat in range(repeats):
        made, base = [], []
        for number in range(_WORKSPACES):
            made.append(timed(_workspace, next(places)))
            at = repeat * _WORKSPACES + number
            base.append(timed(insert, connection, [(1, at, 1, row, None, 0.5) for row in range(_ROWS)]))
        pairs.append((median(made), median(base)))
    connection.close()
    name = "a fixture's workspace, made, looked at and removed"
    return Figure(name, f"one synced commit of {_ROWS} rows", pairs, _WORKSPACE_GOAL)


def _workspace(place: Path) -> None:
    """Do what the fixture `localtrack_workspace` does for a test, and remove the folder."""
    from localtrack.testing.leftovers import removed

    place.mkdir()
    with pytest.MonkeyPatch.context() as monkeypatch, isolated(place, monkeypatch) as workspace:
        removed(workspace)
    shutil.rmtree(place)
