"""A run as the commands return it."""

from __future__ import annotations

from typing import Any

from localtrack.core.details import utc
from localtrack.store.run_record import RunRecord
from localtrack.store.store import Store


def run_dto(store: Store, run: RunRecord) -> dict[str, Any]:
    """Return a run with the keys of the SDK's ``RunDto``; what there is none of is left out.

    ``exit_code`` is localtrack's own.
    """
    definition = run.definition or {}
    document = {
        "run_id": run.id,
        "run_number": run.number,
        "root_run_id": run.root or run.id,
        "parent_run_id": run.parent,
        "experiment_id": run.experiment_id,
        "_experiment_name": run.experiment,
        "name": run.name,
        "display_name": run.display_name,
        "description": run.description,
        "run_type": run.type,
        "status": run.status,
        "created_utc": utc(run.created),
        "start_time_utc": utc(run.started),
        "end_time_utc": utc(run.ended),
        "created_by": {"user_name": run.submitted_by} if run.submitted_by else None,
        "script_name": definition.get("script"),
        "target": run.target,
        "tags": store.labels.tags(run.id),
        "properties": store.labels.properties(run.id),
        "exit_code": run.exit_code,
        "error": run.error,
    }
    return {name: value for name, value in document.items() if value is not None}


def with_definition(document: dict[str, Any], run: RunRecord) -> dict[str, Any]:
    """Return what `run_dto` has returned, with what was run."""
    if run.definition is None:
        return document
    return {**document, "run_definition": {k: v for k, v in run.definition.items() if k != "process"}}


def minimal(store: Store, run: RunRecord) -> dict[str, Any]:
    """Return the seven columns of ``--minimal``."""
    return {
        "RunId": run.id,
        "RunType": run.type,
        "Status": run.status,
        "StartTime": utc(run.started),
        "EndTime": utc(run.ended),
        "Target": run.target,
        "Tags": store.labels.tags(run.id),
    }
