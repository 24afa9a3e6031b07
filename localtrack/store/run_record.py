"""A run's row, and how it is read."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from localtrack.store import documents

SELECT = """
SELECT runs.*, experiments.name AS experiment_name, experiments.id AS experiment_id,
    parents.id AS parent_id, roots.id AS root_id
FROM runs JOIN experiments ON experiments.key = runs.experiment
LEFT JOIN runs AS parents ON parents.key = runs.parent
LEFT JOIN runs AS roots ON roots.key = runs.root
"""

# For what is found by keys: no index of runs is followed then (https://sqlite.org/lang_indexedby.html).
SELECT_BY_KEY = SELECT.replace("FROM runs JOIN", "FROM runs NOT INDEXED JOIN")


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run's row. Times are nanoseconds since 1970, UTC."""

    key: int
    id: str
    experiment: str
    experiment_id: str
    number: int
    parent: str | None
    root: str | None
    name: str | None
    display_name: str | None
    description: str | None
    type: str | None
    status: str
    inferred: bool
    created: int
    started: int | None
    ended: int | None
    target: str | None
    owner: int | None
    queue: str | None
    definition: dict[str, Any] | None
    snapshot: str | None
    processes: list[Any]
    exit_code: int | None
    error: dict[str, Any] | None
    submitted_by: str | None


@documents.of_whole_rows("a run", "id", "experiment_name", "number", "status", "created")
def record(row: sqlite3.Row) -> RunRecord:
    """Return the record of a row of `SELECT`."""
    return RunRecord(
        key=row["key"],
        id=row["id"],
        experiment=row["experiment_name"],
        experiment_id=row["experiment_id"],
        number=row["number"],
        parent=row["parent_id"],
        root=row["root_id"],
        name=row["name"],
        display_name=row["display_name"],
        description=row["description"],
        type=row["type"],
        status=row["status"],
        inferred=bool(row["inferred"]),
        created=row["created"],
        started=row["started"],
        ended=row["ended"],
        target=row["target"],
        owner=row["owner"],
        queue=row["queue"],
        definition=_document(row, "definition"),
        snapshot=row["snapshot"],
        processes=_document(row, "processes") or [],
        exit_code=row["exit_code"],
        error=_document(row, "error"),
        submitted_by=row["submitted_by"],
    )


def _document(row: sqlite3.Row, column: str) -> Any:
    return documents.read(row[column], f"The {column} of run {row['id']}") if row[column] else None
