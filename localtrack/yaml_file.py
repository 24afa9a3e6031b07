"""YAML files that people write: read with limits, and refused with the line of the first fault.

Plain values are read as YAML 1.2 reads them: ``no`` and ``on`` are texts, ``010`` is ten, a date is a text.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from typing import Any, ClassVar

import yaml

from localtrack.exceptions import RunConfigurationException, UserErrorException

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

Key = str | int

MOST_BYTES = 1 << 20
MOST_DEPTH = 50
_MOST_DIGITS = 1000  # Python writes no longer ones than of 4300
_MOST_SHOWN = 500  # of what is wrong, in a message
_CORE = "tag:yaml.org,2002:"


def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the mapping that a YAML file is.

    Raises:
        UserErrorException: The file can't be read.
        RunConfigurationException: It is no such YAML, or too large; the message names the file and the line.
    """
    return loads(read_text(path), os.fspath(path))


def loads(text: str, path: str) -> dict[str, Any]:
    """Return the mapping that the text of a YAML file is.

    Args:
        text: The text.
        path: What messages call the file.

    Raises:
        RunConfigurationException: It is no such YAML; the message names the file and the line.
    """
    try:
        _check_events(text, path)
        content = yaml.load(text, _Loader)  # noqa: S506  it is a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise wrong_line(path, mark.line + 1 if mark else None, said) from error
    except yaml.YAMLError as error:
        raise wrong_line(path, None, str(error)) from error
    if content is None:
        raise wrong_line(path, None, "the file is empty")
    if not isinstance(content, dict):
        raise wrong_line(path, 1, "there must be keys and values, such as 'name: value'")
    return content


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a file that a person wrote.

    Raises:
        UserErrorException: The file can't be read.
        RunConfigurationException: It is too large, or no text.
    """
    try:
        # A pipe that lies where a file should must not be waited for.
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
                raise UserErrorException(f"{os.fspath(path)} can't be read: it is a pipe, not a file.")
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UserErrorException(f"{os.fspath(path)} can't be read: {error.strerror}.", error) from error
    except ValueError as error:  # a NUL or a lone surrogate
        raise UserErrorException(f"{os.fspath(path)!r} can't be the path of a file: {error}.", error) from error
    if len(content) > MOST_BYTES:
        raise wrong_line(path, None, f"the file has more than {MOST_BYTES} bytes, so it is hardly the right one")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise wrong_line(path, line, f"byte {error.start} is no UTF-8") from error


def line_of(node: yaml.Node | None, keys: Sequence[Key]) -> int | None:
    """Return the line where a value stands, or the last of the keys on the way to it that is there.

    Args:
        node: What `compose` has made of the text.
        keys: The way to the value from the top: keys of mappings and places in lists.
    """
    return _line(node, keys)


def compose(text: str) -> yaml.Node | None:
    """Return the nodes of a text that `loads` has taken, with the places where they stand."""
    node: yaml.Node | None = yaml.compose(text, _Loader)
    return node


def dump(document: Any) -> str:
    """Return the YAML of a document that JSON can hold, its keys in their order."""
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True)
    return text


def write(path: str | os.PathLike[str], text: str) -> None:
    """Write a file, whole or not at all.

    Raises:
        UserErrorException: It can't be written; what was there is left as it was.
    """
    temporary = f"{os.fspath(path)}.{os.getpid()}.new"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise UserErrorException(f"{os.fspath(path)} can't be written: {error.strerror}.", error) from error


def wrong(path: str | os.PathLike[str], keys: Sequence[Key], fault: str) -> RunConfigurationException:
    """Return the error for a value in a YAML or JSON file that means nothing, with the line where it stands.

    Args:
        path: The file.
        keys: The way to the value from the top: keys of mappings and places in lists.
        fault: What is wrong with it.
    """
    return wrong_line(path, line(path, keys), fault)


def line(path: str | os.PathLike[str], keys: Sequence[Key]) -> int | None:
    """Return the line of a value in a YAML or JSON file, or of the nearest above it that is there.

    Args:
        path: The file.
        keys: The way to the value from the top: keys of mappings and places in lists.
    """
    try:
        text = read_text(path)
        _check_events(text, os.fspath(path))
        node = yaml.compose(text, _Loader)
    except (yaml.YAMLError, UserErrorException, RunConfigurationException):
        return None  # JSON that is no YAML, or the file has changed
    return _line(node, keys)


def wrong_line(path: str | os.PathLike[str], line: int | None, fault: str) -> RunConfigurationException:
    """Return the error for a line of a file that means nothing, or for the whole file if there is no line."""
    shown = fault if len(fault) <= _MOST_SHOWN else f"{fault[:_MOST_SHOWN]}..."
    return RunConfigurationException(f"{place(path, line)}: {shown}. The file was left as it is.")


def place(path: str | os.PathLike[str], line: int | None) -> str:
    """Return what messages call a line of a file, or the whole file if there is no line."""
    return os.fspath(path) if line is None else f"{os.fspath(path)}, line {line}"


def _line(node: yaml.Node | None, keys: Sequence[Key]) -> int | None:
    """Return the line of the last of some keys that is there."""
    if node is None:
        return None
    line = node.start_mark.line + 1
    for key in keys:
        below = None
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                if name.value == key:
                    below, line = value, name.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            below = node.value[key]
            line = below.start_mark.line + 1
        if below is None:
            break
        node = below
    return line


def _check_events(text: str, path: str) -> None:
    """Refuse what can make a small file a large or deep document, before anything is made of it."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise wrong_line(path, line, "anchors (&) and aliases (*) can't be used here: write the value out")
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in _TAGS:
            raise wrong_line(path, line, f"the tag {tag!r} can't be used here: leave it out")
        if isinstance(event, yaml.ScalarEvent) and not _is_of_its_tag(event):
            raise wrong_line(path, line, f"{event.value!r} has the tag {tag!r}, and is none")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_DEPTH:
            raise wrong_line(path, line, f"values are nested deeper than {MOST_DEPTH} levels")


