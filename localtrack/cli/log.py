"""What the command says on stderr."""

from __future__ import annotations

import logging
from argparse import Namespace

from knack import CLI
from knack.events import EVENT_INVOKER_POST_PARSE_ARGS
from knack.log import CLI_LOGGER_NAME, CLILogging

_FLAGS = {
    "_log_verbosity_debug": CLILogging.DEBUG_FLAG,
    "_log_verbosity_verbose": CLILogging.VERBOSE_FLAG,
    "_log_verbosity_only_show_errors": CLILogging.ONLY_SHOW_ERRORS_FLAG,
}


class Log(CLILogging):  # type: ignore[misc]
    """Knack's logging, but a flag such as ``--debug`` behind a script's name is the script's and changes nothing."""

    def __init__(self, name: str, cli_ctx: CLI) -> None:
        super().__init__(name, cli_ctx)
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
