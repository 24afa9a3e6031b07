"""The run of a program that nobody submitted: recorded like any other."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import uuid
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from localtrack.core import config, registry
from localtrack.core.config import Identity
from localtrack.core.run import Run
from localtrack.core.runs import start
from localtrack.core.workspace import Workspace, make
from localtrack.exceptions import UserErrorException
from localtrack.paths import working_folder
from localtrack.store.status import TERMINAL

if TYPE_CHECKING:
    from localtrack.core.model import Model

EXPERIMENT = "offline"


class _OfflineRun(Run):
    """What `Run.get_context` gives outside of a submitted script (the SDK's class of that name).

    Recorded in the workspace of the working folder, or in this user's default workspace. It completes when the
    program ends, and fails with the exception that ends it. Of ``./outputs`` it keeps what was changed since its start.
    """

    def register_model(self, *arguments: Any, **more: Any) -> Model:
        """Register a model of the run's files, of which those in ``./outputs`` are kept first, as of a script's run.

        See `localtrack.core.run_models.RunModels.register_model`.
        """
        self._keep_outputs(self._store)
        return super().register_model(*arguments, **more)


def offline() -> Run:
    """Return this process's offline run, the same at each call; it is started by the first.

    A forked worker has its parent's run: it logs to it, and does not end it.
    """
    global _run
    with _guard:
        if _run is None:
            _run = _start()
        return _run


def end() -> None:
    """End this process's offline run now, if it has one; the next `offline` starts another."""
    global _run, _end
    with _guard:
        if _end is not None:
            _end.reach()
        _run = _end = None


def _start() -> _OfflineRun:
    global _end
    from localtrack.core.experiment import Experiment

    workspace = _workspace()
    started = start(Experiment(workspace, EXPERIMENT), run_id=f"OfflineRun_{uuid.uuid4()}", outputs=False)
    run = _OfflineRun(started.experiment, started.id)
    print(f"localtrack: recording {run.id} in {workspace._layout.project}", file=sys.stderr)
    run._outputs, run._outputs_since = os.path.join(working_folder(), "outputs"), run._cached().created
    _end = _End(run)
    return run


class _End:
    """Completes a run when this process ends well, and fails it with what ends it.

    Args:
        run: The run; only this process ends it, not what is forked from it.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._pid = os.getpid()
        self._hook, self._leave = sys.excepthook, sys.exit
        self._error: BaseException | None = None
        self._hooks = (self._note, self._note_exit)  # as they are compared later: methods are made anew each time
        sys.excepthook, sys.exit = self._hooks
        atexit.register(self.reach)

    def reach(self) -> None:
        """End the run, and leave the program's own end alone from now on."""
        atexit.unregister(self.reach)
        if sys.excepthook is self._hooks[0]:
            sys.excepthook = self._hook
        if sys.exit is self._hooks[1]:
            sys.exit = self._leave
        if os.getpid() == self._pid and self._run.get_status() not in TERMINAL:
            self._run.complete() if self._error is None else self._run.fail(self._error)

    def _note(self, kind: type[BaseException], value: BaseException, traceback: TracebackType | None) -> None:
        self._error = value
        self._hook(kind, value, traceback)

    def _note_exit(self, code: Any = None) -> NoReturn:
        # Nothing else tells the functions at exit with what code a program ends.
        self._error = None if code in (None, 0) else SystemExit(code)
        self._leave(code)


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
_end: _End | None = None