def _is_of_its_tag(event: yaml.ScalarEvent) -> bool:
    """Whether a value is of the type that its tag says."""
    kind = (event.tag or "").removeprefix(_CORE)
    pattern = next((each for name, each, _ in _PLAIN if name == kind), None)
    return pattern is None or re.fullmatch(pattern, event.value) is not None


_TAGS = {"!", *(_CORE + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))}
_PLAIN = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
)


class _Loader(_SafeLoader):
    """Reads plain values as YAML 1.2 does, and no key twice."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}  # type: ignore[misc]

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for name, _ in node.value:
            if not isinstance(name, yaml.ScalarNode) or name.tag != f"{_CORE}str":
                raise yaml.MarkedYAMLError(problem="a key must be a text", problem_mark=name.start_mark)
            if name.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {name.value!r} is there twice", problem_mark=name.start_mark
                )
            seen.add(name.value)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        text = self.construct_scalar(node)
        if len(text) > _MOST_DIGITS:
            raise yaml.MarkedYAMLError(problem=f"a number may have {_MOST_DIGITS} digits", problem_mark=node.start_mark)
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


class _Dumper(yaml.SafeDumper):
    """Writes quotes wherever either version of YAML needs them, and no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  PyYAML asks for each value
        return True

    def represent_text(self, data: str) -> yaml.ScalarNode:
        # As they are, readers would take these for the end of a line.
        style = '"' if any(each in data for each in "\x85\u2028\u2029") else None
        return self.represent_scalar(f"{_CORE}str", data, style)


for _name, _pattern, _first in _PLAIN:
    for _kind in (_Loader, _Dumper):
        _kind.add_implicit_resolver(f"{_CORE}{_name}", re.compile(rf"^(?:{_pattern})$"), list(_first))
_Loader.add_constructor(f"{_CORE}int", _Loader.construct_yaml_int)
_Dumper.add_representer(str, _Dumper.represent_text)
