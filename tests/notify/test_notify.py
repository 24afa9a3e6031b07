"""The way in for alerts: a project that has rules hears that they are not used yet."""

import warnings
from pathlib import Path

import pytest

from localtrack.core import Experiment, Workspace


def test_rules_that_are_not_used_are_named(workspace: Workspace) -> None:
    Path(workspace._layout.root, "notifications.yml").write_text("rules: []")
    run = Experiment(workspace, "e").start_logging(outputs=False)
    with pytest.warns(UserWarning, match=r"no alerts yet; notifications\.yml"):
        run.complete()
    assert run.get_status() == "Completed"


def test_nothing_is_said_without_rules(workspace: Workspace) -> None:
    run = Experiment(workspace, "e").start_logging(outputs=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.complete()
