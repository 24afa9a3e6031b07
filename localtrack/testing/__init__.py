"""The pytest plugin: fixtures for tests of programs that track.

Loaded with pytest in every project that has localtrack installed, so it imports nothing until a fixture is asked for.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False  # as type checkers read it, without the import of typing
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path
    from typing import Any

    from localtrack.core import Experiment, Run, Workspace
    from localtrack.testing.submitting import Submit

UNCHECKED = "localtrack_unchecked"

_PASSED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Have the plugin's marker known."""
    config.addinivalue_line(
        "markers", f"{UNCHECKED}: the test may leave open runs or processes in its localtrack workspace"
    )


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Note whether the test itself has passed: one that has failed, or was skipped halfway, could not tidy up."""
    outcome = yield
    if call.when == "call" and "localtrack_workspace" in getattr(item, "fixturenames", ()):
        item.stash[_PASSED] = outcome.get_result().passed


@pytest.fixture
def localtrack_workspace(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """Give an empty workspace in a temporary folder, which is the working folder while the test runs.

    It is the one that `Workspace.from_config` finds and that `Run.get_context` records in, each test in a run of its
    own, and nothing of it is noted outside of the temporary folder. The test must leave no open run, no process and
    nothing that can't be read, unless it has the marker ``localtrack_unchecked``.
    """
    from localtrack.testing.leftovers import removed
    from localtrack.testing.workspace import isolated

    with isolated(tmp_path, monkeypatch) as workspace:
        yield workspace
        if request.node.get_closest_marker(UNCHECKED) is not None:
            return
        left = removed(workspace)
    if left and request.node.stash.get(_PASSED, False):
        pytest.fail("\n".join(["The test has left in its localtrack workspace:", *left]), pytrace=False)


@pytest.fixture
def localtrack_experiment(localtrack_workspace: Workspace) -> Experiment:
    """Give an experiment of `localtrack_workspace`."""
    from localtrack.core import Experiment

    return Experiment(localtrack_workspace, "test")


@pytest.fixture
def localtrack_run(localtrack_experiment: Experiment) -> Iterator[Run]:
    """Give a running run of `localtrack_experiment`; it is completed after the test, if the test has not ended it."""
    from localtrack.testing.workspace import complete_if_open

    run = localtrack_experiment.start_logging(outputs=False)
    yield run
    complete_if_open(run)


@pytest.fixture
def azureml_run_context(
    localtrack_workspace: Workspace,  # noqa: ARG001 - where the run is recorded
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Run]:
    """Give the run that `Run.get_context` returns during the test, under the name ``azureml``, too.

    Also in the processes that the test starts.
    """
    from localtrack.testing.workspace import as_azureml

    with as_azureml(monkeypatch):
        from localtrack.core import Run

        yield Run.get_context()


@pytest.fixture
def submit(localtrack_experiment: Experiment) -> Submit:
    """Give a function that submits a `ScriptRunConfig` and waits for its end, with a time limit.

    ``submit(config, timeout=60, raise_on_error=True, experiment=localtrack_experiment)`` returns the run. A run that
    takes longer is canceled, and the test fails with the end of its log.
    """
    from localtrack.testing.submitting import Submit

    return Submit(localtrack_experiment)
