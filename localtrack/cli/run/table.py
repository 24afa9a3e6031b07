"""Runs as ``-o table`` shows them, and what commands print beside their results."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from knack.commands import CLICommand

Rows = list[dict[str, Any]]


def run_table(result: Any) -> Rows:
    """Return the rows of one run or several, as a command has returned them; times are local."""
    runs = result if isinstance(result, list) else [result]
    return [_minimal_row(run) if "RunId" in run else _row(run) for run in runs]


def local_time(time: str | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a time of a document in this machine's time zone; nothing for None."""
    return f"{datetime.fromisoformat(time).astimezone():{form}}" if time else ""


def is_table(cmd: CLICommand) -> bool:
    """Whether the command's own table is printed, rather than a document or what a query makes of it."""
    data = cmd.cli_ctx.invocation.data
    return data["output"] == "table" and not data["query_active"]


def number(count: int) -> str:
    """Return a number for people, with a space between thousands."""
    return f"{count:,}".replace(",", " ")


def note(cmd: CLICommand, text: str) -> None:
    """Say on stderr what the result doesn't, unless only errors are wanted."""
    if not cmd.cli_ctx.only_show_errors:
        print(text, file=sys.stderr)


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Print to stdout within; that its reader, such as ``head``, has all it wants is no error and ends it."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain when it flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _row(run: dict[str, Any]) -> dict[str, Any]:
    started, ended = run.get("start_time_utc"), run.get("end_time_utc")
    return {
        "Run": run["run_id"],
        "Name": run.get("display_name") or str(run["run_number"]),
        "Experiment": run["_experiment_name"],
        "Status": run["status"],
        "Started": local_time(started),
        "Duration": _duration(started, ended),
    }


def _minimal_row(run: dict[str, Any]) -> dict[str, Any]:
    tags = [name if value is None else f"{name}={value}" for name, value in run["Tags"].items()]
    return {
        **{name: value or "" for name, value in run.items()},
        "StartTime": local_time(run["StartTime"]),
        "EndTime": local_time(run["EndTime"]),
        "Tags": ", ".join(tags),
    }


def _duration(started: str | None, ended: str | None) -> str:
    if not started:
        return ""
    end = datetime.fromisoformat(ended) if ended else datetime.now(UTC)
    return str(timedelta(seconds=int((end - datetime.fromisoformat(started)).total_seconds())))
