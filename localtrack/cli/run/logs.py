"""``localtrack run monitor-logs`` and ``run download-logs``."""

from __future__ import annotations

from typing import Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommand, CLICommandsLoader, CommandGroup
from knack.help_files import helps
from knack.log import get_logger

from localtrack.cli.exit_code import EXIT_CODE, NOT_COMPLETED
from localtrack.cli.run.reference import add_run_argument, chosen
from localtrack.cli.run.replacing import say_what_is_replaced
from localtrack.cli.run.table import run_table
from localtrack.cli.run.watching import completes
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments

_logger = get_logger(__name__)

helps["run monitor-logs"] = """
type: command
short-summary: Show a run's output until it ends
long-summary: >-
    Of a run that has ended, its output is shown as a whole. Ctrl-C ends the output, not the run. When stdout is no
    terminal, the output goes to stderr, and stdout has the result alone. The exit code is 3 if the run does not
    complete.
examples:
  - name: Watch the newest run.
    text: localtrack run monitor-logs -r last
"""

helps["run download-logs"] = """
type: command
short-summary: Copy a run's logs
long-summary: >-
    They keep their names, such as user_logs/std_log.txt, below the folder. Of a run that goes on, they are as they are
    now. A file that is there is replaced, with a warning.
examples:
  - name: Copy the newest run's logs into a folder, which is made.
    text: localtrack run download-logs -r last -d logs-of-last
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "run", "localtrack.cli.run.logs#{}") as group:
        group.command("monitor-logs", "monitor_logs", table_transformer=run_table)
        group.command("download-logs", "download_logs")


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments."""
    for command in ("monitor-logs", "download-logs"):
        with ArgumentsContext(loader, f"run {command}") as arguments:
            add_scope_arguments(arguments)
            add_run_argument(arguments)
    with ArgumentsContext(loader, "run download-logs") as arguments:
        arguments.argument("output_dir", options_list=["--output-dir", "-d"], help="Folder for the copies.")


def monitor_logs(cmd: CLICommand, run: str, **kwargs: Any) -> dict[str, Any]:
    """Show a run's output until it ends, and return it.

    Args:
        cmd: Knack's command, which takes the exit code.
        run: Its id, what its id alone begins with, or ``last``.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is none.
        ExperimentExecutionException: It will never start.
        KeyboardInterrupt: Ctrl-C; the run goes on.
    """
    from localtrack.cli.run.document import run_dto, with_definition

    found = chosen(Scope(**kwargs), run)
    if not completes(found):
        cmd.cli_ctx.data[EXIT_CODE] = NOT_COMPLETED
    record = found._reload()
    return with_definition(run_dto(found._store, record), record)


def download_logs(run: str, output_dir: str, **kwargs: Any) -> None:
    """Copy a run's logs into a folder.

    Args:
        run: Its id, what its id alone begins with, or ``last``.
        output_dir: The folder; it is made if it isn't there.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such run, or a link in the folder leads out of it where a log would go; nothing
            was copied.
        ServiceException: A copy could not be written.
    """
    from localtrack.core.files import LOG_FOLDERS

    found = chosen(Scope(**kwargs), run)
    names = [name for name in found.get_file_names() if name.startswith(LOG_FOLDERS)]
    if not names:
        _logger.warning("Run %s has no logs; nothing was copied.", found.id)
        return
    say_what_is_replaced(output_dir, names)
    found.get_all_logs(output_dir)
