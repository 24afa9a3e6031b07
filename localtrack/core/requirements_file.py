"""pip's requirements files, as lines that mean the same wherever an environment is built."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import count

from localtrack.exceptions import RunConfigurationException
from localtrack.yaml_file import read_text, wrong_line

_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"(--[A-Za-z-]+(?=[=\s]|$)|-[A-Za-z])[=\s]*(.*)")
_INCLUDE = ("-r", "--requirement")
_ELSEWHERE = ("-c", "--constraint", "-e", "--editable")
_MOST_FILES = 20  # each in the one before
_MOST_INCLUDES = 200


def read(path: str | os.PathLike[str]) -> list[str]:
    """Return what a requirements file asks for, with the files that it includes; no comments.

    Raises:
        UserErrorException: A file can't be read.
        RunConfigurationException: A line means something only in this folder; the message names it.
    """
    return [*_lines(os.fspath(path), (), count())]


def _lines(path: str, above: tuple[str, ...], files: Iterator[int]) -> Iterator[str]:
    text = read_text(path)
    if len(above) == _MOST_FILES or os.path.realpath(path) in above:
        raise RunConfigurationException(f"{path} is included by itself, or {_MOST_FILES} files deep.")
    if next(files) > _MOST_INCLUDES:
        raise RunConfigurationException(f"{path} is one of more than {_MOST_INCLUDES} files that are included.")
    for number, line in _logical_lines(text):
        if any(ord(char) < 32 for char in line):
            raise wrong_line(path, number, f"{line!r} has a control character")
        option = _OPTION.fullmatch(line)
        name = option[1] if option else ""
        if option and name in _INCLUDE:
            included = os.path.join(os.path.dirname(path), option[2])
            if not os.path.isfile(included):
                raise wrong_line(path, number, f"{name} names {option[2]!r}, and there is no such file")
            yield from _lines(included, (*above, os.path.realpath(path)), files)
            continue
        if name in _ELSEWHERE:
            raise wrong_line(path, number, f"{name} can't be kept: list the packages with their versions instead")
        if not option and _is_path(line):
            raise wrong_line(
                path, number, f"{line!r} is a path: give a package's name, or an address such as 'name @ file:///...'"
            )
        yield line


def _is_path(line: str) -> bool:
    """Whether pip would take a line for a file or folder."""
    return "://" not in line and (line.startswith((".", "~")) or "/" in line or line.endswith((".whl", ".gz", ".zip")))


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are no comments, those that end in a backslash with the next, and their numbers."""
    begun, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first or number
        if line.rstrip().endswith("\\") and not line.lstrip().startswith("#"):
            begun += line.rstrip()[:-1]
            continue
        whole = _COMMENT.sub("", begun + line).replace("\t", " ").strip()
        if whole:
            yield first, whole
        begun, first = "", 0
    if begun.strip():
        yield first, begun.strip()
