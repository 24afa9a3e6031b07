"""What the command prints as its result, and writes to ``--output-metadata-file``."""

from __future__ import annotations

import os
import re
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import Any

from knack import CLI
from knack.events import EVENT_INVOKER_POST_PARSE_ARGS, EVENT_INVOKER_TRANSFORM_RESULT, EVENT_PARSER_GLOBAL_CREATE
from knack.output import OutputProducer, format_json
from knack.util import CLIError, CommandResultItem

from localtrack.printable import ORDERS, printable

_UNPRINTABLE_IN_JSON = re.compile(f"[{ORDERS}]")  # JSON escapes the rest itself


class Output(OutputProducer):  # type: ignore[misc]
    """Knack's output, with names and tags that can't give orders to the terminal, and with a file for the result."""

    def __init__(self, cli_ctx: CLI) -> None:
        super().__init__(cli_ctx)
        self._file: str | None = None
        cli_ctx.register_event(EVENT_PARSER_GLOBAL_CREATE, _add_argument)
        cli_ctx.register_event(EVENT_INVOKER_POST_PARSE_ARGS, self._take_argument)
        cli_ctx.register_event(EVENT_INVOKER_TRANSFORM_RESULT, self._write_file)

    def get_formatter(self, format_type: str) -> Callable[[CommandResultItem], str]:
        """Return what makes the text of a result."""
        formatter: Callable[[CommandResultItem], str] = super().get_formatter(format_type)
        if format_type in ("table", "tsv"):
            return lambda item: formatter(_printable_item(item))
        if format_type in ("json", "jsonc"):
            return lambda item: _UNPRINTABLE_IN_JSON.sub(_json_escape, formatter(item))
        return formatter

    def _take_argument(self, _cli: CLI, args: Namespace, **_more: object) -> None:
        self._file = args._metadata_file

    def _write_file(self, _cli: CLI, event_data: dict[str, Any], **_more: object) -> None:
        if self._file is None:
            return
        try:
            with open(self._file, "w", encoding="utf-8") as file:
                file.write(format_json(CommandResultItem(event_data["result"])))
        except OSError as error:
            raise CLIError(f"The command was done, but {self._file} could not be written: {error.strerror}.") from error


def _add_argument(_cli: CLI, arg_group: Any, **_more: object) -> None:
    arg_group.add_argument(
        "--output-metadata-file",
        "-t",
        dest="_metadata_file",  # knack gives what begins with _ to no command
        metavar="FILE",
        type=_file_in_folder,
        help="File that the result is written to as JSON, whatever is printed.",
    )


def _file_in_folder(path: str) -> str:
    # Looked at before anything is done, since a run can't be taken back because of a mistyped name.
    if os.path.isdir(path) or not os.path.isdir(os.path.dirname(os.path.abspath(path))):
        raise ArgumentTypeError(f"{path} can't be a file: give a name in a folder that exists")
    return path


def _printable_item(item: CommandResultItem) -> CommandResultItem:
    item.result = _printable_value(item.result)
    return item


def _printable_value(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        # Of the same type: an ordered dictionary's columns are printed in its order.
        return type(value)((printable(str(key)), _printable_value(each)) for key, each in value.items())
    if isinstance(value, list):
        return [_printable_value(each) for each in value]
    return value


def _json_escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
