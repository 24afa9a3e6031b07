"""What reading a hostile file may come to: an answer, or a short error that names it; and nothing else."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localtrack.exceptions import AzureMLException

MOST_CHARACTERS = 2000  # of a message


@pytest.fixture
def answered() -> Callable[..., Any]:
    """Call what reads a file, and return what it returns, or the error with which it refuses."""

    def call(read: Callable[[], Any], *names: str) -> Any:
        before = _state()
        try:
            answer = read()
        except AzureMLException as error:
            answer = error
            text = str(error)
            assert not names or any(name in text for name in names), text
            assert len(text) < MOST_CHARACTERS and len(text.splitlines()) <= 4, text
        assert _state() == before
        return answer

    return call


def _state() -> dict[str, tuple[int, int]]:
    return {
        str(path): (facts.st_size, facts.st_mtime_ns)
        for path in Path().rglob("*")
        for facts in [os.lstat(path)]
        if not path.is_dir()
    }
