"""A workspace for one test, and what means it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localtrack.core import Run, Workspace, offline_run
from localtrack.core.offline_place import MODE_VARIABLE
from localtrack.dropin import install_as_azureml
from localtrack.paths import OFFLINE_RUN_VARIABLE, ROOT_VARIABLE, RUN_ID_VARIABLE
from localtrack.store.status import TERMINAL
from localtrack.store.store import close_store
from localtrack.testing.kept_workers import end_kept_workers
from localtrack.user_folders import HOME_VARIABLE

# What would make `Run.get_context` return another run than the test's.
_FOREIGN = (RUN_ID_VARIABLE, ROOT_VARIABLE, MODE_VARIABLE, OFFLINE_RUN_VARIABLE, "AZUREML_RUN_ID")
_HOME = "home"


@contextmanager
def isolated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Give an empty workspace in a folder, which is the working folder meanwhile, as if there were no others.

    Args:
        folder: A folder for this test alone.
        monkeypatch: Of the test; it takes back what is changed.
    """
    project = folder / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setenv(HOME_VARIABLE, str(folder.resolve() / _HOME))
    for name in _FOREIGN:
        monkeypatch.delenv(name, raising=False)
    end_kept_workers()
    with offline_run.apart():
        workspace = Workspace.create(name="test")
        try:
            yield workspace
        finally:
            offline_run.end()
            close_store(workspace._layout)
            end_kept_workers()


def home(workspace: Workspace) -> str:
    """Return where the user's files are during the test of a workspace: what its processes are known by."""
    return os.path.join(os.path.dirname(workspace._layout.project), _HOME)


@contextmanager
def as_azureml(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have ``azureml`` mean localtrack, also in new processes, as long as this lasts.

    Args:
        monkeypatch: Of the test; it takes back what is changed of the environment.
    """
    monkeypatch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))  # so that what it becomes is taken back
    monkeypatch.setattr(sys, "path", [*sys.path])
    finders = [*sys.meta_path]
    names = _azureml_names()
    install_as_azureml()
    try:
        yield
    finally:
        sys.meta_path[:] = [
            each for each in sys.meta_path if each in finders or not type(each).__module__.startswith("localtrack")
        ]
        for name in _azureml_names() - names:
            del sys.modules[name]


def complete_if_open(run: Run) -> None:
    """Complete a run, unless it has ended or was deleted."""
    record = run._store.runs.get(run.id)
    if record is not None and record.status not in TERMINAL:
        run.complete()


def _azureml_names() -> set[str]:
    return {name for name in sys.modules if name.partition(".")[0] == "azureml"}
