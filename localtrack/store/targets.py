"""Compute targets: names under which so many runs go at once."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localtrack.exceptions import ComputeTargetException
from localtrack.store import documents
from localtrack.store.database import Database
from localtrack.store.queue import LOCAL, OPEN

LOCAL_TYPE = "Local"


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A compute target.

    Attributes:
        max_nodes: How many runs go at once.
        settings: What else is kept of it, for people.
        created: In nanoseconds since 1970, UTC; None for a ``local`` that was never changed.
    """

    name: str
    type: str
    max_nodes: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    created: int | None = None


class Targets:
    """The compute targets of a workspace; ``local`` is always there, with a slot for each processor."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[TargetRecord]:
        """Return all targets, ``local`` first, the others by name."""
        rows = self._database.rows("SELECT * FROM targets ORDER BY name")
        found = {row["name"]: _record(row) for row in rows}
        local = found.pop(LOCAL, None) or _untouched_local()
        return [local, *found.values()]

    def get(self, name: str) -> TargetRecord | None:
        """Return a target, or None if there is none of that name."""
        row = self._database.row("SELECT * FROM targets WHERE name = ?", (name,))
        if row is None:
            return _untouched_local() if name == LOCAL else None
        return _record(row)

    def put(self, record: TargetRecord) -> None:
        """Make a target; one of that name that is there gets these slots and settings, and keeps when it was made."""
        with self._database.transaction() as connection:
            _write(connection, record)

    def change(self, name: str, changed: Callable[[TargetRecord], TargetRecord]) -> None:
        """Change a target in one step, if it is there.

        Args:
            name: Its name.
            changed: Makes the new record from that of now; what it raises leaves the target as it was.
        """
        with self._database.transaction() as connection:
            record = self.get(name)
            if record is not None:
                _write(connection, changed(record))

    def remove(self, name: str) -> None:
        """Remove a target.

        Raises:
            ComputeTargetException: Runs wait for it or are running on it; it stays.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                f"SELECT count(*), min(id) FROM runs WHERE {OPEN} AND target = ?", (name,)
            ).fetchone()
            if row[0]:
                raise ComputeTargetException(
                    f"{row[0]} runs wait for the compute target {name!r} or are running on it, such as {row[1]}. Wait "
                    "for them or cancel() them, then delete it."
                )
            connection.execute("DELETE FROM targets WHERE name = ?", (name,))


def _write(connection: sqlite3.Connection, record: TargetRecord) -> None:
    connection.execute(
        "INSERT INTO targets (name, type, max_nodes, settings, created) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET type = excluded.type, max_nodes = excluded.max_nodes, "
        "settings = excluded.settings",
        (record.name, record.type, record.max_nodes, json.dumps(dict(record.settings)), time.time_ns()),
    )


def _untouched_local() -> TargetRecord:
    return TargetRecord(LOCAL, LOCAL_TYPE, os.cpu_count() or 1)


@documents.of_whole_rows("a compute target", "name", "type", "settings", "created")
def _record(row: sqlite3.Row) -> TargetRecord:
    slots = row["max_nodes"] if row["max_nodes"] is not None else os.cpu_count() or 1
    return TargetRecord(
        row["name"],
        row["type"],
        slots,
        documents.read(row["settings"], f"What is kept of the compute target {row['name']!r}"),
        row["created"],
    )
