"""``localtrack run list`` and ``run show``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommand, CLICommandsLoader, CommandGroup
from knack.help_files import helps
from knack.log import get_logger

from localtrack.cli.run.reference import add_run_argument, experiment_id, find, find_in
from localtrack.cli.run.table import is_table, note, run_table
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.exceptions import UserErrorException
from localtrack.printable import count, number, printable
from localtrack.store import status

if TYPE_CHECKING:
    from localtrack.store.store import Store

_logger = get_logger(__name__)

helps["run list"] = """
type: command
short-summary: List runs, newest first
long-summary: >-
    Those of the experiment named, else of the folder's own, else of all. Children are listed by --parent-run-id.
examples:
  - name: The newest runs as a table.
    text: localtrack run list -o table
  - name: The ids of all failed runs among the last hundred.
    text: localtrack run list --last 100 --status Failed --query '[].run_id' -o tsv
"""

helps["run show"] = """
type: command
short-summary: Show a run
examples:
  - name: Show a run by its id, or by what its id alone begins with.
    text: localtrack run show -r train_1767225600_5f0c2a1b
  - name: How the newest run of the folder's experiment is.
    text: localtrack run show -r last --query status -o tsv
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "run", "localtrack.cli.run.listing#{}") as group:
        group.command("list", "list_runs", table_transformer=run_table)
        group.command("show", "show", table_transformer=run_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments."""
    with ArgumentsContext(loader, "run list") as arguments:
        add_scope_arguments(arguments)
        arguments.argument("parent_run_id", help="List the children of this run.")
        arguments.argument("pipeline_run_id", help="Refused: pipelines are in Azure only.")
        arguments.argument("last", type=whole_number, help="How many, at most.")
        arguments.argument("compute_target_name", help="Only runs on this compute target.")
        arguments.argument("status", choices=status.STATUSES, help="Only runs of this status.")
        arguments.argument(
            "tags",
            action="append",
            metavar="KEY[=VALUE]",
            help="Only runs with this tag, or with this value of it. Can be given several times; all must be there.",
        )
        arguments.argument("minimal", help="Only id, type, status, times, target and tags.")
    with ArgumentsContext(loader, "run show") as arguments:
        add_scope_arguments(arguments)
        add_run_argument(arguments)


def list_runs(
    cmd: CLICommand,
    parent_run_id: str | None = None,
    pipeline_run_id: str | None = None,
    last: int = 10,
    compute_target_name: str | None = None,
    status: str | None = None,
    tags: list[str] | None = None,
    minimal: bool = False,
    **kwargs: Any,
) -> list[dict[str, Any]]:
    """Return the newest runs.

    Args:
        cmd: Knack's command, which knows how the result is shown.
        parent_run_id: The run whose children are listed, in place of an experiment's runs.
        pipeline_run_id: Refused.
        last: How many.
        compute_target_name: Only of this target.
        status: Only of this status.
        tags: Only with all of these, each ``name`` or ``name=value``.
        minimal: Whether the rows have seven columns only.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: Runs of a pipeline were asked for, or there is no such parent.
    """
    from localtrack.cli.run.document import minimals, run_dtos
    from localtrack.store.run_filter import ANY, RunFilter

    if pipeline_run_id is not None:
        raise UserErrorException(
            "--pipeline-run-id: pipelines are in Azure only. The runs below a run are listed with --parent-run-id."
        )
    scope = Scope(**kwargs)
    workspace = scope.workspace()
    store = workspace._refresh()
    named = [tag.partition("=") for tag in tags or ()]
    experiment = scope.experiment_name if parent_run_id is not None else scope.experiment(workspace)
    chosen = RunFilter(
        experiment=experiment_id(store, experiment),
        parent=find_in(store, parent_run_id).id if parent_run_id is not None else None,
        top_level=parent_run_id is None,
        target=compute_target_name,
        statuses=(status,) if status else (),
        tags={name: value if equals else ANY for name, equals, value in named},
    )
    found = list(store.runs.walk(chosen, most=last))
    if not found and last:
        chosen_by = {
            "--status": status,
            "--tags": ", ".join(tags or ()),
            "--compute-target-name": compute_target_name,
            "--parent-run-id": parent_run_id,
        }
        warn_of_nothing(store, experiment, [f"{flag} {value}" for flag, value in chosen_by.items() if value])
    if len(found) == last and is_table(cmd) and (there := store.runs.count(chosen)) > last:
        note(cmd, f"The newest {number(last)} of {count(there, 'run')}; --last N shows more.")
    return (minimals if minimal else run_dtos)(store, found)


def warn_of_nothing(store: Store, experiment: str | None, chosen_by: list[str]) -> None:
    """Say why there are no runs to show, if the workspace has some.

    Args:
        store: The workspace.
        experiment: The experiment whose runs were wanted; None for all.
        chosen_by: What else they had to have.
    """
    from localtrack.store.run_filter import RunFilter

    if not any(store.runs.walk(RunFilter(), most=1)):
        return
    if experiment is not None and not any(
        store.runs.walk(RunFilter(experiment=experiment_id(store, experiment)), most=1)
    ):
        _logger.warning("There are no runs in the experiment %s; -e NAME chooses another.", printable(experiment))
    elif chosen_by:
        place = "" if experiment is None else f" in the experiment {experiment}"
        _logger.warning("%s", printable(f"No run{place} fits {' '.join(chosen_by)}."))


def show(run: str, **kwargs: Any) -> dict[str, Any]:
    """Return a run.

    Args:
        run: Its id, what its id alone begins with, or ``last``.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is none, or several ids begin so.
    """
    from localtrack.cli.run.document import run_dto, with_definition

    workspace, found = find(Scope(**kwargs), run)
    return with_definition(run_dto(workspace._store, found), found)


def whole_number(text: str) -> int:
    """Return the number that an argument such as ``--last`` was given.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 up")
    return int(text)
