"""What of a source folder belongs to a snapshot: everything but what is ignored, and no link is followed."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localtrack.exceptions import SnapshotException
from localtrack.executor import ignore_pattern

if TYPE_CHECKING:
    from pathspec.pattern import RegexPattern

_NEVER = frozenset(
    (".azureml", ".git", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__")
)

_MOST_BYTES = 1 << 20  # of an ignore file
_MOST_OF_PATTERN = 4096  # characters, as of a path
_MOST_SHOWN = 200

# At the top, a script's working folder has these as links to the run's own folders. A script that submits its folder
# for a child must not hand them on.
RUN_LINKS = ("outputs", "logs")


@dataclass
class SourceTree:
    """What was found in a source folder; names are relative and have ``/``.

    Args:
        ignore_file: The ignore file that counts, or the one to write if there is none.
        files: The regular files, with what ``lstat`` said of each.
        folders: The folders below it.
        links: The links, with their targets; one that leads out of the folder has its absolute target, so that it
            means the same in a copy.
    """

    ignore_file: str
    files: dict[str, os.stat_result] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)


def scan(top: str) -> SourceTree:
    """List a source folder without opening its files.

    Args:
        top: The folder, absolute and without links.

    Raises:
        SnapshotException: The ignore file has what is no pattern, or something can't be read.
    """
    ignore = _Ignore(top)
    tree = SourceTree(ignore.path)
    pending = [""]
    while pending:
        folder = pending.pop()
        path = os.path.join(top, folder)
        entries: list[os.DirEntry[str]] = []
        with suppress(FileNotFoundError), reading(path, ignore.path), os.scandir(path) as found:
            entries = list(found)
        if folder:
            if any(entry.name in ("pyvenv.cfg", "conda-meta") for entry in entries):
                continue  # a virtual environment
            tree.folders.append(folder)
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            with suppress(FileNotFoundError), reading(entry.path, ignore.path):  # gone again: not part of the snapshot
                is_folder = entry.is_dir(follow_symlinks=False)
                if entry.name in _NEVER or ignore.leaves_out(name, is_folder):
                    continue
                if is_folder:
                    pending.append(name)
                elif entry.name.endswith((".pyc", ".pyo")):
                    continue
                elif entry.is_symlink():
                    if name not in RUN_LINKS:
                        tree.links[name] = _target(top, path, os.readlink(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    tree.files[name] = entry.stat(follow_symlinks=False)
    return tree


@contextmanager
def reading(path: str, ignore_file: str) -> Iterator[None]:
    """Turn the failure to read a source's file or folder into an error that says what to do.

    Args:
        path: What is read.
        ignore_file: Where it could be listed instead.

    Raises:
        SnapshotException: It can't be read.
        FileNotFoundError: It is gone, which is for the caller to judge.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SnapshotException(
            f"{path} can't be read: {error.strerror}. Make it readable or list it in {ignore_file}.", error
        ) from error


def _target(top: str, folder: str, target: str) -> str:
    path = os.path.join(folder, target)
    ends = [os.path.normpath(path)]
    if ".." in target.lstrip("./").split("/"):  # behind another link, '..' is not what the text says
        ends.append(os.path.realpath(path))
    inside = all(end == top or end.startswith(os.path.join(top, "")) for end in ends)
    return target if inside else ends[-1]


class _Ignore:
    """The rules of the one ignore file that counts, applied to one entry at a time, as git does.

    pathspec's own matching also lets a pattern decide about what lies below the entry that it names, and guesses
    which of two such decisions git would prefer (``*`` with ``!*/`` comes out wrong). Here folders that are left out
    are never entered, so a pattern is asked about the entry itself only.
    """

    def __init__(self, top: str) -> None:
        self.path = os.path.join(top, ".amlignore")
        self._rules: list[tuple[bool, bool, bool, re.Pattern[str]]] = []
        for path in (self.path, os.path.join(top, ".gitignore")):
            if os.path.isfile(path):
                self.path = path
                self._load()
                return

    def leaves_out(self, name: str, is_folder: bool) -> bool:
        base = name.rpartition("/")[2]
        for left_out, anchored, folders_only, pattern in self._rules:
            if folders_only and not is_folder:
                continue
            text = (name if anchored else base) + ("/" if folders_only else "")
            match = pattern.search(text)
            # pathspec's one group is the slash behind what the pattern names: further left, that is a parent
            if match and (match.lastindex is None or match.end(match.lastindex) == len(text)):
                return left_out
        return False

    def _load(self) -> None:
        from pathspec import GitIgnoreSpec

        with reading(self.path, self.path), open(self.path, "rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise SnapshotException(
                f"{self.path} has more than {_MOST_BYTES} bytes, so it is hardly an ignore file: move it away."
            )
        lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
        for line in map(os.fsdecode, reversed(lines)):
            try:
                if len(line) > _MOST_OF_PATTERN and not line.startswith("#"):
                    raise ValueError(f"it has {len(line)} characters")
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", FutureWarning)  # of what '[[' may mean some day
                    self._add(line, GitIgnoreSpec.from_lines([line]).patterns)
            except (ValueError, re.error) as error:
                raise SnapshotException(
                    f"{self.path} has {line[:_MOST_SHOWN]!r}, which is no pattern: {str(error)[:_MOST_SHOWN]}.", error
                ) from error

    def _add(self, line: str, patterns: Iterable[RegexPattern]) -> None:
        text = line.removeprefix("!").rstrip(" ")
        for pattern in patterns:
            if pattern.include is not None and pattern.regex is not None:
                compiled = re.compile(ignore_pattern.without_backtracking(pattern.regex.pattern))
                self._rules.append((pattern.include, "/" in text[:-1], text.endswith("/"), compiled))
