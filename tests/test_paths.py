"""Names are data: they stay inside, whatever they look like."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localtrack.exceptions import UserErrorException
from localtrack.paths import Layout, check_artifact_name, contained, is_artifact_name


@given(st.text())
def test_a_name_that_passes_stays_below_its_folder(name: str) -> None:
    try:
        checked = check_artifact_name(name)
    except UserErrorException:
        assert not is_artifact_name(name)
        return
    root = os.path.join(os.sep, "root", "run")
    path = os.path.normpath(os.path.join(root, checked))
    assert path.startswith(root + os.sep)
    assert check_artifact_name(checked) == checked


@pytest.mark.parametrize(("name", "spelling"), [("./outputs/x", "outputs/x"), ("a//b/./c", "a/b/c"), ("a\\b", "a/b")])
def test_one_spelling(name: str, spelling: str) -> None:
    assert check_artifact_name(name) == spelling


def test_a_sibling_with_the_same_beginning_is_outside(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run-secret").mkdir()
    with pytest.raises(UserErrorException, match="leads out of"):
        contained(str(tmp_path / "run"), "../run-secret")


def test_a_workspace_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert Layout(tmp_path / "link").root == str(tmp_path / "real")
