"""What happened to runs: a row for each move of a status, written in the transaction that moves it."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from localtrack.store import documents
from localtrack.store.database import Database


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
        rows = self._database.tuples(
            "SELECT events.key, runs.id, experiments.name, time, old_status, new_status, events.error FROM events "
            "JOIN runs ON runs.key = events.run JOIN experiments ON experiments.key = runs.experiment "
            "WHERE runs.id = ? ORDER BY events.key",
            (run_id,),
        )
        return [
            StatusEvent(
                key,
                run,
                experiment,
                at,
                old,
                new,
                documents.read(error, f"What went wrong with run {run}") if error else None,
            )
            for key, run, experiment, at, old, new, error in rows
        ]
