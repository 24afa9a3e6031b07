"""Which run has which snapshot."""

from __future__ import annotations

from localtrack.exceptions import UserErrorException
from localtrack.store.database import Database

PROPERTY = "ContentSnapshotId"


class Snapshots:
    """The snapshots of a workspace's runs: one each at most, for good."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_snapshot(self, run_id: str, snapshot_id: str) -> bool:
        """Note a run's snapshot, in its row and as a property.

        Returns:
            Whether it was noted: false if the run has one.

        Raises:
            UserErrorException: The run is gone.
        """
        with self._database.transaction() as connection:
            row = connection.execute("SELECT key, snapshot FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is None:
                raise UserErrorException(f"Run {run_id} is not in this workspace any more.")
            has_property = connection.execute(
                "SELECT 1 FROM properties WHERE run = ? AND name = ?", (row["key"], PROPERTY)
            ).fetchone()
            if row["snapshot"] is not None or has_property:
                return False
            connection.execute("UPDATE runs SET snapshot = ? WHERE key = ?", (snapshot_id, row["key"]))
            connection.execute(
                "INSERT INTO properties (run, name, value) VALUES (?, ?, ?)", (row["key"], PROPERTY, snapshot_id)
            )
            return True
