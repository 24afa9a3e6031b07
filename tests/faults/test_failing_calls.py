"""Whatever call of the operating system fails, at whatever moment, there is a clear error, and nothing is half done."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # the modules beside this one
from shims import CAN_BUILD, answers, library

pytestmark = pytest.mark.skipif(not CAN_BUILD, reason="calls are made to fail by a library built by cc")


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return library("failing", tmp_path_factory.mktemp("shim"))


# Every n-th call is tried by `faults.py`; here, as many as a test run has time for.
@pytest.mark.parametrize(
    ("operation", "kind", "error", "again", "step"),
    [
        ("track_a_run", "write", "ENOSPC", False, 7),
        ("track_a_run", "open", "EMFILE", True, 3),
        ("make_children", "fsync", "EIO", False, 2),
        ("keep_files", "write", "ENOSPC", True, 8),
        ("keep_files", "rename", "EIO", False, 2),
        ("register_a_model", "open", "EMFILE", False, 5),
        ("make_a_workspace", "write", "ENOSPC", False, 12),
        ("make_a_workspace", "open", "EROFS", False, 5),  # which SQLite answers by opening for reading
        ("submit", "write", "ENOSPC", False, 9),
        ("delete", "unlink", "EIO", False, 1),
    ],
)
def test_a_call_that_fails(shim: Path, tmp_path: Path, operation: str, kind: str, error: str, again: bool, step: int):
    for answer in answers(shim, tmp_path, operation, kind, error, again=again, step=step):
        assert "unclear" not in answer["outcome"], answer
        assert answer["after"] == [], answer
