"""``localtrack run``: submit scripts, list runs, look at one."""

from __future__ import annotations

import argparse
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommand, CLICommandsLoader, CommandGroup
from knack.help_files import helps
from knack.log import get_logger

from localtrack.cli.exit_code import EXIT_CODE, NOT_COMPLETED
from localtrack.cli.run_table import run_table
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.exceptions import ActivityFailedException, ExperimentExecutionException, UserErrorException
from localtrack.printable import printable
from localtrack.store import status

if TYPE_CHECKING:
    from localtrack.core.script_run import ScriptRun
    from localtrack.store.run_record import RunRecord
    from localtrack.store.store import Store

_LAST = "last"

_logger = get_logger(__name__)

helps["run"] = """
type: group
short-summary: Submit scripts and look at runs
"""

helps["run submit-script"] = """
type: command
short-summary: Run a script in the background and show its output until it ends
long-summary: >-
    The folder is kept with the run as it is now, and the script works in a copy of it, in this interpreter. Ctrl-C
    ends the output, not the run. When stdout is no terminal, the output goes to stderr, and stdout has the result
    alone. The exit code is 3 if the run does not complete.
examples:
  - name: Run a script with an argument of its own.
    text: localtrack run submit-script -e train train.py --alpha 0.1
  - name: Return at once, and print the run's id.
    text: localtrack run submit-script --async --query run_id -o tsv train.py
"""

