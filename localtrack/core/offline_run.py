"""The run of a program that nobody submitted: recorded like any other."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import uuid
from types import TracebackType
from typing import Any, NoReturn

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
    """Return this process's offline run, the same at each call; it is started by the first.

    A forked worker has its parent's run: it logs to it, and does not end it.
    """
    global _run
    with _guard:
        if _run is None:
            _run = _start()
        return _run


def _start() -> _OfflineRun:
    from localtrack.core.experiment import Experiment

    workspace = _workspace()
    started = start(Experiment(workspace, EXPERIMENT), run_id=f"OfflineRun_{uuid.uuid4()}", outputs=False)
    run = _OfflineRun(started.experiment, started.id)
    print(f"localtrack: recording {run.id} in {workspace._layout.project}", file=sys.stderr)
    _end_with_the_program(run)
    return run


def _end_with_the_program(run: Run) -> None:
    """Complete a run when this process ends well, and fail it with what ends it."""
    pid, hook, leave = os.getpid(), sys.excepthook, sys.exit
    error: BaseException | None = None

    def note(kind: type[BaseException], value: BaseException, traceback: TracebackType | None) -> None:
        nonlocal error
        error = value
        hook(kind, value, traceback)

    def note_exit(code: Any = None) -> NoReturn:
        # Nothing else tells the functions at exit with what code a program ends.
        nonlocal error
        error = None if code in (None, 0) else SystemExit(code)
        leave(code)

    def end() -> None:
        if os.getpid() == pid and run.get_status() not in TERMINAL:
            run.complete() if error is None else run.fail(error)

    sys.excepthook, sys.exit = note, note_exit
    atexit.register(end)


def _workspace() -> Workspace:
    try:
        return Workspace.from_config(config.find(None))
    except UserErrorException:
        layout = registry.default()
        os.makedirs(layout.project, exist_ok=True)
        identity = Identity(config.NO_SUBSCRIPTION, config.NO_RESOURCE_GROUP, "default")
        return make(layout.project, identity, exist_ok=True)


_guard = threading.RLock()
_run: Run | None = None
