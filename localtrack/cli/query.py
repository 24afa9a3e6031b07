"""``--query``, and an expression as the last word: what of a result is shown, in JMESPath."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence
from typing import Any

from knack import CLI
from knack.events import EVENT_INVOKER_FILTER_RESULT, EVENT_INVOKER_POST_PARSE_ARGS, EVENT_PARSER_GLOBAL_CREATE

_DESTINATION = "_jmespath_query"  # knack gives what begins with _ to no command
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
        self._expression = getattr(args, _DESTINATION)
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
    if not any(_MARKS.intersection(word) for word in words) or words[0].startswith("-"):
        raise ArgumentTypeError(f"unrecognized arguments: {' '.join(words)}")
    if len(words) > 1:
        raise ArgumentTypeError(
            f"unrecognized arguments: {' '.join(words)}. An expression is one word: put it in quotes, as {_EXAMPLE}"
        )
    if getattr(args, _DESTINATION) is not None:
        raise ArgumentTypeError(f"{words[0]} is a second expression behind that of --query: leave one out")
    try:
        setattr(args, _DESTINATION, _expression(words[0]))
    except ArgumentTypeError as error:
        raise ArgumentTypeError(f"{error}. Is it in quotes, as {_EXAMPLE}?") from error


def _add_argument(_cli: CLI, arg_group: Any, **_more: object) -> None:
    arg_group.add_argument(
        "--query",
        dest=_DESTINATION,
        metavar="JMESPATH",
        type=_expression,
        help="What of the result is shown, as an expression of JMESPath (https://jmespath.org). It can also stand last "
        "on the line, without --query.",
    )


def _expression(text: str) -> str:
    from localtrack.cli.query_evaluation import fault

    if len(text) > _MOST_CHARACTERS:
        raise ArgumentTypeError(f"the expression has {len(text):,} characters, and may have {_MOST_CHARACTERS:,}")
    if (found := fault(text)) is not None:
        shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
        raise ArgumentTypeError(f"{shown} is no expression of JMESPath: {found}")
    return text
