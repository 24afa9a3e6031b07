"""The process that watches scripts: it takes a run from the queue, sees it through to its end, and takes the next.

``python -m localtrack.executor.supervisor <.azureml folder> <compute target>``; started detached by
`localtrack.executor.launch`, with nobody to answer to but the database. What it writes to stderr goes to the
workspace's ``supervisor.log``.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from localtrack.exceptions import AzureMLException, ExperimentExecutionException, ServiceException
from localtrack.executor import deliverer, environment, outcome, tree, working_copy
from localtrack.executor.build_failed import BuildFailed
from localtrack.executor.recovery import sweep
from localtrack.executor.script import Script
from localtrack.paths import Layout
from localtrack.store import status
from localtrack.store.run_record import RunRecord
from localtrack.store.status import SUPERVISOR
from localtrack.store.store import Store, open_store

if TYPE_CHECKING:
    from localtrack.executor.facts import Recorder
    from localtrack.executor.managed_environment import ManagedEnvironment

_LEFTOVER_SECONDS = 1.0  # the same, for what a script leaves behind when it ends
_LOOK_SECONDS = 1.0
_ALERT_SECONDS = 5.0
_FACTS_SECONDS = 1.0  # how long a run that has ended by itself may wait for what is recorded of its interpreter

P = ParamSpec("P")
T = TypeVar("T")


def main(root: str, target: str) -> None:
    """Work until no run waits for this target, or no slot of it is free."""
    warnings.simplefilter("default")  # whatever the submitter's environment says: a warning must not end a supervisor
    tree.adopt_orphans()
    alarm = _Alarm()
    store = open_store(Layout(root))
    looked = time.monotonic()
    while (run_id := store.queue.claim(target)) is not None:
        if time.monotonic() - looked >= _LOOK_SECONDS:
            looked = time.monotonic()
            _call_others(store, target)
        _Watch(store, run_id, alarm).run()


def _call_others(store: Store, target: str) -> None:
    """Start a supervisor if runs wait for slots that are free: others were killed, or the target has more now."""
    sweep(store)
    if store.queue.free(target) and target in store.queue.lengths():
        from localtrack.executor.launch import start_supervisor

        try:
            start_supervisor(store, target)
        except ExperimentExecutionException as error:
            print(error, file=sys.stderr, flush=True)


class _Alarm:
    """Ends a wait as soon as a child ends (SIGCHLD) or somebody pokes this process (SIGUSR1)."""

    def __init__(self) -> None:
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGUSR1):
            signal.signal(number, self._wake)

    def wait(self, seconds: float) -> None:
        select.select([self._read], [], [], seconds)
        try:
            while os.read(self._read, 4096):
                pass
        except BlockingIOError:
            return

    def _wake(self, number: int, frame: FrameType | None) -> None:
        """Do nothing: the byte that the signal wrote to the pipe is what counts."""


class _Alerts:
    """Has somebody told of what happens while a script runs, and of what does not; at times, not at each look."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looked = float("-inf")

    def look(self) -> None:
        if time.monotonic() - self._looked < _ALERT_SECONDS:
            return
        self._looked = time.monotonic()
        deliverer.tell(self._store)
        try:
            deliverer.look_at_time(self._store)
        except (AzureMLException, OSError) as error:
            print(f"Rules about time could not be looked through: {error}", file=sys.stderr, flush=True)


class _EndRequested(Exception):
    """Somebody has asked for the end of a run that is being prepared."""


