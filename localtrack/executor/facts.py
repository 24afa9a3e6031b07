"""Recording the packages of a run's interpreter, and the machine, while the script runs."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from localtrack.executor.environment import OF_THE_RUN
from localtrack.owner import identity
from localtrack.store.store import Store

if TYPE_CHECKING:
    import subprocess

_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "describe.py")


class Recorder:
    """Finds the facts of one run, and gives them to it.

    They are looked up where an interpreter was described already, and nothing has changed since. Otherwise a process
    of that interpreter describes it; nobody waits for that one before the script's end.

    Args:
        store: The workspace.
        run_id: The run; its script has started.
        interpreter: The path of its Python.
        variables: The script's environment.
        insist: Calls the store until it answers.
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        interpreter: str,
        variables: Mapping[str, str],
        insist: Callable[..., Any],
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._interpreter = interpreter
        self._key = _key(interpreter, variables.get("PYTHONPATH", ""))
        self._insist = insist
        self._process: subprocess.Popen[bytes] | None = None
        if _holds(insist(store.facts.state, self._key)):
            insist(store.facts.note, run_id, self._key)
        else:
            self._start(variables)

    def look(self) -> None:
        """Give the run its facts if they are known by now."""
        if self._process is None or self._process.poll() is None:
            return
        code, self._process = self._process.returncode, None
        with self._output as file:
            file.seek(0)
            text = file.read()
        try:
            found = json.loads(text)
            folders, document = found["folders"], found["facts"]
        except (ValueError, KeyError, TypeError):  # it has said itself what went wrong, or something else prints there
            self._report(f"exit code {code}, {len(text)} bytes")
            return
        state = {"host": _host(), "folders": folders}
        self._insist(self._store.facts.keep, self._run_id, self._key, state, document)

    def finish(self, seconds: float) -> None:
        """Wait so long for facts that are not known yet, then do without."""
        if self._process is not None:
            import subprocess

            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self.look()

    def _start(self, variables: Mapping[str, str]) -> None:
        import subprocess  # both are slow to import, and rarely needed
        import tempfile

        # Not marked as the script's own: whoever ends the script's processes goes by these variables.
        environment = {name: value for name, value in variables.items() if not name.startswith(OF_THE_RUN)}
        try:
            with open(_PROGRAM, encoding="utf-8") as file:
                program = file.read()
            self._output = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed when it was read
        except OSError as error:
            self._report(error)
            return
        try:
            # In this process's group, so that it is not taken for one of the script's.
            self._process = subprocess.Popen(
                [self._interpreter, "-c", program],
                cwd=os.sep,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
            )
        except (OSError, ValueError) as error:
            self._output.close()
            self._report(error)

    def _report(self, reason: object) -> None:
        print(f"{self._run_id}: {self._interpreter} could not be described: {reason}", file=sys.stderr, flush=True)


def _key(interpreter: str, python_path: str) -> str:
    """Return what tells interpreters apart; paths themselves need not be text that a database takes."""
    return hashlib.sha256(b"\0".join(map(os.fsencode, (interpreter, python_path)))).hexdigest()


def _host() -> list[Any]:
    own = identity()
    return [own["host"], own["boot"]]


def _holds(state: Any) -> bool:
    """Whether nothing was installed or removed since, and the machine was not started anew."""
    if state is None or state["host"] != _host():
        return False
    try:
        return all(os.stat(folder).st_mtime_ns == time for folder, time in state["folders"])
    except OSError:
        return False
