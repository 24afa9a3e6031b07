"""A run's view as the document that the SDK's widget has; JSON can hold all of it."""

from __future__ import annotations

import math
from typing import Any

from localtrack.core.details import utc
from localtrack.store.status import TERMINAL
from localtrack.widgets.run_view import MetricView, RunView


def widget_data(view: RunView, settings: dict[str, Any] | None) -> dict[str, Any]:
    """Return what is shown of a run. Gaps and values that JSON has no number for are None."""
    record = view.record
    return {
        "status": record.status,
        "run_id": record.id,
        "run_properties": {
            "run_id": record.id,
            "run_number": record.number,
            "display_name": record.display_name,
            "experiment": record.experiment,
            "type": record.type,
            "status": record.status,
            "created_utc": utc(record.created),
            "start_time_utc": utc(record.started),
            "end_time_utc": utc(record.ended),
            "error": record.error,
            "tags": view.tags,
            "properties": view.properties,
        },
        "run_metrics": [_metric(each) for each in view.metrics],
        "child_runs": [
            {"run_id": each.id, "run_number": each.number, "display_name": each.display_name, "status": each.status}
            for each in view.children or ()
        ],
        "run_logs": "\n".join(view.log.lines) if view.log is not None else "",
        "loading": record.status not in TERMINAL,
        "deleted": view.deleted,
        "widget_settings": settings or {},
    }


def _metric(metric: MetricView) -> dict[str, Any]:
    summary = metric.summary
    return {
        "name": summary.name,
        "run_id": summary.run_id,
        "count": summary.count,
        "last": _plain(summary.last),
        "series": [
            {
                "name": column,
                "over": line.over,
                "categories": [place for place, _ in line.points],
                "data": [value for _, value in line.points],
            }
            for column, line in metric.lines.items()
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value
