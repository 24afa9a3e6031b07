"""Runs as one JSON document, written run by run."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from localtrack.cli.run.document import plain, run_dtos, with_definition
from localtrack.core.details import utc
from localtrack.journal import SCALAR
from localtrack.store.parts import parts
from localtrack.store.run_record import RunRecord
from localtrack.store.store import Store


def write_json(
    store: Store, run_ids: Sequence[str], target: TextIO, advance: Callable[[int], None], *, history: bool
) -> None:
    """Write runs as a list of documents; those that were deleted meanwhile are left out.

    Args:
        store: The workspace.
        run_ids: The runs.
        target: Where it is written to. It gets ASCII alone, and nothing that a terminal obeys.
        advance: Told how many more runs are written.
        history: Whether each document has ``metric_history``, all that was logged, beside ``metrics``, the last values.
    """
    separator = "[\n"
    for part in parts(run_ids):
        records = store.runs.get_many(part)
        metrics = _last_values(store, part)
        for record, of_run in zip(records, run_dtos(store, records), strict=True):
            document = {**with_definition(of_run, record), "metrics": metrics.get(record.id, {})}
            if history:
                document["metric_history"] = _history(store, record)
            target.write(separator + json.dumps(document, sort_keys=True).replace("\x7f", "\\u007f"))
            separator = ",\n"
            advance(1)
    target.write("\n]\n" if separator == ",\n" else "[]\n")


def _last_values(store: Store, run_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what was logged last, by run and metric; of a metric that has scalars and others, the scalar."""
    found: dict[str, dict[str, Any]] = {}
    for each in store.metrics.summaries(run_ids):
        of_run = found.setdefault(each.run_id, {})
        if each.kind == SCALAR or each.name not in of_run:
            of_run[each.name] = plain(each.last)
    return found


def _history(store: Store, run: RunRecord) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for series in store.metrics.series([run.id]):
        points = found.setdefault(series.name, [])
        points += [{"step": step, "time": utc(at), "value": plain(value)} for at, step, value in series.points]
        points.sort(key=lambda point: str(point["time"]))
    return found
