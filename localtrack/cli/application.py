"""The command as a whole: from its arguments to its exit code."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from knack import CLI
from knack.commands import CLICommandsLoader
from knack.help import CLIHelp
from knack.help_files import helps
from knack.log import get_logger
from knack.util import CLIError

from localtrack.cli import computetarget, environment, folder, monitor, run
from localtrack.cli.exit_code import EXIT_CODE, INTERRUPTED
from localtrack.cli.log import Log
from localtrack.cli.output import Output
from localtrack.cli.parser import Parser
from localtrack.cli.settings import Settings
from localtrack.exceptions import AzureMLException
from localtrack.printable import printable

_GROUPS = (computetarget, environment, folder, monitor, run)

_logger = get_logger(__name__)

helps[""] = """
type: group
short-summary: Run and track machine learning experiments on this machine
"""


def invoke(arguments: list[str]) -> int:
    """Run a command and return its exit code.

    Raises:
        SystemExit: The usage was wrong, or help was asked for.
    """
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    cli = _Application(
        cli_name="localtrack",
        config_cls=Settings,
        logging_cls=Log,
        output_cls=Output,
        parser_cls=Parser,
        commands_loader_cls=_Commands,
        help_cls=_Help,
    )
    try:
        code: int = cli.invoke(arguments)
        if isinstance(cli.result.error, KeyboardInterrupt):
            return INTERRUPTED
        return code or cli.data[EXIT_CODE] or 0
    finally:
        _flush()


class _Application(CLI):  # type: ignore[misc]
    def exception_handler(self, ex: Exception) -> int:
        """Say what went wrong in a line or two; where, only with ``--debug``."""
        from jmespath.exceptions import JMESPathError

        if isinstance(ex, JMESPathError):
            _logger.error("--query: %s", printable(str(ex)))
        elif isinstance(ex, AzureMLException | CLIError | OSError):
            _logger.error("%s", printable(str(ex), keep="\n"))
        else:
            what = printable(f"{type(ex).__name__}: {ex}")
            _logger.error("%s. This is a mistake in localtrack; --debug shows where.", what)
        _logger.debug("Where it was raised:", exc_info=ex)
        return 1


class _Commands(CLICommandsLoader):  # type: ignore[misc]
    def load_command_table(self, args: list[str]) -> Any:
        for group in _GROUPS:
            group.add_commands(self)
        return super().load_command_table(args)

    def load_arguments(self, command: str) -> None:
        for group in _GROUPS:
            group.add_arguments(self)
        super().load_arguments(command)


class _Help(CLIHelp):  # type: ignore[misc]
    def show_privacy_statement(self) -> None:
        """Show none, and so don't note in a file that it was shown."""

    def show_welcome_message(self) -> None:
        print("\nlocaltrack: run and track machine learning experiments on this machine.\n")


def _show_warning(message: Warning | str, *_where: object) -> None:
    _logger.warning("%s", printable(str(message), keep="\n"))


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has all it wants. Python would complain when it flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
