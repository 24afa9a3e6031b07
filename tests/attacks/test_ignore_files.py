"""Ignore files that others wrote: patterns mean what git makes of them, and none takes for ever."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack.exceptions import (
    SnapshotException,
)
from localtrack.executor import source

Answered = Callable[..., Any]

fuzz = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(name: str, content: bytes | str) -> None:
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())


@fuzz
@given(lines=st.lists(st.one_of(st.text("ab*?/!#[]^-\\ .{}", max_size=12).map(str.encode), st.binary(max_size=6))))
def test_an_ignore_file(answered: Answered, lines: list[bytes]) -> None:
    os.makedirs("source/a/b", exist_ok=True)
    for name in ("source/a/a", "source/b", "source/a/b/ab.a"):
        Path(name).touch()
    written("source/.amlignore", b"\n".join(lines))
    found = answered(lambda: source.scan(os.path.realpath("source")), ".amlignore")
    assert isinstance(found, source.SourceTree | SnapshotException)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "pattern", ["*a" * 30 + "*b", "*?" * 40 + "b", "**/a/" * 20 + "b", "a/**/" * 20 + "b", "a*/" * 30]
)
def test_an_ignore_pattern_of_many_stars_is_answered(pattern: str) -> None:
    os.makedirs("source/" + "/".join("a" * 100))
    written("source/" + "a" * 250, "")
    written("source/.gitignore", pattern)
    assert "a" * 250 in source.scan(os.path.realpath("source")).files


@pytest.mark.parametrize("pattern", ["[z-a]", "[a--b]", "x" * 5000])
def test_an_ignore_pattern_that_is_none(answered: Answered, pattern: str) -> None:
    os.mkdir("source")
    written("source/.amlignore", pattern)
    assert isinstance(answered(lambda: source.scan(os.path.realpath("source")), ".amlignore"), SnapshotException)


@pytest.mark.parametrize(
    "pattern",
    [
        "*a*b",
        "a*b*/c",
        "**/a/**/b",
        "a/**/b/**/c",
        "*/*b*a",
        "a**b*",
        "[!b]*a*",
        "/a[!x]b",
        "**/*a/b*",
        "a?*?b",
        "*.a*",
    ],
)
def test_stars_mean_what_git_makes_of_them(pattern: str) -> None:
    names = {
        f"{one}/{two}/{three}" for one in ("a", "ab", "aab") for two in ("a", "b.a", "cab") for three in ("c", "b.ab")
    }
    for name in sorted(names):
        Path("source", name).parent.mkdir(parents=True, exist_ok=True)
        Path("source", name).touch()
    written("source/.gitignore", pattern)
    git = ["git", "-C", "source"]
    subprocess.run([*git, "init", "-q"], check=True)
    listed = subprocess.run([*git, "ls-files", "-oz", "--exclude-standard"], check=True, capture_output=True, text=True)
    assert sorted(source.scan(os.path.realpath("source")).files) == sorted(listed.stdout.split("\0")[:-1])
