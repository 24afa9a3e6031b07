"""Runs as ``-o table`` shows them, and what commands print beside their results."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from knack.commands import CLICommand

from localtrack.printable import printable

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


def tags_text(tags: dict[str, str | None]) -> str:
    """Return tags in one line: ``name=value``, or ``name`` alone."""
    return ", ".join(name if value is None else f"{name}={value}" for name, value in tags.items())


def rows_by(row: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Any], Rows]:
    """Return what makes the table of a command's result, a document or a list of them, from what makes a row."""
    return lambda result: [row(each) for each in (result if isinstance(result, list) else [result])]


def note(cmd: CLICommand, text: str) -> None:
    """Say on stderr what the result doesn't, unless only errors are wanted."""
    if not cmd.cli_ctx.only_show_errors:
        print(printable(text), file=sys.stderr)


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
    return {
        **{name: value or "" for name, value in run.items()},
        "StartTime": local_time(run["StartTime"]),
        "EndTime": local_time(run["EndTime"]),
        "Tags": tags_text(run["Tags"]),
    }


def _duration(started: str | None, ended: str | None) -> str:
    if not started:
        return ""
    end = datetime.fromisoformat(ended) if ended else datetime.now(UTC)
    return str(timedelta(seconds=int((end - datetime.fromisoformat(started)).total_seconds())))
