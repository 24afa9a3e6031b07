"""The pytest plugin: fixtures for tests of programs that track.

Loaded with pytest in every project that has localtrack installed, so it imports nothing until a fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from localtrack.core import Workspace


@pytest.fixture
def localtrack_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Give an empty workspace in a temporary folder, which is the working folder while the test runs.

    It is the one that `Workspace.from_config` finds and that `Run.get_context` records in, each test in a run of its
    own, and nothing of it is noted outside of the temporary folder.
    """
    from localtrack.core import Workspace, offline_run
    from localtrack.store.store import close_store

    offline_run.end()  # of a test before, or of the program that runs the tests
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    workspace = Workspace.create(name="test")
    yield workspace
    offline_run.end()
    close_store(workspace._layout)
