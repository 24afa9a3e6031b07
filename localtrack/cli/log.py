"""What the command says on stderr."""

from __future__ import annotations

import logging
from argparse import SUPPRESS, Namespace
from typing import Any

from knack import CLI
from knack.events import EVENT_INVOKER_POST_PARSE_ARGS, EVENT_PARSER_GLOBAL_CREATE
from knack.log import CLI_LOGGER_NAME, CLILogging

from localtrack.printable import printable

_FLAGS = {
    "_log_verbosity_debug": CLILogging.DEBUG_FLAG,
    "_log_verbosity_verbose": CLILogging.VERBOSE_FLAG,
    "_log_verbosity_only_show_errors": CLILogging.ONLY_SHOW_ERRORS_FLAG,
}


class Log(CLILogging):  # type: ignore[misc]
    """Knack's logging, but a flag such as ``--debug`` behind a script's name is the script's and changes nothing."""

    def __init__(self, name: str, cli_ctx: CLI) -> None:
        super().__init__(name, cli_ctx)
        cli_ctx.register_event(EVENT_PARSER_GLOBAL_CREATE, _add_short_flag)
        cli_ctx.register_event(EVENT_INVOKER_POST_PARSE_ARGS, self._flags_are_known)

    def configure(self, _args: list[str]) -> None:
        """Start without regard to the flags: whose they are is only known when the line is parsed."""
        super().configure([])

    def _flags_are_known(self, _cli: CLI, args: Namespace, **_more: object) -> None:
        flags = [flag for name, flag in _FLAGS.items() if getattr(args, name)]
        if flags:
            for logger in (logging.getLogger(), logging.getLogger(CLI_LOGGER_NAME)):
                logger.handlers.clear()  # knack keeps to the first configuration otherwise
            super().configure(flags)

    def _init_console_handlers(
        self, root_logger: logging.Logger, cli_loggers: list[logging.Logger], levels: Any, formats: dict[str, str]
    ) -> None:
        super()._init_console_handlers(root_logger, cli_loggers, levels, formats)
        for logger, form in ((root_logger, formats["root"]), *((each, formats["cli"]) for each in cli_loggers)):
            for handler in logger.handlers:
                handler.setFormatter(_Printable(form))


def _add_short_flag(_cli: CLI, arg_group: Any, **_more: object) -> None:
    # An argument of its own, since many commands have another meaning for it.
    arg_group.add_argument("-v", dest="_log_verbosity_verbose", action="store_true", help=SUPPRESS)


class _Printable(logging.Formatter):
    """What is said can have others' text in it, such as a run's name, which must not give orders to the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record), keep="\n")
