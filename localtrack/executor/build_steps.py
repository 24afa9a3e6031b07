"""The programs that build a run's environment: in the run's process tree, their output in its log."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from localtrack.executor import tree
from localtrack.executor.script import Script

_LOOK_SECONDS = 1.0
_GRACE_SECONDS = 1.0  # nothing of a build is worth more: it is made anew

# What would have a build look or write elsewhere than in its environment.
_NOT_FOR_BUILDS = (
    "CONDA_PREFIX",
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_TARGET",
    "PIP_USER",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_SYSTEM_PYTHON",
    "VIRTUAL_ENV",
)


class BuildSteps:
    """Runs the programs of one build, one after the other.

    Args:
        log: The file that gets their output; it is made now.
        variables: The environment of the run's script, whose settings for pip and proxies hold here too.
        pause: Waits for a number of seconds or until a child has ended; raises if the build is to be given up.
        note: Told who is in the process tree, whenever that has changed.
    """

    def __init__(
        self,
        log: str,
        variables: Mapping[str, str],
        pause: Callable[[float], None],
        note: Callable[[Sequence[Any]], None],
    ) -> None:
        self.log = log
        self.variables = {name: value for name, value in variables.items() if name not in _NOT_FOR_BUILDS}
        self.pause = pause
        self._note = note
        os.makedirs(os.path.dirname(log), exist_ok=True)

    def say(self, line: str) -> None:
        """Write a line of localtrack's own to the log."""
        with open(self.log, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{line}\n")

    def run(self, command: Sequence[str], folder: str) -> int:
        """Run a program in a folder and return its exit code; nothing of it is left then, or if this is given up."""
        script = Script(command, folder, self.variables, self.log)
        processes = tree.Tree(script.pid)
        known = processes.members
        try:
            self._note(known)
            script.release()
            while script.poll() is None:
                self.pause(_LOOK_SECONDS)
                processes.refresh()
                if processes.members != known:
                    known = processes.members
                    self._note(known)
        finally:
            script.abandon()
            processes.end(_GRACE_SECONDS)
            script.wait()
        return script.wait()

    def size(self) -> int:
        """Return how many bytes the log has now."""
        with suppress(FileNotFoundError):
            return os.stat(self.log).st_size
        return 0
