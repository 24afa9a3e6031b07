"""``localtrack run cancel``, ``run wait`` and ``run delete``."""

from __future__ import annotations

import argparse
import math
import sys
import time
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommand, CLICommandsLoader, CommandGroup
from knack.help_files import helps
from knack.log import get_logger

from localtrack.cli.asking import confirm
from localtrack.cli.exit_code import EXIT_CODE, NOT_COMPLETED
from localtrack.cli.run.reference import add_run_argument, chosen, find
from localtrack.cli.run.table import run_table
from localtrack.cli.run.trees import lines, trees
from localtrack.cli.run.watching import completes
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.exceptions import AzureMLException, UserErrorException
from localtrack.store import status

if TYPE_CHECKING:
    from localtrack.store.run_record import RunRecord
_logger = get_logger(__name__)

helps["run cancel"] = """
type: command
short-summary: End a run
long-summary: >-
    All processes of its script have ended when the command returns. A run that has ended stays as it is, with a
    warning.
examples:
  - name: End a run by its id.
    text: localtrack run cancel -r train_1767225600_5f0c2a1b
"""

helps["run wait"] = """
type: command
short-summary: Wait until runs have ended
long-summary: >-
    The exit code is 3 if one of them does not complete, or not in time. Ctrl-C ends the waiting, not the runs. The
    result is the run, or a list of several.
examples:
  - name: Wait for the newest run, with its output.
    text: localtrack run wait -r last --show-output
  - name: Wait for two runs, but an hour at most.
    text: localtrack run wait train_1767225600_5f0c2a1b train_1767225900_0b7e91c4 --timeout 3600
"""

helps["run delete"] = """
type: command
short-summary: Delete runs with all below them, and their metrics, logs and files
long-summary: >-
    What would go is said first. Registered models stay. A run that has not ended is not deleted, and then none is. The
    result is the runs that were deleted.
examples:
  - name: See what would go, and delete it.
    text: localtrack run delete -r train_1767225600_5f0c2a1b
  - name: The same for two runs in a script, which can't be asked.
    text: localtrack run delete -r train_1767225600_5f0c2a1b train_1767225900_0b7e91c4 --yes
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "run", "localtrack.cli.run.ending#{}") as group:
        group.command("cancel", "cancel")
        group.command("wait", "wait", table_transformer=run_table)
        group.command("delete", "delete", table_transformer=_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments."""
    for command in ("cancel", "wait", "delete"):
        with ArgumentsContext(loader, f"run {command}") as arguments:
            add_scope_arguments(arguments)
    with ArgumentsContext(loader, "run cancel") as arguments:
        add_run_argument(arguments)
    for command in ("wait", "delete"):
        with ArgumentsContext(loader, f"run {command}") as arguments:
            arguments.argument(
                "runs",
                options_list=["--run", "-r"],
                nargs="+",
                action="extend",
                metavar="RUN",
                help="Ids of the runs, what one's id alone begins with, or 'last'. Can be given several times.",
            )
    with ArgumentsContext(loader, "run wait") as arguments:
        arguments.positional(
            "more_runs", nargs="*", metavar="RUN", validator=_check_runs, help="The same without the flag."
        )
        arguments.argument("show_output", help="Show what the scripts print, on stderr if stdout is no terminal.")
        arguments.argument(
            "timeout", type=_seconds, metavar="SECONDS", help="Wait no longer than this for all of them."
        )
    with ArgumentsContext(loader, "run delete") as arguments:
        arguments.argument("yes", options_list=["--yes", "-y"], help="Don't ask.")


def cancel(run: str, **kwargs: Any) -> None:
    """End a run, and say so.

    Args:
        run: Its id, what its id alone begins with, or ``last``.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is none.
    """
    found = chosen(Scope(**kwargs), run)
    if found.get_status() == status.CANCELED:
        _logger.warning("Run %s was canceled before.", found.id)
        return
    found.cancel()
    if found.status == status.CANCELED:  # else a warning has said that it was too late
        _say(f"Run {found.id} is canceled.")


def wait(
    cmd: CLICommand,
    runs: list[str] | None = None,
    more_runs: list[str] | None = None,
    show_output: bool = False,
    timeout: float | None = None,
    **kwargs: Any,
) -> dict[str, Any] | list[dict[str, Any]]:
    """Wait until runs have ended, and return them, a single one as itself.

    Args:
        cmd: Knack's command, which takes the exit code.
        runs: Their ids, what one's id alone begins with, or ``last``.
        more_runs: Likewise.
        show_output: Whether their output is shown, one run's after the other's.
        timeout: For how many seconds all of them are waited for.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such run.
        ExperimentExecutionException: A run will never start.
        KeyboardInterrupt: Ctrl-C; the runs go on.
    """
    from localtrack.cli.run.document import run_dtos, with_definition

    scope = Scope(**kwargs)
    found = [chosen(scope, each) for each in [*(runs or ()), *(more_runs or ())]]
    began = time.monotonic()
    for each in found:
        left = None if timeout is None else max(timeout - (time.monotonic() - began), 0)
        if not completes(each, show_output=show_output, seconds=left):
            cmd.cli_ctx.data[EXIT_CODE] = NOT_COMPLETED
    records = [each._reload() for each in found]
    plain = run_dtos(found[0]._store, records)
    documents = [with_definition(document, record) for document, record in zip(plain, records, strict=True)]
    return documents[0] if len(documents) == 1 else documents


def delete(runs: list[str], yes: bool = False, **kwargs: Any) -> list[dict[str, Any]]:
    """Delete runs with all below them, and return those that were deleted.

    Args:
        runs: Their ids, what one's id alone begins with, or ``last``.
        yes: Whether to do it without asking.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such run, one has not ended, nobody can be asked, or the answer was no; nothing
            was deleted.
        ServiceException: One could not be deleted; those before it are.
    """
    scope = Scope(**kwargs)
    workspace = scope.workspace()
    found = {record.id: record for _, record in (find(scope, each) for each in runs)}
    doomed = trees(workspace._store, list(found.values()))
    for record in (record for tree in doomed for record in tree.runs):
        if record.status not in status.TERMINAL:
            raise UserErrorException(
                f"Run {record.id} is {record.status}, so nothing was deleted: wait for it to end, or end it with "
                f"`localtrack run cancel -r {record.id}`."
            )
    _say("\n".join(["These runs go, with their metrics, logs and files:", *lines(doomed)]))
    if not yes:
        confirm("Delete them?", "Nothing was deleted")
    deleted: list[dict[str, Any]] = []
    try:
        for tree in doomed:
            workspace.get_run(tree.top.id).delete()
            deleted += [_document(record) for record in tree.runs]
    except AzureMLException:
        if deleted:
            _logger.warning("Deleted before that: %s.", ", ".join(each["run_id"] for each in deleted))
        raise
    return deleted


def _document(run: RunRecord) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "display_name": run.display_name,
        "_experiment_name": run.experiment,
        "status": run.status,
    }


def _table(deleted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "Deleted": each["run_id"],
            "Name": each["display_name"] or "",
            "Experiment": each["_experiment_name"],
            "Status": each["status"],
        }
        for each in deleted
    ]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _check_runs(arguments: argparse.Namespace) -> None:
    if not arguments.runs and not arguments.more_runs:
        raise ValueError("give the ids of the runs, or 'last'")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 up")
    return seconds
