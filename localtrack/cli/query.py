"""``--query``, and an expression as the last word: what of a result is shown, in JMESPath."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence
from typing import Any

from knack import CLI
from knack.events import EVENT_INVOKER_FILTER_RESULT, EVENT_INVOKER_POST_PARSE_ARGS, EVENT_PARSER_GLOBAL_CREATE

from localtrack.printable import number

DESTINATION = "_jmespath_query"  # knack gives what begins with _ to no command
CAN_STAND_LAST = " It can also stand last on the line, without --query."

_MOST_CHARACTERS = 10_000
_MOST_SHOWN = 200
_MARKS = frozenset("[]{}()|&=*@<>!`'\"")  # an expression has one, a word that was typed by mistake has not
_EXAMPLE = "\"[?properties.author=='me']\""


class Query:
    """What an expression makes of a result.

    Args:
        cli_ctx: The command.
    """

    def __init__(self, cli_ctx: CLI) -> None:
        self._expression: str | None = None
        cli_ctx.register_event(EVENT_PARSER_GLOBAL_CREATE, _add_argument)
        cli_ctx.register_event(EVENT_INVOKER_POST_PARSE_ARGS, self._take_argument)
        cli_ctx.register_event(EVENT_INVOKER_FILTER_RESULT, self._apply)

    def _take_argument(self, cli: CLI, args: Namespace, **_more: object) -> None:
        self._expression = getattr(args, DESTINATION)
        cli.invocation.data["query_active"] = self._expression is not None

    def _apply(self, _cli: CLI, event_data: dict[str, Any], **_more: object) -> None:
        if self._expression is not None:
            from localtrack.cli.query_evaluation import evaluate

            event_data["result"] = evaluate(self._expression, event_data["result"])


def take_last_words(args: Namespace, words: Sequence[str]) -> None:
    """Take what is left of a command line as its expression.

    Args:
        args: What was parsed of the line; it gets the expression.
        words: What no argument has taken.

    Raises:
        ArgumentTypeError: It is no expression, or there is one already.
    """
    if words[:1] == ["--"]:
        words = words[1:]
    if not any(map(is_expression, words)) or words[0].startswith("-"):
        raise ArgumentTypeError(f"unrecognized arguments: {' '.join(words)}")
    if len(words) > 1:
        raise ArgumentTypeError(
            f"unrecognized arguments: {' '.join(words)}. An expression is one word: put it in quotes, as {_EXAMPLE}"
        )
    if getattr(args, DESTINATION) is not None:
        raise ArgumentTypeError(f"{words[0]} is a second expression behind that of --query: leave one out")
    try:
        setattr(args, DESTINATION, _expression(words[0]))
    except ArgumentTypeError as error:
        raise ArgumentTypeError(f"{error}. Is it in quotes, as {_EXAMPLE}?") from error


def is_expression(word: str) -> bool:
    """Whether a word can be an expression that stands without its flag; a run's id can't."""
    return not _MARKS.isdisjoint(word)


def _add_argument(_cli: CLI, arg_group: Any, **_more: object) -> None:
    arg_group.add_argument(
        "--query",
        dest=DESTINATION,
        metavar="JMESPATH",
        type=_expression,
        help=f"What of the result is shown, as an expression of JMESPath (https://jmespath.org).{CAN_STAND_LAST}",
    )


def _expression(text: str) -> str:
    from localtrack.cli.query_evaluation import fault

    if not text.strip():
        raise ArgumentTypeError("the expression is empty: leave --query out for the whole result")
    if len(text) > _MOST_CHARACTERS:
        raise ArgumentTypeError(
            f"the expression has {number(len(text))} characters, and may have {number(_MOST_CHARACTERS)}"
        )
    if (found := fault(text)) is not None:
        shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
        raise ArgumentTypeError(f"{shown} is no expression of JMESPath: {found}")
    return text
