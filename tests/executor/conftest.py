"""Scripts to submit, and what is left of them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from localtrack.core import Experiment, ScriptRun, ScriptRunConfig, Workspace


@pytest.fixture
def submit(workspace: Workspace, tmp_path: Path, wait_until: Callable[..., None]) -> Iterator[Callable[..., ScriptRun]]:
    """Submit a script by its text. At the end no process of this workspace may be left."""
    source = tmp_path / "source"
    source.mkdir()
    runs = []

    def submit_script(text: str, *arguments: object, parent: object = None, **options: object) -> ScriptRun:
        (source / "script.py").write_text(text)
        config = ScriptRunConfig(str(source), script="script.py", arguments=list(arguments), **options)  # type: ignore[arg-type]
        run = Experiment(workspace, "e").submit(config) if parent is None else parent.submit_child(config)  # type: ignore[attr-defined]
        runs.append(run)
        return run

    yield submit_script
    for run in runs:
        if run.get_status() not in ("Completed", "Failed", "Canceled"):
            run.cancel()
    wait_until(lambda: not processes_of(workspace))


@pytest.fixture
def wait_until_idle(workspace: Workspace, wait_until: Callable[..., None]) -> Callable[[], None]:
    """Wait until no supervisor is left, and so nothing of a run is still to come."""
    return lambda: wait_until(lambda: not processes_of(workspace))


def processes_of(workspace: Workspace) -> list[str]:
    """Return the command lines of the processes that work for a workspace."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and workspace._layout.root in " ".join(process.cmdline()) + process.cwd():
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found
