"""The fixture that users of localtrack have in their own tests."""

import os

from localtrack.core import Workspace


def test_a_workspace_of_its_own(localtrack_workspace: Workspace, tmp_path) -> None:
    assert os.getcwd() == str(tmp_path / "project")
    assert Workspace.from_config().get_details()["path"] == localtrack_workspace.get_details()["path"]
    assert os.environ["LOCALTRACK_HOME"].startswith(str(tmp_path))
