"""What happened to runs: a row for each move of a status, written in the transaction that moves it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localtrack.paths import Layout
from localtrack.store import documents
from localtrack.store.database import Database
from localtrack.store.place import place

_PAGE = 500  # rows read at once when the events are walked

_SELECT = """
SELECT events.key, runs.id, experiments.name, parents.id, time, old_status, new_status, events.error
FROM events JOIN runs ON runs.key = events.run JOIN experiments ON experiments.key = runs.experiment
LEFT JOIN runs AS parents ON parents.key = runs.parent
"""


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """A run's status has changed (the SDK's ``AmlRunStatusChangedEvent``).

    Attributes:
        key: Grows with each event of the workspace.
        time: In nanoseconds since 1970, UTC.
        old_status: None for the run's first.
    """

    key: int
    run_id: str
    experiment: str
    parent: str | None
    time: int
    old_status: str | None
    new_status: str
    error: dict[str, Any] | None


def moment(connection: sqlite3.Connection, run_key: int) -> int:
    """Return the time of a run's next event: now, or that of the last one if the clock was set back since.

    Args:
        connection: Of the transaction that moves the run.
        run_key: The run's row.
    """
    (last,) = connection.execute("SELECT max(time) FROM events WHERE run = ?", (run_key,)).fetchone()
    return max(time.time_ns(), last or 0)


class Events:
    """The status events of a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, run_id: str) -> list[StatusEvent]:
        """Return a run's events, oldest first."""
        return self._found("WHERE runs.id = ? ORDER BY events.key", run_id)

    def after(
        self,
        key: int,
        *,
        experiment: str | None = None,
        run_id: str | None = None,
        status: str | None = None,
        until: int | None = None,
    ) -> Iterator[StatusEvent]:
        """Yield the events behind one, oldest first; other calls may come in between.

        Args:
            key: The event's, or 0 for all.
            experiment: Only of the experiments of that name.
            run_id: Only of that run.
            status: Only moves to that status.
            until: The key of the last that is wanted.
        """
        conditions, parameters = _conditions(experiment, run_id, status)
        if until is not None:
            conditions += " AND events.key <= ?"
            parameters.append(until)
        while page := self._found(
            f"WHERE events.key > ? {conditions} ORDER BY events.key LIMIT {_PAGE}", key, *parameters
        ):
            yield from page
            key = page[-1].key

    def last(
        self, count: int, *, experiment: str | None = None, run_id: str | None = None, status: str | None = None
    ) -> list[StatusEvent]:
        """Return the newest events, oldest first; the arguments are those of `after`."""
        conditions, parameters = _conditions(experiment, run_id, status)
        found = self._found(f"WHERE 1 {conditions} ORDER BY events.key DESC LIMIT ?", *parameters, count)
        return found[::-1]

    def highest(self) -> int:
        """Return the highest key that an event ever had, whether or not it is still there; 0 if there was none."""
        row = self._database.row("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
        return int(row["seq"]) if row else 0

    def untold(self) -> list[StatusEvent]:
        """Return the oldest events of this place for which nobody has looked through the rules."""
        return self._found(f"WHERE untold = ? ORDER BY events.key LIMIT {_PAGE}", place(self._database.layout))

    def _found(self, condition: str, *parameters: Any) -> list[StatusEvent]:
        return [
            StatusEvent(
                key,
                run,
                experiment,
                parent,
                at,
                old,
                new,
                documents.read(error, f"What went wrong with run {run}") if error else None,
            )
            for key, run, experiment, parent, at, old, new, error in self._database.tuples(
                _SELECT + condition, parameters
            )
        ]


def telling(layout: Layout) -> str | None:
    """Return how an event is marked that somebody may have to be told of, or None where there are no rules."""
    return place(layout) if os.path.exists(layout.notifications) else None


def add(
    connection: sqlite3.Connection,
    telling: str | None,
    run: int,
    at: int,
    old: str | None,
    new: str,
    error: str | None = None,
) -> None:
    """Write an event, in the transaction that moves the status.

    Args:
        connection: Of that transaction.
        telling: What `telling` returned in it.
        run: The key of the run's row.
        at: When, in nanoseconds since 1970, UTC.
        old: The status until then, None if there was none.
        new: The status from then on.
        error: The run's error, as JSON.
    """
    connection.execute(
        "INSERT INTO events (run, time, old_status, new_status, error, untold) VALUES (?, ?, ?, ?, ?, ?)",
        (run, at, old, new, error, telling),
    )


def _conditions(experiment: str | None, run_id: str | None, status: str | None) -> tuple[str, list[Any]]:
    given = {"experiments.name": experiment, "runs.id": run_id, "new_status": status}
    chosen = {name: value for name, value in given.items() if value is not None}
    return "".join(f" AND {name} = ?" for name in chosen), list(chosen.values())
