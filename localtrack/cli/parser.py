"""The parser of the command line."""

from __future__ import annotations

from argparse import Namespace
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

    def add_subparsers(self, **kwargs: Any) -> Any:
        """Add a group's commands, with a name for what is missing if none is given."""
        return super().add_subparsers(metavar="command", **kwargs)

    def parse_args(self, args: list[str], namespace: Namespace | None = None) -> Namespace:
        """Parse the command line; what is wrong is said of the command it is wrong in."""
        if args[0].startswith("-") and args[0] not in ("-h", "--help"):
            self.error(f"{args[0]} comes too early: the command is first, its options are behind it")
        parsed: Namespace
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            parsed._parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the usage, and where help is."""
        _logger.error("%s: %s\nSee '%s --help'.", self.prog, message, self.prog)
        raise SystemExit(2)

    validation_error = error
