"""What journals held that no run could be given."""

from __future__ import annotations

from typing import NamedTuple

from localtrack.store.database import Database


class SetAside(NamedTuple):
    """Bytes of a journal that were kept apart when it was taken in.

    Attributes:
        reason: ``damaged``, ``unfinished`` (by a process that was killed while it wrote), or ``unknown run``.
        run_id: The run that they name, if they can be read.
        size: How many bytes.
    """

    reason: str
    run_id: str | None
    size: int


def all_of(database: Database) -> list[SetAside]:
    """Return what was set aside in a workspace, oldest first."""
    rows = database.tuples("SELECT reason, run_id, length(bytes) FROM set_aside ORDER BY rowid")
    return [SetAside(*row) for row in rows]