class _Watch:
    """One run, from its claim to its last status."""

    def __init__(self, store: Store, run_id: str, alarm: _Alarm) -> None:
        self._store = store
        self._alarm = alarm
        self._id = run_id
        self._folder = store.layout.run(run_id)

    def run(self) -> None:
        run = self._get()
        managed = None
        try:
            assert run.definition is not None
            variables = environment.take(self._store.layout, run.definition["environmentFile"])
            working_copy.prepare(self._store.layout, run)
            if run.definition["interpreter"] is None:
                full = variables.pop(environment.DEFINITION_VARIABLE, None)
                managed = self._built(json.loads(full) if full else run.definition["environment"], variables)
                definition = {**run.definition, "interpreter": managed.interpreter}
                self._insist(self._store.runs.update, self._id, definition=json.dumps(definition))
        except _EndRequested:
            self._add_artifacts()
            self._end_as_asked()
        except BuildFailed as failure:
            self._add_artifacts()
            self._end(status.FAILED, expected=status.PREPARING, error=outcome.not_built(failure))
        except (AzureMLException, OSError, ValueError, RecursionError) as error:
            self._add_artifacts()
            self._end(status.FAILED, expected=status.PREPARING, error=outcome.not_prepared(error))
        else:
            if self._move(status.STARTING, expected=status.PREPARING):
                self._execute(run, variables, managed)
            else:
                self._end_as_asked()
        finally:
            if managed is not None:
                managed.release()

    def _built(self, definition: Mapping[str, Any], variables: Mapping[str, str]) -> ManagedEnvironment:
        from localtrack.executor import managed_environment, requirements  # not needed where there is nothing to build
        from localtrack.executor.build_steps import BuildSteps

        wanted = requirements.of_definition(definition)
        return managed_environment.built(
            wanted, BuildSteps(self._folder.build_log, variables, self._pause_preparing, self._note_processes)
        )

    def _pause_preparing(self, seconds: float) -> None:
        """Wait, unless somebody has asked for the run's end.

        Raises:
            _EndRequested: Somebody has.
        """
        self._alarm.wait(seconds)
        if self._get().status != status.PREPARING:
            raise _EndRequested

    def _note_processes(self, members: Sequence[Sequence[Any]]) -> None:
        self._insist(self._store.runs.update, self._id, processes=outcome.dump(members))

    def _of_script(self, run: RunRecord, variables: Mapping[str, str]) -> Mapping[str, str]:
        """Return a script's variables: from a subfolder it imports what lies at the top of its folder, as in Azure."""
        assert run.definition is not None
        if not os.path.dirname(run.definition["script"] or ""):
            return variables
        path = [variables["PYTHONPATH"], self._folder.code]
        return {**variables, "PYTHONPATH": os.pathsep.join(path)}

    def _execute(self, run: RunRecord, variables: Mapping[str, str], managed: ManagedEnvironment | None) -> None:
        assert run.definition is not None
        command = run.definition["process"]
        if managed is not None:
            command = managed.command(command, is_script=bool(run.definition["script"]))
            variables = managed.variables(variables)
        try:
            script = Script(command, self._folder.code, self._of_script(run, variables), self._folder.std_log)
        except OSError as error:
            self._end(status.FAILED, expected=status.STARTING, error=outcome.not_prepared(error))
            return
        processes = tree.Tree(script.pid)
        self._note_processes(processes.members)
        if self._move(status.RUNNING, expected=status.STARTING):
            script.release()
            from localtrack.executor.facts import Recorder  # the script must not wait for that

            interpreter = run.definition["interpreter"] if managed is None else managed.interpreter
            recorder = Recorder(self._store, self._id, interpreter, variables, self._insist)
            late = self._watch(run, script, processes, recorder)
        else:
            recorder, late = None, False
        script.abandon()
        if script.poll() is None:
            assert run.definition is not None
            processes.end(run.definition["graceSeconds"])
            script.wait()
        self._finish(script, processes, recorder, late)

    def _watch(self, run: RunRecord, script: Script, processes: tree.Tree, recorder: Recorder) -> bool:
        """Return when the script has ended, is to be canceled, or (then with True) has run for too long."""
        assert run.definition is not None
        limit = run.definition.get("maxRunDurationSeconds")
        deadline = time.monotonic() + limit if limit else None
        known = processes.members
        alerts = _Alerts(self._store)
        while True:
            left = _LOOK_SECONDS if deadline is None else min(_LOOK_SECONDS, max(deadline - time.monotonic(), 0))
            self._alarm.wait(left)
            if script.poll() is not None:
                return False
            if self._get().status != status.RUNNING:
                return False
            if deadline is not None and time.monotonic() >= deadline:
                return True
            recorder.look()
            self._insist(self._store.ingest.take)
            alerts.look()
            processes.refresh()
            if processes.members != known:
                known = processes.members
                self._note_processes(known)

    def _finish(self, script: Script, processes: tree.Tree, recorder: Recorder | None, late: bool) -> None:
        code = script.wait()
        # From here on the outcome is known, whoever else finds this process dead.
        processes.refresh()
        left = outcome.dump(processes.members)
        ended = not late and self._move(status.FINALIZING, expected=status.RUNNING, exit_code=code, processes=left)
        processes.end(_LEFTOVER_SECONDS)
        self._insist(self._store.ingest.settle)
        self._add_artifacts()
        if recorder is not None:
            recorder.finish(_FACTS_SECONDS if ended else 0)
        if late:
            ended = self._move(status.FINALIZING, expected=status.RUNNING, exit_code=code)
        if ended:
            error = outcome.too_long(self._get()) if late else outcome.error_of(code, self._folder)
            self._end(status.FAILED if error else status.COMPLETED, expected=status.FINALIZING, error=error)
        else:
            self._end_as_asked(exit_code=code)
        run = self._insist(self._store.runs.get, self._id)
        if run is None or run.definition is None:  # somebody has deleted it at once
            return
        if run.status == status.COMPLETED and not run.definition.get("keepCode"):
            shutil.rmtree(self._folder.code, ignore_errors=True)

    def _add_artifacts(self) -> None:
        found = self._store.artifacts.found(self._id, digests=True)
        self._insist(self._store.artifacts.add, self._id, found, replace=True)

    def _get(self) -> RunRecord:
        run = self._insist(self._store.runs.get, self._id)
        if run is None:
            raise RuntimeError(f"run {self._id} was deleted while it was running")
        return run

    def _move(self, new: str, **details: Any) -> bool:
        return self._insist(self._store.runs.move, self._id, SUPERVISOR, new, **details)

    def _insist(self, call: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Call the store until it answers: a full disk or a lock that is held must not cost a script its supervisor."""
        while True:
            try:
                return call(*arguments, **options)
            except ServiceException as error:
                if not os.path.isdir(self._store.layout.root):
                    raise
                print(f"{self._id}: {error}", file=sys.stderr, flush=True)
                self._alarm.wait(_LOOK_SECONDS)

    def _end(self, new: str, **details: Any) -> None:
        """Give the run its last status, unless somebody has asked for its end meanwhile."""
        if self._move(new, **details):
            deliverer.tell(self._store)
        else:
            self._end_as_asked()

    def _end_as_asked(self, **details: Any) -> None:
        """End a run that somebody has canceled; or failed, and has left the error with the request."""
        error = self._get().error
        self._move(status.FAILED if error else status.CANCELED, error=error, **details)
        deliverer.tell(self._store)


if __name__ == "__main__":
    main(*sys.argv[1:])
