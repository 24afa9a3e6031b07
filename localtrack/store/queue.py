"""Runs that wait for a slot of their compute target, and who takes the next."""

from __future__ import annotations

import os

from localtrack.store import events, status
from localtrack.store.database import Database
from localtrack.store.owners import Owners
from localtrack.store.place import place

LOCAL = "local"

# What SQLite needs to see to use the index of the runs that have not ended.
OPEN = "status NOT IN ('Completed', 'Failed', 'Canceled')"

# A run that waits for children of its own on the same target takes no slot: parent and child would lock each other
# out.
_BUSY = f"""
SELECT count(*) FROM runs WHERE {OPEN} AND target = :target AND type = 'azureml.scriptrun'
AND status IN ('Preparing', 'Starting', 'Running', 'Finalizing', 'CancelRequested')
AND owner IS NOT NULL
AND NOT EXISTS (
    SELECT 1 FROM runs AS children WHERE children.parent = runs.key AND children.target = :target
    AND children.status IN ('Queued', 'Preparing', 'Starting', 'Running')
)
"""


class Queue:
    """The queues of a workspace's compute targets."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners

    @property
    def place(self) -> str:
        """This host and this folder: what was queued elsewhere and came with a copy is not started here."""
        return place(self._database.layout)

    def slots(self, target: str) -> int | None:
        """Return how many runs a compute target takes at once, or None if there is no such target."""
        row = self._database.row("SELECT max_nodes FROM targets WHERE name = ?", (target,))
        if row is None and target != LOCAL:
            return None
        slots: int | None = row["max_nodes"] if row else None
        return slots if slots is not None else os.cpu_count() or 1

    def busy(self, target: str) -> int:
        """Return how many slots of a target are taken."""
        taken: int = self._database.rows(_BUSY, {"target": target})[0][0]
        return taken

    def free(self, target: str) -> int:
        """Return how many slots of a target are free."""
        return max((self.slots(target) or 0) - self.busy(target), 0)

    def waiting(self, run_id: str | None = None) -> list[str]:
        """Return the targets, with repetition, of the runs that wait here for a slot.

        Args:
            run_id: Only this run's.
        """
        chosen, parameters = ("", [self.place]) if run_id is None else ("AND id = ?", [self.place, run_id])
        rows = self._database.rows(
            f"SELECT target FROM runs WHERE status = 'Queued' AND queue = ? {chosen}", parameters
        )
        return [row["target"] for row in rows]

    def lengths(self) -> dict[str, int]:
        """Return how many runs wait here for a slot, by their targets."""
        rows = self._database.tuples(
            "SELECT target, count(*) FROM runs WHERE status = 'Queued' AND queue = ? GROUP BY target", (self.place,)
        )
        return dict(rows)

    def claim(self, target: str) -> str | None:
        """Take the next waiting run of a target for this process, if there is one and a slot is free.

        Returns:
            The run's id; its status is `status.PREPARING` and this process is its owner.
        """
        owner = self._owners.current().number
        with self._database.transaction() as connection:
            if not self.free(target):
                return None
            row = connection.execute(
                "SELECT key, id FROM runs WHERE status = 'Queued' AND target = ? AND queue = ? "
                "ORDER BY priority DESC, key LIMIT 1",
                (target, self.place),
            ).fetchone()
            if row is None:
                return None
            self._owners.note(connection, owner)
            connection.execute(
                "UPDATE runs SET status = ?, owner = ? WHERE key = ?", (status.PREPARING, owner, row["key"])
            )
            telling = events.telling(self._database.layout)
            now = events.moment(connection, row["key"])
            events.add(connection, telling, row["key"], now, status.QUEUED, status.PREPARING)
            run_id: str = row["id"]
            return run_id
