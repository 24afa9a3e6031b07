"""The parser of the command line."""

from __future__ import annotations

from typing import Any, NoReturn

from knack.log import get_logger
from knack.parser import CLICommandParser

_logger = get_logger(__name__)


class Parser(CLICommandParser):  # type: ignore[misc]
    """Knack's parser, with arguments taken as they are, since many of them are a script's.

    Flags can't be abbreviated: ``--s`` behind a script's name would be refused as one of several of ours. ``@name`` is
    not replaced by a file's content.

    Args:
        **kwargs: Knack's.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_abbrev=False, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the usage, and where help is."""
        _logger.error("%s: %s\nSee '%s --help'.", self.prog, message, self.prog)
        raise SystemExit(2)

    validation_error = error

    @staticmethod
    def _expand_prefixed_files(args: list[str]) -> list[str]:
        return args
