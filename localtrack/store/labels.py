"""Tags, which may change, and properties, which may not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from localtrack.exceptions import UserErrorException
from localtrack.store.database import Database
from localtrack.store.parts import parts

Labels = dict[str, str | None]


class RunLabels:
    """The tags and properties of runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tags(self, run_id: str) -> Labels:
        """Return a run's tags, by name."""
        return self._read("tags", run_id)

    def properties(self, run_id: str) -> Labels:
        """Return a run's properties, by name."""
        return self._read("properties", run_id)

    def tags_of_many(self, run_ids: Sequence[str]) -> dict[str, Labels]:
        """Return the tags of many runs, by run; a run without any is left out."""
        return self._read_many("tags", run_ids)

    def properties_of_many(self, run_ids: Sequence[str]) -> dict[str, Labels]:
        """Return the properties of many runs, by run; a run without any is left out."""
        return self._read_many("properties", run_ids)

    def set_tags(self, run_id: str, tags: Mapping[str, str | None]) -> None:
        """Add tags, or give those that are there new values."""
        with self._database.transaction() as connection:
            key = _key(connection, run_id)
            connection.executemany(
                "INSERT INTO tags (run, name, value) VALUES (?, ?, ?) "
                "ON CONFLICT (run, name) DO UPDATE SET value = excluded.value",
                [(key, name, value) for name, value in tags.items()],
            )

    def remove_tags(self, run_id: str, names: Iterable[str]) -> None:
        """Remove tags; those that aren't there are passed over."""
        with self._database.transaction() as connection:
            key = _key(connection, run_id)
            connection.executemany("DELETE FROM tags WHERE run = ? AND name = ?", [(key, name) for name in names])

    def add_properties(self, run_id: str, properties: Mapping[str, str | None]) -> None:
        """Add properties, all or none.

        Raises:
            UserErrorException: One is there already with another value.
        """
        with self._database.transaction() as connection:
            key = _key(connection, run_id)
            for name, value in properties.items():
                row = connection.execute(
                    "SELECT value FROM properties WHERE run = ? AND name = ?", (key, name)
                ).fetchone()
                if row is None:
                    connection.execute("INSERT INTO properties (run, name, value) VALUES (?, ?, ?)", (key, name, value))
                elif row["value"] != value:
                    raise UserErrorException(
                        f"The property {name!r} of run {run_id} is {row['value']!r} and can't become {value!r}: "
                        "properties are a permanent record. Nothing was added; use a tag for what may change."
                    )

    def _read(self, table: str, run_id: str) -> Labels:
        rows = self._database.tuples(
            f"SELECT name, value FROM {table} WHERE run = (SELECT key FROM runs WHERE id = ?) ORDER BY name",
            (run_id,),
        )
        return dict(rows)

    def _read_many(self, table: str, run_ids: Sequence[str]) -> dict[str, Labels]:
        found: dict[str, Labels] = {}
        for part in parts(run_ids):
            marks = ",".join("?" * len(part))
            rows = self._database.tuples(
                f"SELECT runs.id, {table}.name, value FROM {table} JOIN runs ON runs.key = {table}.run "
                f"WHERE runs.id IN ({marks}) ORDER BY {table}.name",
                part,
            )
            for run_id, name, value in rows:
                found.setdefault(run_id, {})[name] = value
        return found


def _key(connection: sqlite3.Connection, run_id: str) -> int:
    row = connection.execute("SELECT key FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise UserErrorException(f"Run {run_id} is not in this workspace any more.")
    key: int = row["key"]
    return key
