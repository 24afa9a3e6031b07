"""A run as the commands return it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from localtrack.core.details import OWN, utc
from localtrack.store.run_record import RunRecord
from localtrack.store.store import Store

_MOST_BITS = 10_000  # Python writes no decimal numbers of over 4300 digits


def run_dto(store: Store, run: RunRecord) -> dict[str, Any]:
    """Return a run with the keys of the SDK's ``RunDto``; what there is none of is left out.

    ``exit_code`` is localtrack's own.
    """
    (document,) = run_dtos(store, [run])
    return document


def run_dtos(store: Store, runs: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Return what `run_dto` does, of many runs."""
    run_ids = [run.id for run in runs]
    tags, properties = store.labels.tags_of_many(run_ids), store.labels.properties_of_many(run_ids)
    return [_document(run, tags.get(run.id, {}), properties.get(run.id, {})) for run in runs]


def with_definition(document: dict[str, Any], run: RunRecord) -> dict[str, Any]:
    """Return what `run_dto` has returned, with what was run."""
    if run.definition is None:
        return document
    return {**document, "run_definition": {k: v for k, v in run.definition.items() if k not in OWN}}


def minimals(store: Store, runs: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Return the seven columns of ``--minimal``, of many runs."""
    tags = store.labels.tags_of_many([run.id for run in runs])
    return [
        {
            "RunId": run.id,
            "RunType": run.type,
            "Status": run.status,
            "StartTime": utc(run.started),
            "EndTime": utc(run.ended),
            "Target": run.target,
            "Tags": tags.get(run.id, {}),
        }
        for run in runs
    ]


def plain(value: Any) -> Any:
    """Return a logged value as any reader of JSON takes it.

    NaN and the infinities, which JSON has no numbers for, are the texts ``NaN``, ``Infinity`` and ``-Infinity``.
    Integers of thousands of digits are hexadecimal texts.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return hex(value)
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value


def _document(run: RunRecord, tags: dict[str, str | None], properties: dict[str, str | None]) -> dict[str, Any]:
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
        "tags": tags,
        "properties": properties,
        "exit_code": run.exit_code,
        "error": run.error,
    }
    return {name: value for name, value in document.items() if value is not None}
