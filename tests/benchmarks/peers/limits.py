"""What the machine itself can do, in plain Python and SQLite: no tracker can be faster."""

from __future__ import annotations

import os
import sqlite3
from statistics import median
from time import perf_counter, perf_counter_ns

_CALLS = 20_000
_ROWS = 20_000


def measured(folder: str) -> dict[str, float]:
    """Return the limits, by the names of the rows that they stand beside.

    Args:
        folder: Made, for the files.
    """
    os.makedirs(folder)
    file = os.open(os.path.join(folder, "bare"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    spent = []
    for _ in range(_CALLS):
        start = perf_counter_ns()
        os.write(file, bytes(40))
        spent.append(perf_counter_ns() - start)
    os.close(file)
    connection = sqlite3.connect(os.path.join(folder, "bare.db"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE points (step INTEGER, time INTEGER, value REAL)")
    rows = [(step, step, 1 / (step + 1)) for step in range(_ROWS)]
    start = perf_counter()
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO points VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")
    inserted = perf_counter() - start
    start = perf_counter()
    connection.execute("SELECT step, time, value FROM points").fetchall()
    read = perf_counter() - start
    connection.close()
    return {
        "median, us": median(spent) / 1e3,  # a write of 40 bytes
        "points/s": _ROWS / inserted,  # executemany
        "batched points/s": _ROWS / inserted,
        "read 20 000, ms": read * 1e3,  # fetchall
    }
