"""Registered environments: versions of a name, each a definition that doesn't change."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localtrack.exceptions import UserErrorException
from localtrack.store import documents
from localtrack.store.database import Database


@dataclass(frozen=True, slots=True)
class EnvironmentRecord:
    """A version of an environment.

    Attributes:
        version: From 1.
        definition: The SDK's document of it, without the version.
        created: Nanoseconds since 1970, UTC.
    """

    name: str
    version: int
    definition: dict[str, Any]
    created: int


class Environments:
    """The registered environments of a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, name: str, definition: Mapping[str, Any]) -> EnvironmentRecord:
        """Keep a definition as the next version of a name, or return the last version if that is the same.

        Args:
            name: The environment's name.
            definition: A document that JSON can hold.

        Raises:
            UserErrorException: JSON can't hold it.
        """
        try:
            text = json.dumps(definition, sort_keys=True)
        except (TypeError, ValueError, RecursionError) as error:
            raise UserErrorException(f"The environment {name!r} can't be kept: {error}.", error) from error
        with self._database.transaction(durable=True) as connection:
            last = connection.execute(
                "SELECT * FROM environments WHERE name = ? ORDER BY version DESC LIMIT 1", (name,)
            ).fetchone()
            if last is not None and last["definition"] == text:
                return _record(last)
            version = 1 if last is None else last["version"] + 1
            created = time.time_ns()
            connection.execute(
                "INSERT INTO environments (name, version, definition, created) VALUES (?, ?, ?, ?)",
                (name, version, text, created),
            )
        return EnvironmentRecord(name, version, json.loads(text), created)

    def find(self, name: str, version: int | None = None, label: str | None = None) -> EnvironmentRecord | None:
        """Return an environment, or None if there is no such one.

        Args:
            name: Its name.
            version: The version; the last one when left out.
            label: Only the version that has this label.
        """
        where, parameters = "name = ?", [name]
        if version is not None:
            where += " AND version = ?"
            parameters.append(version)  # type: ignore[arg-type]
        if label is not None:
            where += " AND version = (SELECT version FROM environment_labels WHERE name = ? AND label = ?)"
            parameters += [name, label]
        row = self._database.row(
            f"SELECT * FROM environments WHERE {where} ORDER BY version DESC LIMIT 1", tuple(parameters)
        )
        return None if row is None else _record(row)

    def latest(self) -> list[EnvironmentRecord]:
        """Return the last version of each environment, by name."""
        rows = self._database.rows(
            "SELECT name, max(version) AS version, definition, created FROM environments GROUP BY name ORDER BY name"
        )
        return [_record(row) for row in rows]

    def versions(self, name: str) -> list[int]:
        """Return the versions of an environment."""
        rows = self._database.rows("SELECT version FROM environments WHERE name = ? ORDER BY version", (name,))
        return [row["version"] for row in rows]

    def label(self, name: str, version: int, labels: Iterable[str]) -> bool:
        """Put labels on a version, all or none; each goes from another version of the name.

        Returns:
            Whether there is such a version.
        """
        with self._database.transaction() as connection:
            there = connection.execute(
                "SELECT 1 FROM environments WHERE name = ? AND version = ?", (name, version)
            ).fetchone()
            if there is not None:
                connection.executemany(
                    "INSERT INTO environment_labels (name, label, version) VALUES (?, ?, ?) "
                    "ON CONFLICT (name, label) DO UPDATE SET version = excluded.version",
                    [(name, label, version) for label in labels],
                )
        return there is not None


@documents.of_whole_rows("an environment", "name", "version", "definition", "created")
def _record(row: sqlite3.Row) -> EnvironmentRecord:
    return EnvironmentRecord(
        row["name"],
        row["version"],
        documents.read(row["definition"], f"The environment {row['name']!r}"),
        row["created"],
    )
