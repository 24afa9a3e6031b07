"""The fixture that users of localtrack have in their own tests."""

import os
import sys

import pytest

from localtrack.core import Run, Workspace

HOOK, EXIT = sys.excepthook, sys.exit


@pytest.mark.parametrize("number", [1, 2])
def test_an_offline_run_of_each_test_s_own(localtrack_workspace: Workspace, number: int) -> None:
    run = Run.get_context()
    run.log("number", number)
    assert Run.get_context() is run
    assert [each.get_metrics() for each in localtrack_workspace.experiments["offline"].get_runs()] == [
        {"number": number}
    ]


def test_no_hooks_of_an_offline_run_are_left(localtrack_workspace: Workspace) -> None:
    assert sys.excepthook is HOOK and sys.exit is EXIT


def test_a_workspace_of_its_own(localtrack_workspace: Workspace, tmp_path) -> None:
    assert os.getcwd() == str(tmp_path / "project")
    assert Workspace.from_config().get_details()["path"] == localtrack_workspace.get_details()["path"]
    assert os.environ["LOCALTRACK_HOME"].startswith(str(tmp_path))
