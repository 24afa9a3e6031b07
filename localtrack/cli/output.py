"""What the command prints as its result, and writes to ``--output-metadata-file``."""

from __future__ import annotations

import json
import re
import shutil
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import Any, TextIO

from knack import CLI
from knack.events import EVENT_INVOKER_POST_PARSE_ARGS, EVENT_INVOKER_TRANSFORM_RESULT, EVENT_PARSER_GLOBAL_CREATE
from knack.log import get_logger
from knack.output import OutputProducer, format_none, format_tsv
from knack.util import CLIError, CommandResultItem

from localtrack.cli.whole_file import fault, whole_file
from localtrack.exceptions import UserErrorException
from localtrack.printable import ORDERS, printable

_logger = get_logger(__name__)

_UNPRINTABLE_IN_JSON = re.compile(f"[{ORDERS}]")  # JSON escapes the rest itself
_NOT_ASCII = re.compile("[^\x00-\x7f]")


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
        formatter = _FORMATTERS[format_type]

        def make(item: CommandResultItem) -> str:
            try:
                return formatter(self.cli_ctx, item)
            except CLIError:
                raise
            except Exception as error:  # whatever it is: the command itself was done, which must be said
                what = printable(f"{type(error).__name__}: {error}")
                raise CLIError(
                    f"The command was done, but its result can't be shown as {format_type}: {what}."
                ) from error

        return make

    def out(self, obj: CommandResultItem, formatter: Callable[[CommandResultItem], str], out_file: TextIO) -> None:
        """Print a result."""
        text = formatter(obj)
        try:
            out_file.write(_encodable(text, out_file, self.cli_ctx.invocation.data["output"]))
            out_file.flush()
        except BrokenPipeError:
            pass  # the reader, such as `head`, has all it wants
        except OSError as error:
            raise CLIError(f"The command was done, but its result can't be printed: {error.strerror}.") from error

    def _take_argument(self, _cli: CLI, args: Namespace, **_more: object) -> None:
        self._file = args._metadata_file

    def _write_file(self, _cli: CLI, event_data: dict[str, Any], **_more: object) -> None:
        if self._file is None:
            return
        text = _json_text(event_data["result"])
        try:
            with whole_file(self._file) as file:
                file.write(text)
        except UserErrorException as error:
            raise CLIError(f"The command was done, but {error.message}") from error
        except OSError as error:
            raise CLIError(f"The command was done, but {self._file} could not be written: {error.strerror}.") from error


def writable_file(path: str) -> str:
    """Return the path that an argument was given.

    Raises:
        ArgumentTypeError: No file can be written there.
    """
    # Looked at before anything is done, since a run can't be taken back because of a mistyped name.
    if (found := fault(path)) is not None:
        raise ArgumentTypeError(found)
    return path


def _json(_cli: CLI, item: CommandResultItem) -> str:
    return _json_text(item.result)


def _json_in_color(cli: CLI, item: CommandResultItem) -> str:
    return _colored(cli, _json_text(item.result), "json")


def _yaml(_cli: CLI, item: CommandResultItem) -> str:
    from localtrack.cli.yaml_format import yaml_text

    return yaml_text(item.result)


def _yaml_in_color(cli: CLI, item: CommandResultItem) -> str:
    return _colored(cli, _yaml(cli, item), "yaml")


def _table(cli: CLI, item: CommandResultItem) -> str:
    from localtrack.cli.table_format import rows_of, table

    result, sort = item.result, not item.is_query_active
    if item.table_transformer and (not item.is_query_active or _is_part(result, item.raw_result)):
        result, sort = item.table_transformer(result), False
    if (rows := rows_of(result, sort=sort)) and not any(rows):
        raise CLIError("This result has nothing that fits in a table: choose its columns by --query, or -o json.")
    if not cli.out_file.isatty():
        return table(rows)
    more = "…" if _can_encode("…", cli.out_file) else "..."
    left_out: list[str] = []
    text = table(rows, shutil.get_terminal_size().columns, more, left_out)
    if left_out:
        _logger.warning("Not shown, since the terminal is too narrow: %s.", ", ".join(left_out))
    return text


def _tsv(_cli: CLI, item: CommandResultItem) -> str:
    text: str = format_tsv(CommandResultItem(_printable_value(item.result)))
    return text


def _none(_cli: CLI, item: CommandResultItem) -> str:
    text: str = format_none(item)
    return text


_FORMATTERS: dict[str, Callable[[CLI, CommandResultItem], str]] = {
    "json": _json,
    "jsonc": _json_in_color,
    "yaml": _yaml,
    "yamlc": _yaml_in_color,
    "table": _table,
    "tsv": _tsv,
    "none": _none,
}


def _json_text(result: Any) -> str:
    text = json.dumps(result, ensure_ascii=False, indent=2, sort_keys=True)
    return _UNPRINTABLE_IN_JSON.sub(_json_escape, text) + "\n"


def _json_escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1] if found[0] != "\x7f" else "\\u007f"


def _colored(cli: CLI, text: str, language: str) -> str:
    if not cli.enable_color:
        return text
    from pygments import highlight  # type: ignore[import-untyped]
    from pygments.formatters import TerminalFormatter  # type: ignore[import-untyped]
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]

    colored: str = highlight(text, get_lexer_by_name(language), TerminalFormatter())
    return colored


def _is_part(result: Any, whole: Any) -> bool:
    """Whether an expression has only chosen some of a result's items, and left them as they are."""
    if not isinstance(whole, list):
        return result is whole
    there = {id(each) for each in whole}
    return all(id(each) in there for each in (result if isinstance(result, list) else [result]))


def _encodable(text: str, file: TextIO, format_type: str) -> str:
    """Return a text without the characters that a terminal's old encoding lacks: they stand as escapes."""
    if _can_encode(text, file):
        return text
    if format_type in ("json", "jsonc"):
        return _NOT_ASCII.sub(_json_escape, text)
    return text.encode(file.encoding, "backslashreplace").decode(file.encoding)


def _can_encode(text: str, file: TextIO) -> bool:
    try:
        text.encode(file.encoding or "utf-8", file.errors or "strict")
    except UnicodeEncodeError:
        return False
    return True


def _add_argument(_cli: CLI, arg_group: Any, **_more: object) -> None:
    arg_group.add_argument(
        "--output-metadata-file",
        "-t",
        dest="_metadata_file",  # knack gives what begins with _ to no command
        metavar="FILE",
        type=writable_file,
        help="File that the result is written to as JSON, whatever is printed.",
    )


def _printable_value(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        # Of the same type: an ordered dictionary's columns are printed in its order.
        return type(value)((printable(str(key)), _printable_value(each)) for key, each in value.items())
    if isinstance(value, list):
        return [_printable_value(each) for each in value]
    return value
