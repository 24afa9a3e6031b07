"""What the runs of a workspace refer to, for who removes what nobody refers to."""

from __future__ import annotations

import json
from collections.abc import Iterable

from localtrack.store.database import Database
from localtrack.store.snapshots import PROPERTY


def snapshots(database: Database) -> dict[str, str]:
    """Return the ids of the snapshots that runs have, each with the id of one of the runs."""
    return dict(
        database.tuples(
            "SELECT snapshot, min(id) FROM runs WHERE snapshot IS NOT NULL GROUP BY snapshot "
            "UNION SELECT value, min(runs.id) FROM properties JOIN runs ON runs.key = properties.run "
            "WHERE properties.name = ? AND value IS NOT NULL GROUP BY value",
            (PROPERTY,),
        )
    )


def ended(database: Database, run_ids: Iterable[str]) -> list[str]:
    """Return those of some runs that have ended."""
    return [
        run_id
        for (run_id,) in database.tuples(
            "SELECT id FROM runs WHERE status IN ('Completed', 'Failed', 'Canceled') "
            "AND id IN (SELECT value FROM json_each(?)) ORDER BY id",
            (json.dumps([each for each in run_ids if each.isascii()]),),
        )
    ]


def waiting(database: Database) -> list[tuple[str, str, str | None, str | None, int]]:
    """Return the runs that wait for a slot: id, target, place, file of the environment, when they were made."""
    return database.tuples(
        "SELECT id, target, queue, CASE WHEN json_valid(definition) "
        "THEN json_extract(definition, '$.environmentFile') END, created FROM runs WHERE status = 'Queued' ORDER BY key"
    )