helps["run list"] = """
type: command
short-summary: List runs, newest first
long-summary: >-
    Those of the experiment named, else of the folder's own, else of all. Children are listed by --parent-run-id.
examples:
  - name: The newest runs as a table.
    text: localtrack run list -o table
  - name: The ids of all failed runs among the last hundred.
    text: localtrack run list --last 100 --status Failed --query [].run_id -o tsv
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
    """Add the group's commands."""
    with CommandGroup(loader, "run", "localtrack.cli.run#{}") as group:
        group.command("submit-script", "submit_script", table_transformer=run_table)
        group.command("list", "list_runs", table_transformer=run_table)
        group.command("show", "show", table_transformer=run_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add the arguments of the group's commands."""
    with ArgumentsContext(loader, "run submit-script") as arguments:
        add_scope_arguments(arguments)
        arguments.positional(
            "script",
            nargs=argparse.REMAINDER,
            metavar="USER_SCRIPT_AND_ARGUMENTS",
            validator=_check_script,
            help="The script, relative to the source directory, and its arguments. They come last.",
        )
        arguments.argument(
            "run_configuration_name",
            options_list=["--run-configuration-name", "-c"],
            help="Run configuration. Not supported yet.",
        )
        arguments.argument("source_directory", help="Folder of the script. That of --path when left out.")
        arguments.argument("target", options_list=["--target", "--ct"], help="Compute target: local.")
        arguments.argument("detached", options_list=["--async"], help="Return at once, without the script's output.")
    with ArgumentsContext(loader, "run list") as arguments:
        add_scope_arguments(arguments)
        arguments.argument("parent_run_id", help="List the children of this run.")
        arguments.argument("last", type=_count, help="How many, at most.")
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
        arguments.argument(
            "run", options_list=["--run", "-r"], help="Id of the run, what its id alone begins with, or 'last'."
        )


def submit_script(
    cmd: CLICommand,
    script: list[str],
    run_configuration_name: str | None = None,
    source_directory: str | None = None,
    target: str | None = None,
    detached: bool = False,
    **kwargs: Any,
) -> dict[str, Any]:
    """Submit a script, and wait for its end unless ``detached``.

    Args:
        cmd: Knack's command, which takes the exit code.
        script: The script and its arguments.
        run_configuration_name: Refused for now.
        source_directory: The folder that is kept with the run.
        target: The compute target.
        detached: Whether to return at once.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no experiment, or something else can't be used.
        KeyboardInterrupt: Ctrl-C; the run goes on.
    """
    from localtrack.cli.run_dto import run_dto, with_definition
    from localtrack.core import Experiment, ScriptRunConfig

    scope = Scope(**kwargs)
    if run_configuration_name is not None:
        raise UserErrorException(
            "Run configurations are not supported by this version of localtrack: leave -c out. "
            "The script runs in this interpreter."
        )
    workspace = scope.workspace()
    experiment = scope.experiment(workspace)
    if experiment is None:
        raise UserErrorException(
            "Which experiment? Add -e NAME, or give the folder one with "
            f"`localtrack folder attach -w {workspace.name} -e NAME`."
        )
    config = ScriptRunConfig(
        source_directory or scope.path, script=script[0], arguments=script[1:], compute_target=target
    )
    run = Experiment(workspace, experiment).submit(config)
    if not detached and not _completes(run):
        cmd.cli_ctx.data[EXIT_CODE] = NOT_COMPLETED
    record = run._reload()
    return with_definition(run_dto(workspace._store, record), record)


def list_runs(
    parent_run_id: str | None = None,
    last: int = 10,
    compute_target_name: str | None = None,
    status: str | None = None,
    tags: list[str] | None = None,
    minimal: bool = False,
    **kwargs: Any,
) -> list[dict[str, Any]]:
    """Return the newest runs.

    Args:
        parent_run_id: The run whose children are listed, in place of an experiment's runs.
        last: How many.
        compute_target_name: Only of this target.
        status: Only of this status.
        tags: Only with all of these, each ``name`` or ``name=value``.
        minimal: Whether the rows have seven columns only.
        **kwargs: Those of `Scope`.
    """
    from localtrack.cli import run_dto
    from localtrack.store.run_filter import ANY, RunFilter

    scope = Scope(**kwargs)
    workspace = scope.workspace()
    store = workspace._refresh()
    named = [tag.partition("=") for tag in tags or ()]
    experiment = scope.experiment_name if parent_run_id else scope.experiment(workspace)
    chosen = RunFilter(
        experiment=_experiment_id(store, experiment),
        parent=_find(store, parent_run_id).id if parent_run_id else None,
        top_level=parent_run_id is None,
        target=compute_target_name,
        statuses=(status,) if status else (),
        tags={name: value if equals else ANY for name, equals, value in named},
    )
    document = run_dto.minimal if minimal else run_dto.run_dto
    found = [document(store, run) for run in islice(store.runs.walk(chosen), last)]
    if not found and experiment is not None and any(store.runs.walk(RunFilter())):
        _logger.warning("No such runs in the experiment %s; -e NAME chooses another.", experiment)
    return found


def show(run: str, **kwargs: Any) -> dict[str, Any]:
    """Return a run.

    Args:
        run: Its id, what its id alone begins with, or ``last``.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is none, or several ids begin so.
    """
    from localtrack.cli.run_dto import run_dto, with_definition

    scope = Scope(**kwargs)
    workspace = scope.workspace()
    store = workspace._refresh()
    found = _find(store, run, scope.experiment(workspace))
    if scope.experiment_name not in (None, found.experiment):
        raise UserErrorException(f"Run {found.id} is of the experiment {found.experiment!r}: leave -e out.")
    return with_definition(run_dto(store, found), found)


def _completes(run: ScriptRun) -> bool:
    """Show a run's output until it ends, say on stderr what became of it, and return whether it completed."""
    from localtrack.core.watching import wait

    try:
        ended = wait(run, True, True, stream=sys.stdout if sys.stdout.isatty() else sys.stderr)
    except ActivityFailedException:
        error = (run._reload().error or {}).get("error", {})
        _logger.error(
            "Run %s has failed. %s\nIts output is in %s.",
            run.id,
            printable(str(error.get("message", ""))),
            run._folder.std_log,
        )
        return False
    except (KeyboardInterrupt, ExperimentExecutionException) as interruption:
        if isinstance(interruption, KeyboardInterrupt) or isinstance(interruption.__context__, KeyboardInterrupt):
            _logger.warning("Run %s goes on. See how it is with `localtrack run show -r %s`.", run.id, run.id)
            raise KeyboardInterrupt from None
        raise
    if ended["status"] != status.COMPLETED:
        _logger.error("Run %s was %s.", run.id, ended["status"].lower())
        return False
    return True


def _find(store: Store, wanted: str, experiment: str | None = None) -> RunRecord:
    """Return the run of an id, of what an id alone begins with, or the newest of an experiment."""
    from localtrack.store.run_filter import RunFilter

    run = store.runs.get(wanted)
    if run is None and wanted == _LAST:
        run = next(store.runs.walk(RunFilter(experiment=_experiment_id(store, experiment), top_level=True)), None)
        if run is None:
            place = "this workspace" if experiment is None else f"the experiment {experiment}; -e NAME chooses another"
            raise UserErrorException(f"There are no runs yet in {place}.")
    if run is not None:
        return run
    found = [run for run in store.runs.walk(RunFilter()) if run.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserErrorException(
            f"There are {len(found)} runs whose id begins with {wanted!r}, such as {found[0].id} and {found[1].id}: "
            "give more of it."
        )
    raise UserErrorException(
        f"There is no run {wanted!r} in {store.layout.project}. `localtrack run list` has those that there are."
    )


def _experiment_id(store: Store, name: str | None) -> str | None:
    """Return the id of the active experiment of a name, or a text that is none if there is no such experiment."""
    if name is None:
        return None
    found = store.experiments.find(name)
    return found.id if found else ""


def _check_script(arguments: argparse.Namespace) -> None:
    if arguments.script[:1] == ["--"]:
        del arguments.script[0]
    if not arguments.script:
        raise ValueError("give a script, with its arguments behind it")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 up")
    return int(text)
