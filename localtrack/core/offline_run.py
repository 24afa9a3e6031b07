"""The run of a program that nobody submitted: recorded like any other."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from localtrack import owner
from localtrack.core import offline_place
from localtrack.core.offline_place import MODE_VARIABLE, PREFIX, told
from localtrack.core.run import Run
from localtrack.exceptions import UserErrorException
from localtrack.paths import OFFLINE_RUN_VARIABLE, Layout, check_run_id, working_folder

if TYPE_CHECKING:
    from localtrack.core.model import Model
    from localtrack.core.offline_end import End

EXPERIMENT = "offline"

# Of a job that Azure itself runs. Its token is none of our business.
_JOB_VARIABLE = "AZUREML_RUN_ID"
_JOB_EXPERIMENT_VARIABLE = "AZUREML_ARM_PROJECT_NAME"
_JOB_VARIABLES = (_JOB_VARIABLE, _JOB_EXPERIMENT_VARIABLE, "AZUREML_ARM_WORKSPACE_NAME")


class _OfflineRun(Run):
    """What `Run.get_context` gives outside of a submitted script (the SDK's class of that name).

    Recorded in the workspace of the working folder, or in this user's default workspace. It completes when the
    program ends well, and fails with what ends it otherwise: an exception that nobody handles, or an exit code. A
    program that is killed, or replaced by `os.execv` or `os._exit`, tells nothing: its run is ``Failed`` for whoever
    looks next. Of ``./outputs`` it keeps what was changed since its start.

    Python 3.11 tells only of exits by `sys.exit` and ``exit``: after ``raise SystemExit(3)`` the run is ``Completed``
    there.
    """

    def __init__(self, layout: Layout, run_id: str) -> None:
        self._attach(layout, run_id)
        self._experiment = None
        self._record = None
        self._outputs = None

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> Run:
        """Start a child run; see `localtrack.core.run_children.RunChildren.child_run`.

        Its id is, as in the SDK, that of this run with the name behind it, or a UUID if there is no name, or another
        child has it.
        """
        from localtrack.core.runs import start

        def started(child_id: str) -> _OfflineRun:
            made = start(
                self.experiment,
                run_id=child_id,
                name=f"{self.name or ''}>{name or ''}",
                outputs=outputs or False,
                parent=self._id,
            )
            child = type(self)(self._layout, made.id)
            child._outputs = made._outputs
            return child

        if run_id is not None:
            return started(run_id)
        named = self._child_id(name)
        if named is not None:
            try:
                return started(named)
            except UserErrorException:
                if self._store.runs.get(named) is None:
                    raise
        return started(f"{self._id}.{new_id()}")

    def register_model(self, *arguments: Any, **more: Any) -> Model:
        """Register a model of the run's files, of which those in ``./outputs`` are kept first, as of a script's run.

        See `localtrack.core.run_models.RunModels.register_model`.
        """
        self._keep_outputs(self._store)
        return super().register_model(*arguments, **more)

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> dict[str, Any]:
        """Wait until the run has ended; see `localtrack.core.run_status.RunStatus.wait_for_completion`.

        Raises:
            UserErrorException: It is this program's own, which ends with it.
        """
        from localtrack.store.status import TERMINAL

        own = _run is not None and self._id == _run.id and _end is not None and _end.is_here()
        if own and self.get_status() not in TERMINAL:
            raise UserErrorException(
                f"Run {self._id} ends with this program, which would wait for itself for ever: complete() it first, or "
                "leave the call out."
            )
        return super().wait_for_completion(show_output, wait_post_processing, raise_on_error)

    def _child_id(self, name: str | None) -> str | None:
        """Return the id of a child of that name, or None if the name can't be part of one."""
        if not name:
            return None
        try:
            return check_run_id(f"{self._id}.{name}")
        except UserErrorException:
            return None

    def _end(self, error: BaseException | None) -> None:
        """End the run with the program, unless it has ended, or was deleted.

        Args:
            error: What ends the program; None if it ends well.
        """
        from localtrack.store.status import COMPLETED, PERSON, TERMINAL

        if not os.path.exists(self._layout.database):  # deleted, and the run with it
            return
        store = self._store
        record = store.runs.get(self._id)
        if record is None or record.status in TERMINAL:
            return
        if error is not None:
            self.fail(error)
        elif self._outputs is not None and os.path.isdir(self._outputs):
            self.complete()
        else:
            # As `complete` does, less what a short program would wait for and the next reader does: moving what was
            # logged into the database, and looking after other runs.
            from localtrack.executor import deliverer

            store.runs.move(self._id, PERSON, COMPLETED)
            deliverer.tell(store)


def offline() -> Run:
    """Return the offline run of this process, the same at each call; it is started by the first.

    A process that another one with an offline run has started, forked or not, has the run of that one as long as that
    one lives: it logs to it, and does not end it. So has a worker of multiprocessing's that was started before its
    parent's run, if it asks after that.
    """
    global _run
    with _guard:
        if _run is None:
            _run = _printed() or _inherited() or _start()
        return _run


def end() -> None:
    """End this process's offline run now, if it has one; the next `offline` starts another."""
    global _run, _end
    with _guard:
        try:
            if _end is not None:
                _end.reach()
        finally:
            _run = _end = None


@contextmanager
def apart() -> Iterator[None]:
    """Let this process have no offline run, or another one, as long as this lasts; the one that it has goes on then."""
    global _run, _end
    kept_run, kept_end, variable = _run, _end, os.environ.pop(OFFLINE_RUN_VARIABLE, None)
    _run = _end = None
    try:
        yield
    finally:
        end()
        _run, _end = kept_run, kept_end
        if variable is not None:
            os.environ[OFFLINE_RUN_VARIABLE] = variable


def offline_class() -> type[Run]:
    """Return the class of offline runs in this process, with which programs compare their run's."""
    if os.environ.get(MODE_VARIABLE) != "print":
        return _OfflineRun
    from localtrack.core.printed_run import PrintedRun

    return PrintedRun


def _printed() -> Run | None:
    if os.environ.get(MODE_VARIABLE) != "print":
        return None
    from localtrack.core.printed_run import PrintedRun

    return PrintedRun(f"{PREFIX}{new_id()}")


def _inherited() -> _OfflineRun | None:
    found = offline_place.inherited()
    return None if found is None else _OfflineRun(*found)


def _start() -> _OfflineRun:
    global _end
    from localtrack.core.offline_end import End
    from localtrack.core.runs import new_run
    from localtrack.executor import git
    from localtrack.store.store import open_store

    layout = offline_place.workspace_layout()
    store = open_store(layout)
    job = {name: os.environ[name] for name in _JOB_VARIABLES if os.environ.get(_JOB_VARIABLE) and name in os.environ}
    run_id = f"{PREFIX}{new_id()}"
    since = time.time_ns()
    new = new_run(run_id, name=f"run_{run_id}", properties=_checked(job))
    store.runs.create(store.experiments.ensure(_experiment(job)).id, [new])
    run = _OfflineRun(layout, run_id)
    run._outputs, run._outputs_since = os.path.join(working_folder(), "outputs"), since
    _end = End(run._end, OFFLINE_RUN_VARIABLE, told(owner.current(layout.journals).name, run_id, layout))
    _say(f"recording {run_id}{f' of the Azure job {job[_JOB_VARIABLE]}' if job else ''} in {layout.project}")
    git.note(store, run_id, working_folder())
    return run


def _experiment(job: dict[str, str]) -> str:
    """Return the name of the experiment: that of the job of Azure's, if this is in one."""
    from localtrack.core.experiment_base import check_name

    try:
        return check_name(job.get(_JOB_EXPERIMENT_VARIABLE, EXPERIMENT))
    except UserErrorException:
        return EXPERIMENT


def _checked(job: dict[str, str]) -> dict[str, str | None]:
    if not job:
        return {}
    from localtrack.core.labels import checked_labels

    return checked_labels(job, "property")


def _say(text: str) -> None:
    if sys.stderr is not None:  # a program without a terminal may have none
        from localtrack.printable import printable

        print(f"localtrack: {printable(text)}", file=sys.stderr)


def new_id() -> str:
    """Return a random UUID (RFC 9562, version 4); importing uuid costs more than all else that this module does."""
    digits = bytearray(os.urandom(16))
    digits[6] = digits[6] & 0x0F | 0x40
    digits[8] = digits[8] & 0x3F | 0x80
    text = digits.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


_guard = threading.RLock()
_run: Run | None = None
_end: End | None = None


def _renew_guard() -> None:
    # In a forked child: a thread that held it is the parent's.
    global _guard
    _guard = threading.RLock()


os.register_at_fork(after_in_child=_renew_guard)
