"""The run of a program that nobody submitted: recorded like any other."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import uuid
from types import TracebackType

from localtrack.core import config, registry
from localtrack.core.config import Identity
from localtrack.core.run import Run
from localtrack.core.runs import start
from localtrack.core.workspace import Workspace, make
from localtrack.exceptions import UserErrorException
from localtrack.store.status import TERMINAL

EXPERIMENT = "offline"


class _OfflineRun(Run):
    """What `Run.get_context` gives outside of a submitted script (the SDK's class of that name).

    Recorded in the workspace of the working folder, or in this user's default workspace. It completes when the
    program ends, and fails with the exception that ends it.
    """


def offline() -> Run:
    """Return this process's offline run, the same at each call; it is started by the first."""
    with _guard:
        if _runs.get(os.getpid()) is None:
            _runs.clear()
            _runs[os.getpid()] = _start()
        return _runs[os.getpid()]


def _start() -> _OfflineRun:
    from localtrack.core.experiment import Experiment

    workspace = _workspace()
    started = start(Experiment(workspace, EXPERIMENT), run_id=f"OfflineRun_{uuid.uuid4()}", outputs=False)
    run = _OfflineRun(started.experiment, started.id)
    print(f"localtrack: recording {run.id} in {workspace._layout.project}", file=sys.stderr)
    pid, hook = os.getpid(), sys.excepthook

    def note(kind: type[BaseException], value: BaseException, traceback: TracebackType | None) -> None:
        if os.getpid() == pid:
            _end(run, value)
        hook(kind, value, traceback)

    sys.excepthook = note
    atexit.register(lambda: _end(run, None) if os.getpid() == pid else None)
    return run


def _end(run: Run, error: BaseException | None) -> None:
    if run.get_status() not in TERMINAL:
        run.complete() if error is None else run.fail(error)


def _workspace() -> Workspace:
    try:
        return Workspace.from_config(config.find(None))
    except UserErrorException:
        layout = registry.default()
        os.makedirs(layout.project, exist_ok=True)
        identity = Identity(config.NO_SUBSCRIPTION, config.NO_RESOURCE_GROUP, "default")
        return make(layout.project, identity, exist_ok=True)


_guard = threading.RLock()
_runs: dict[int, _OfflineRun] = {}
