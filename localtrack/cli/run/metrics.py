"""``localtrack run metrics``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommand, CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.run.reference import add_run_argument, chosen
from localtrack.cli.run.table import Rows, is_table, local_time
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.core import Run

_SHOWN = 10  # names in an error

helps["run metrics"] = """
type: command
short-summary: Show what was logged to a run
long-summary: >-
    The values as get_metrics() gives them: one value, or a list where there are several. Images and charts are the
    references to their files. NaN and the infinities, which JSON has no numbers for, are the texts NaN, Infinity and
    -Infinity. As a table: each metric's last value, its least and greatest number, and how often it was logged.
examples:
  - name: What was logged to the newest run, as a table.
    text: localtrack run metrics -r last -o table
  - name: Each value of one metric, with its step and time.
    text: localtrack run metrics -r last --history loss -o table
  - name: The last loss of a run that has logged several, in a script.
    text: localtrack run metrics -r last --query 'loss[-1]' -o tsv
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "run", "localtrack.cli.run.metrics#{}") as group:
        group.command("metrics", "metrics", validator=_check)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "run metrics") as arguments:
        add_scope_arguments(arguments)
        add_run_argument(arguments)
        arguments.argument("history", metavar="NAME", help="Each value of this metric, with its step and time.")
        arguments.argument(
            "recursive", help="Also the runs below this one; the result then has the metrics by the runs' ids."
        )


def metrics(cmd: CLICommand, run: str, history: str | None = None, recursive: bool = False, **kwargs: Any) -> Any:
    """Return what was logged to a run.

    Args:
        cmd: Knack's command, which takes the rows of the table.
        run: Its id, what its id alone begins with, or ``last``.
        history: The metric whose values are returned one by one.
        recursive: Whether runs below it are returned too.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such run or metric.
    """
    from localtrack.cli.run.document import plain

    found = chosen(Scope(**kwargs), run)
    if history is not None:
        cmd.table_transformer = _history_table
        return _history(found, history)
    if is_table(cmd):
        # Not made of the result: that of a metric has no last value if it is a table, nor a least number.
        rows = _summary_rows(found, recursive)
        cmd.table_transformer = lambda _result: rows
    return plain(found.get_metrics(recursive=recursive))


def _history(run: Run, name: str) -> list[dict[str, Any]]:
    from localtrack.cli.run.document import plain

    points = run.get_metric_history(name)
    if not points:
        raise UserErrorException(f"Nothing was logged to run {run.id} as {name!r}. {_names(run)}")
    return [
        {"step": point.step, "time": f"{point.time:%Y-%m-%dT%H:%M:%S.%fZ}", "value": plain(point.value)}
        for point in points
    ]


def _names(run: Run) -> str:
    names = list(dict.fromkeys(repr(each.name) for each in run._store.metrics.summaries([run.id])))
    if not names:
        return "It has no metrics."
    return f"It has {', '.join(names[:_SHOWN])}{' and others' if len(names) > _SHOWN else ''}."


def _summary_rows(run: Run, recursive: bool) -> Rows:
    from localtrack.core.wording import value
    from localtrack.store.run_filter import RunFilter

    store = run._store
    ids = [run.id]
    if recursive:
        ids += store.runs.ids(RunFilter(ancestor=run.id))
    rows: Rows = [
        {
            **({"Run": each.run_id} if recursive else {}),
            "Metric": each.name,
            "Last": value(each.last),
            "Min": _number(each.least),
            "Max": _number(each.greatest),
            "Values": each.count,
        }
        for each in store.metrics.summaries(ids)
    ]
    place = {run_id: index for index, run_id in enumerate(ids)}
    return sorted(rows, key=lambda row: place[row["Run"]]) if recursive else rows


def _history_table(points: list[dict[str, Any]]) -> Rows:
    from localtrack.core.wording import value

    return [
        {
            "Step": "" if point["step"] is None else point["step"],
            "Time": local_time(point["time"], "%Y-%m-%d %H:%M:%S"),
            "Value": value(point["value"]),
        }
        for point in points
    ]


def _number(number: float | int | None) -> str:
    from localtrack.core.wording import value

    return "" if number is None else value(number)


def _check(arguments: argparse.Namespace) -> None:
    if arguments.history is not None and arguments.recursive:
        raise ValueError("--history is of one run: leave --recursive out")
