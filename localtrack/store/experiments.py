"""Experiments: the names under which runs are kept."""

from __future__ import annotations

import sqlite3
import time
import uuid
from dataclasses import dataclass

from localtrack.store.database import Database


@dataclass(frozen=True, slots=True)
class ExperimentRecord:
    """An experiment's row. Times are nanoseconds since 1970, UTC."""

    key: int
    id: str
    name: str
    description: str | None
    created: int
    archived: int | None


class Experiments:
    """The experiments of a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> ExperimentRecord | None:
        """Return the active experiment of that name, or None."""
        row = self._database.row("SELECT * FROM experiments WHERE name = ? AND archived IS NULL", (name,))
        return _record(row) if row else None

    def list(self) -> list[ExperimentRecord]:
        """Return the active experiments, oldest first."""
        return [
            _record(row) for row in self._database.rows("SELECT * FROM experiments WHERE archived IS NULL ORDER BY key")
        ]

    def ensure(self, name: str) -> ExperimentRecord:
        """Return the active experiment of that name; it is made if there is none."""
        found = self.find(name)
        if found is not None:
            return found
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO experiments (id, name, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (str(uuid.uuid4()), name, time.time_ns()),
            )
        found = self.find(name)
        assert found is not None
        return found


def _record(row: sqlite3.Row) -> ExperimentRecord:
    return ExperimentRecord(row["key"], row["id"], row["name"], row["description"], row["created"], row["archived"])
