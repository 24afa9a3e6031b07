"""What a workspace is told about itself: its description, tags and the like, each a small document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localtrack.store import documents
from localtrack.store.database import Database


class Settings:
    """The settings of a workspace, by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Any:
        """Return a setting, or None if it was never set."""
        row = self._database.row("SELECT value FROM settings WHERE name = ?", (name,))
        return None if row is None else documents.read(row["value"], f"The setting {name!r}")

    def set(self, settings: Mapping[str, Any]) -> None:
        """Set settings to documents that JSON can hold, all or none."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO settings (name, value) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [(name, json.dumps(value)) for name, value in settings.items()],
            )
