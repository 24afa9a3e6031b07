"""What the figures have in common: a ratio with its repeats, a workspace to measure in, a started Python."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns
from typing import Any

from localtrack.core import Experiment, Workspace


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        base: What the ratio is of.
        pairs: (measured, base) in nanoseconds, of each repeat.
        goal: The most that the median may be; None for a figure that is only shown.
    """

    name: str
    base: str
    pairs: list[tuple[float, float]]
    goal: float | None = None

    @property
    def ratios(self) -> list[float]:
        return [measured / base for measured, base in self.pairs]

    @property
    def median(self) -> float:
        return median(self.ratios)

    @property
    def base_median(self) -> float:
        return median(base for _, base in self.pairs)


@dataclass(frozen=True)
class Duration:
    """One line of the table.

    Attributes:
        medians: The median of each repeat, in nanoseconds.
        goal: The most that their median may be, in nanoseconds.
    """

    name: str
    medians: list[float]
    goal: float


@dataclass(frozen=True)
class Size:
    """One line of the table.

    Attributes:
        medians: The size of each repeat, in bytes.
        goal: The most that their median may be, in bytes.
    """

    name: str
    medians: list[float]
    goal: float


def experiment_in(folder: str) -> Experiment:
    """Return an experiment of a new workspace in a folder, which becomes the working folder."""
    os.makedirs(folder)
    os.chdir(folder)
    return Experiment(Workspace.create(name="figures"), "figures")


def timed(call: Callable[..., object], *arguments: Any) -> int:
    """Return how long a call takes, in nanoseconds."""
    start = perf_counter_ns()
    call(*arguments)
    return perf_counter_ns() - start


def python_start(code: str = "pass") -> int:
    """Return how long a fresh Python with some code takes from its start to its end, in nanoseconds."""
    return timed(_run_python, code)


def synced_database(path: str, table: str) -> sqlite3.Connection:
    """Return a connection to a new database whose commits reach the disk.

    Args:
        path: The file.
        table: The statement that makes its one table.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(table)
    return connection


def points_table(experiment: Experiment) -> str:
    """Return the statement that makes the table of logged values, as a workspace's database has it."""
    row = experiment.workspace._store.database.row("SELECT sql FROM sqlite_schema WHERE name = 'points'")
    assert row is not None
    return str(row["sql"])


def insert(connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    """Insert rows of the table of logged values in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT INTO points (series, time, owner, position, step, value) VALUES (?, ?, ?, ?, ?, ?)", rows
    )
    connection.execute("COMMIT")


def duration(nanoseconds: float) -> str:
    """Return a duration for people."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def size(count: float) -> str:
    """Return a number of bytes for people."""
    return f"{count / 1e6:.3g} MB"


def _run_python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)
