"""``localtrack run search``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommand, CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.run.listing import warn_of_nothing, whole_number
from localtrack.cli.run.reference import experiment_id
from localtrack.cli.run.table import is_table, note, run_table
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.cli.wrong_usage import WrongUsageException
from localtrack.exceptions import UserErrorException
from localtrack.printable import count, number

if TYPE_CHECKING:
    from localtrack.store.run_record import RunRecord
    from localtrack.store.store import Store

helps["run search"] = """
type: command
short-summary: Find runs by what was logged, by tags, properties and attributes
long-summary: >-
    Of the experiment named, else of the folder's own, else of all; children are among them. A filter compares
    metrics.NAME (the last value), min(metrics.NAME), max(metrics.NAME), count(metrics.NAME), tags.NAME,
    properties.NAME, status, start_time, duration and other attributes, by = != < <= > >= LIKE ILIKE IN and IS NULL,
    with and, or, not and parentheses. The module localtrack.core.search describes all of it.
examples:
  - name: Runs with a small error that somebody has tagged, the best first.
    text: >-
        localtrack run search "metrics.mse < 3000 and tags.quality like 'fan%'" --order-by metrics.mse -o table
  - name: The ids of all that failed today.
    text: >-
        localtrack run search "status = 'Failed' and start_time > '2026-01-31'" --last 1000 --query '[].run_id' -o tsv
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "run", "localtrack.cli.run.search#{}") as group:
        group.command("search", "search", table_transformer=run_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "run search") as arguments:
        add_scope_arguments(arguments)
        add_filter_arguments(arguments)
        arguments.argument(
            "order_by",
            action="append",
            metavar="KEY",
            help="What the runs are ordered by, such as 'metrics.mse DESC'. Can be given several times; the newest "
            "first when left out.",
        )
        arguments.argument("last", options_list=["--last", "--max"], type=whole_number, help="How many, at most.")


def add_filter_arguments(arguments: Any) -> None:
    """Add the arguments that say which runs are found, beside those of a `Scope`.

    Args:
        arguments: Knack's context of the command's arguments.
    """
    arguments.positional("filter_text", nargs="?", metavar="FILTER", help="The filter. All runs when left out.")
    arguments.argument("all_experiments", help="Those of all experiments, and not of the folder's own only.")


def search(
    cmd: CLICommand,
    filter_text: str = "",
    order_by: list[str] | None = None,
    last: int = 10,
    all_experiments: bool = False,
    **kwargs: Any,
) -> list[dict[str, Any]]:
    """Return the runs for which a filter holds.

    Args:
        cmd: Knack's command, which knows how the result is shown.
        filter_text: The filter.
        order_by: Left sides of comparisons, each with ``ASC`` or ``DESC`` behind it or nothing.
        last: How many.
        all_experiments: Whether the folder's experiment doesn't matter.
        **kwargs: Those of `Scope`.

    Raises:
        WrongUsageException: The filter or the order can't be used; the message shows where.
    """
    from localtrack.cli.run.document import run_dtos

    filter_text = filter_text or ""
    scope = Scope(**kwargs)
    workspace = scope.workspace()
    store = workspace._refresh()
    experiment = scope.experiment_name if all_experiments else scope.experiment(workspace)
    chosen = experiment_id(store, experiment)
    found = found_runs(store, filter_text, experiment_id=chosen, order_by=order_by, max_results=last + 1)
    if len(found) > last:
        # All that fit are looked for a second time only if somebody will read how many they are.
        there = count(_count(store, filter_text, chosen), "run") if is_table(cmd) else "more runs"
        note(cmd, f"The first {number(last)} of {there}; --last N shows more.")
    if not found and experiment is not None and scope.experiment_name is None:
        note(cmd, f"There are none in the experiment {experiment}; --all-experiments looks in all.")
    elif not found and last:
        warn_of_nothing(store, experiment, ["the filter"] if filter_text.strip() else [])
    return run_dtos(store, found[:last])


def found_runs(store: Store, filter_text: str, **options: Any) -> list[RunRecord]:
    """Return the runs for which a filter holds, as the search of a store does.

    Raises:
        WrongUsageException: The filter or the order can't be used.
    """
    try:
        return store.search.runs(filter_text, **options)
    except UserErrorException as error:
        raise WrongUsageException(error.message, error) from error


def _count(store: Store, filter_text: str, experiment: str | None) -> int:
    from localtrack.store.run_filter import RunFilter

    if not filter_text.strip():
        return store.runs.count(RunFilter(experiment=experiment))
    return len(found_runs(store, filter_text, experiment_id=experiment))
