"""``localtrack monitor events``: each change of a run's status."""

from __future__ import annotations

import argparse
import json
import time
from datetime import datetime
from typing import Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.exceptions import UserErrorException
from localtrack.printable import printable
from localtrack.store import status as statuses
from localtrack.store.events import StatusEvent

_LOOK_SECONDS = 0.5

helps["monitor events"] = """
type: command
short-summary: List the changes of runs' statuses, oldest first
long-summary: >-
    Of the experiment named, else of all. With --follow those that come are shown too, until Ctrl-C, or until the run
    that --run names has ended. A file that has all of them as JSON lines can be named in .azureml/notifications.yml,
    by `events: {file: events.jsonl}`.
examples:
  - name: What happened last.
    text: localtrack monitor events -o table
  - name: Follow what fails, a line of JSON each.
    text: localtrack monitor events --status Failed --follow --json-lines
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "monitor", "localtrack.cli.monitor.events#{}") as group:
        group.command("events", "events", table_transformer=_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "monitor events") as arguments:
        add_scope_arguments(arguments)
        arguments.argument("run", options_list=["--run", "-r"], help="Only of the run of this id.")
        arguments.argument("status", choices=statuses.STATUSES, help="Only changes to this status.")
        arguments.argument("last", type=_count, help="How many, at most; those that come are not counted.")
        arguments.argument("follow", options_list=["--follow", "-f"], help="Show those that come, too.")
        arguments.argument("json_lines", help="Print a line of JSON for each.")


def events(
    run: str | None = None,
    status: str | None = None,
    last: int = 20,
    follow: bool = False,
    json_lines: bool = False,
    **kwargs: Any,
) -> list[dict[str, Any]] | None:
    """Return or print events.

    Args:
        run: Only of this run.
        status: Only those to this status.
        last: How many of those that there are.
        follow: Whether to go on with those that come.
        json_lines: Whether each is printed as a line of JSON.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such run.
        KeyboardInterrupt: Ctrl-C, while they are followed.
    """
    from localtrack.notify.event import AmlRunStatusChangedEvent

    scope = Scope(**kwargs)
    workspace = scope.workspace()
    store = workspace._refresh()
    if run is not None and store.runs.get(run) is None:
        raise UserErrorException(f"There is no run {run!r} in {store.layout.project}.")
    chosen = {"experiment": scope.experiment_name, "run_id": run, "status": status}
    newest = store.events.last(1)
    seen = newest[-1].key if newest else 0
    found = [each for each in store.events.last(last, **chosen) if each.key <= seen]
    if not follow and not json_lines:
        return [AmlRunStatusChangedEvent.of(each).as_dict() for each in found]
    for each in found:
        _print(each, json_lines)
    while follow and not _has_ended(workspace, run):
        time.sleep(_LOOK_SECONDS)
        store = workspace._refresh()
        for each in store.events.after(seen, **chosen):  # type: ignore[arg-type]
            _print(each, json_lines)
            seen = each.key
    if follow:
        for each in workspace._store.events.after(seen, **chosen):  # type: ignore[arg-type]
            _print(each, json_lines)
    return None


def _has_ended(workspace: Any, run: str | None) -> bool:
    record = None if run is None else workspace._store.runs.get(run)
    return run is not None and (record is None or record.status in statuses.TERMINAL)


def _print(event: StatusEvent, json_lines: bool) -> None:
    from localtrack.notify.event import AmlRunStatusChangedEvent

    whole = AmlRunStatusChangedEvent.of(event)
    if json_lines:
        print(json.dumps(whole.as_dict()), flush=True)
        return
    old = f"{event.old_status} -> " if event.old_status else ""
    said = f"{whole.time.astimezone():%Y-%m-%d %H:%M:%S}  {event.experiment}  {event.run_id}  {old}{event.new_status}"
    print(printable(f"{said}{_reason(event.error)}"), flush=True)


def _reason(error: dict[str, Any] | None) -> str:
    message = ((error or {}).get("error") or {}).get("message")
    return f"  {message}" if message else ""


def _table(result: Any) -> list[dict[str, Any]]:
    return [
        {
            "Time": f"{datetime.fromisoformat(event['time']).astimezone():%Y-%m-%d %H:%M:%S}",
            "Experiment": event["experimentName"],
            "Run": event["runId"],
            "Old": event["oldStatus"] or "",
            "New": event["newStatus"],
        }
        for event in result
    ]


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 up")
    return int(text)
