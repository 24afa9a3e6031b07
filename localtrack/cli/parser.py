"""The parser of the command line."""

from __future__ import annotations

from argparse import OPTIONAL, PARSER, Action, ArgumentTypeError, Namespace
from copy import copy
from difflib import get_close_matches
from typing import Any, NoReturn

from knack.log import get_logger
from knack.parser import CLICommandParser

from localtrack.cli.query import DESTINATION, is_expression, take_last_words
from localtrack.printable import printable

_logger = get_logger(__name__)

_IDS = ("more_runs", "runs")  # arguments of any number of runs' ids


class Parser(CLICommandParser):  # type: ignore[misc]
    """Knack's parser, with arguments taken as they are, since many of them are a script's.

    Flags can't be abbreviated: ``--s`` behind a script's name would be refused as one of several of ours. ``@name`` is
    not replaced by a file's content. A flag that a command has is its own, also where it is the short form of one that
    all commands have.

    Args:
        **kwargs: Knack's.
    """

    def __init__(self, **kwargs: Any) -> None:
        self._own_copies: list[Action] = []
        super().__init__(allow_abbrev=False, **kwargs)

    def add_subparsers(self, **kwargs: Any) -> Any:
        """Add a group's commands, with a name for what is missing if none is given."""
        return super().add_subparsers(metavar="command", **kwargs)

    def add_argument(self, *flags: Any, **options: Any) -> Any:
        """Add an argument; an option of all commands goes without those of its flags that are this one's."""
        for flag in flags:
            self._release(flag)
        return super().add_argument(*flags, **options)

    def parse_args(self, args: list[str], namespace: Namespace | None = None) -> Namespace:
        """Parse the command line; what is wrong is said of the command it is wrong in."""
        if args[0].startswith("-") and args[0] not in ("-h", "--help"):
            self.error(f"{args[0]} comes too early: the command is first, its options are behind it")
        parsed: Namespace
        parsed, unknown = self.parse_known_args(args, namespace)
        unknown += _expression_among_ids(parsed)
        if unknown:
            parsed._parser._take(parsed, unknown)
        return parsed

    @property
    def takes_expression(self) -> bool:
        """Whether an expression can stand last on this command's line: not where a script or a tag could be meant."""
        return any(action.dest == DESTINATION for action in self._actions) and all(
            action.option_strings or action.nargs in (None, OPTIONAL) or action.dest in _IDS for action in self._actions
        )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the usage, and where help is."""
        _logger.error("%s: %s\nSee '%s --help'.", self.prog, printable(message), self.prog)
        raise SystemExit(2)

    validation_error = error

    def _take(self, parsed: Namespace, words: list[str]) -> None:
        if not self.takes_expression:
            self.error(f"unrecognized arguments: {' '.join(words)}")
        try:
            take_last_words(parsed, words)
        except ArgumentTypeError as error:
            self.error(str(error))

    def _check_value(self, action: Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = [str(each) for each in action.choices]
        if action.option_strings or action.nargs != PARSER:
            what = "/".join(action.option_strings) or action.metavar
            self.error(f"{value!r} is not a value of {what}, which can be {', '.join(choices)}")
        close = get_close_matches(str(value), choices)
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else f"they are {', '.join(choices)}"
        self.error(f"{value!r} is none of its commands: {hint}")

    def _release(self, flag: str) -> None:
        shared = self._option_string_actions.get(flag)
        if shared is None or not any(shared in actions for actions in (self._own_copies, *self._shared())):
            return
        own = copy(shared)  # the parsers of all commands have the same object
        own.option_strings = [each for each in shared.option_strings if each != flag]
        del self._option_string_actions[flag]
        self._option_string_actions.update(dict.fromkeys(own.option_strings, own))
        self._own_copies.append(own)
        left = [own] if own.option_strings else []
        for actions in (self._actions, *(group._group_actions for group in self._action_groups)):
            actions[:] = [each for action in actions for each in (left if action is shared else [action])]
        if not left:
            self.set_defaults(**{own.dest: own.default})  # who asks for it in every command still gets something

    def _shared(self) -> list[list[Action]]:
        return [parent._actions for parent in self.parents]


def _expression_among_ids(parsed: Namespace) -> list[str]:
    """Take the last of the runs' ids off if it is none, but an expression behind them."""
    for name in _IDS:
        words = getattr(parsed, name, None)
        if isinstance(words, list) and words and is_expression(words[-1]):
            return [words.pop()]
    return []
