"""The command as a whole: from its arguments to its exit code."""

from __future__ import annotations

import warnings
from typing import Any

from knack import CLI
from knack.commands import CLICommandsLoader
from knack.help_files import helps
from knack.log import get_logger
from knack.util import CLIError

from localtrack.cli import (
    azure_only,
    backup,
    computetarget,
    doctor,
    environment,
    execute,
    experiment,
    folder,
    gc,
    login,
    model,
    monitor,
    run,
    shell_init,
    workspace,
)
from localtrack.cli.completion import Completion
from localtrack.cli.exit_code import EXIT_CODE, INTERRUPTED, WRONG_USAGE
from localtrack.cli.help import Help
from localtrack.cli.log import Log
from localtrack.cli.output import Output
from localtrack.cli.parser import Parser
from localtrack.cli.query import Query
from localtrack.cli.settings import Settings
from localtrack.cli.wrong_usage import WrongUsageException
from localtrack.exceptions import AzureMLException
from localtrack.printable import printable

_GROUPS = (
    folder,
    run,
    experiment,
    environment,
    computetarget,
    model,
    workspace,
    monitor,
    doctor,
    backup,
    gc,
    execute,
    shell_init,
    login,
    azure_only,
)

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
    cli = create()
    code: int = cli.invoke(arguments)
    if isinstance(cli.result.error, KeyboardInterrupt):
        return INTERRUPTED
    return code or cli.data[EXIT_CODE] or 0


def create() -> CLI:
    """Return the application, which has done nothing yet."""
    return _Application(
        cli_name="localtrack",
        config_cls=Settings,
        logging_cls=Log,
        output_cls=Output,
        query_cls=Query,
        completion_cls=Completion,
        parser_cls=Parser,
        commands_loader_cls=_Commands,
        help_cls=Help,
    )


class _Application(CLI):  # type: ignore[misc]
    def exception_handler(self, ex: Exception) -> int:
        """Say what went wrong in a line or two; where, only with ``--debug``."""
        if isinstance(ex, BrokenPipeError):
            return 0  # the reader, such as `head`, has all it wants
        if isinstance(ex, AzureMLException | CLIError):
            _logger.error("%s", ex)
        elif isinstance(ex, OSError):
            _logger.error("%s", printable(_said(ex)))
        elif isinstance(ex, UnicodeEncodeError):
            _logger.error("%s can't be used: it has characters that are not valid Unicode.", ascii(ex.object[:200]))
        else:
            what = printable(f"{type(ex).__name__}: {ex}")  # in one line
            _logger.error("%s. This is a mistake in localtrack; --debug shows where.", what)
        _logger.debug("Where it was raised:", exc_info=ex)
        return WRONG_USAGE if isinstance(ex, WrongUsageException) else 1


class _Commands(CLICommandsLoader):  # type: ignore[misc]
    def load_command_table(self, args: list[str]) -> Any:
        for group in _GROUPS:
            group.add_commands(self)
        return super().load_command_table(args)

    def load_arguments(self, command: str) -> None:
        for group in _GROUPS:
            group.add_arguments(self)
        super().load_arguments(command)


def _show_warning(message: Warning | str, *_where: object) -> None:
    _logger.warning("%s", message)


def _said(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}." if error.filename else f"stdout or a file can't be used: {reason}."
