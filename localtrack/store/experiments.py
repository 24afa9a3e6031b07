"""Experiments: the names under which runs are kept."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from localtrack.exceptions import UserErrorException
from localtrack.store.database import Database
from localtrack.store.documents import of_whole_rows


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
    """The experiments of a workspace. Of those that are not archived, no two have the same name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> ExperimentRecord | None:
        """Return the active experiment of that name, or None."""
        row = self._database.row("SELECT * FROM experiments WHERE name = ? AND archived IS NULL", (name,))
        return _record(row) if row else None

    def get(self, experiment_id: str) -> ExperimentRecord | None:
        """Return the experiment of that id, archived or not, or None."""
        row = self._database.row("SELECT * FROM experiments WHERE id = ?", (experiment_id,))
        return _record(row) if row else None

    def all(self) -> list[ExperimentRecord]:
        """Return all experiments, oldest first."""
        return [_record(row) for row in self._database.rows("SELECT * FROM experiments ORDER BY key")]

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
            row = connection.execute(
                "SELECT * FROM experiments WHERE name = ? AND archived IS NULL", (name,)
            ).fetchone()
        return _record(row)

    def archive(self, experiment_id: str) -> None:
        """Hide an experiment and set its name free; its runs stay as they are."""
        with self._database.transaction() as connection:
            key = _key(connection, experiment_id)
            connection.execute(
                "UPDATE experiments SET archived = ? WHERE key = ? AND archived IS NULL", (time.time_ns(), key)
            )

    def reactivate(self, experiment_id: str, name: str) -> None:
        """Make an archived experiment active again, under the same or another name.

        Raises:
            UserErrorException: An active experiment has the name.
        """
        with self._database.transaction() as connection:
            key = _key(connection, experiment_id)
            taken = connection.execute(
                "SELECT 1 FROM experiments WHERE name = ? AND archived IS NULL AND key <> ?", (name, key)
            ).fetchone()
            if taken:
                raise UserErrorException(
                    f"There is an active experiment {name!r} already: give another name with reactivate(new_name=...)."
                )
            connection.execute("UPDATE experiments SET archived = NULL, name = ? WHERE key = ?", (name, key))

    def tags(self, experiment_id: str) -> dict[str, str | None]:
        """Return an experiment's tags, by name."""
        rows = self._database.tuples(
            "SELECT name, value FROM experiment_tags "
            "WHERE experiment = (SELECT key FROM experiments WHERE id = ?) ORDER BY name",
            (experiment_id,),
        )
        return dict(rows)

    def set_tags(self, experiment_id: str, tags: Mapping[str, str | None]) -> None:
        """Add tags, or give those that are there new values."""
        with self._database.transaction() as connection:
            key = _key(connection, experiment_id)
            connection.executemany(
                "INSERT INTO experiment_tags (experiment, name, value) VALUES (?, ?, ?) "
                "ON CONFLICT (experiment, name) DO UPDATE SET value = excluded.value",
                [(key, name, value) for name, value in tags.items()],
            )

    def remove_tags(self, experiment_id: str, names: Iterable[str]) -> None:
        """Remove tags; those that aren't there are passed over."""
        with self._database.transaction() as connection:
            key = _key(connection, experiment_id)
            connection.executemany(
                "DELETE FROM experiment_tags WHERE experiment = ? AND name = ?", [(key, name) for name in names]
            )


def _key(connection: sqlite3.Connection, experiment_id: str) -> int:
    row = connection.execute("SELECT key FROM experiments WHERE id = ?", (experiment_id,)).fetchone()
    if row is None:
        raise UserErrorException(f"The experiment {experiment_id} is not in this workspace any more.")
    key: int = row["key"]
    return key


@of_whole_rows("an experiment", "id", "name", "created")
def _record(row: sqlite3.Row) -> ExperimentRecord:
    return ExperimentRecord(row["key"], row["id"], row["name"], row["description"], row["created"], row["archived"])
