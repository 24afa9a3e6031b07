"""Runs as ``-o table`` shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Rows = list[dict[str, Any]]


def run_table(result: Any) -> Rows:
    """Return the rows of one run or several, as a command has returned them; times are local."""
    runs = result if isinstance(result, list) else [result]
    return [_minimal_row(run) if "RunId" in run else _row(run) for run in runs]


def _row(run: dict[str, Any]) -> dict[str, Any]:
    started, ended = run.get("start_time_utc"), run.get("end_time_utc")
    return {
        "Run": run["run_id"],
        "Name": run.get("display_name") or str(run["run_number"]),
        "Experiment": run["_experiment_name"],
        "Status": run["status"],
        "Started": _local(started),
        "Duration": _duration(started, ended),
    }


def _minimal_row(run: dict[str, Any]) -> dict[str, Any]:
    tags = [name if value is None else f"{name}={value}" for name, value in run["Tags"].items()]
    return {
        **{name: value or "" for name, value in run.items()},
        "StartTime": _local(run["StartTime"]),
        "EndTime": _local(run["EndTime"]),
        "Tags": ", ".join(tags),
    }


def _local(time: str | None) -> str:
    return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M}" if time else ""


def _duration(started: str | None, ended: str | None) -> str:
    if not started:
        return ""
    end = datetime.fromisoformat(ended) if ended else datetime.now(UTC)
    return str(timedelta(seconds=int((end - datetime.fromisoformat(started)).total_seconds())))
