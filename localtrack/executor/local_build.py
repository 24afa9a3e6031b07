"""Builds an environment because its user asks for it, not a run: in a process of its own, which shows the log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import IO, Any

from localtrack.exceptions import AzureMLException
from localtrack.executor import environment
from localtrack.executor.build_failed import BuildFailed

_DEFINITION = "definition.json"
_LOG = "build.log"
_RESULT = "interpreter"
_LOOK_SECONDS = 0.05


def build(definition: Mapping[str, Any], show: Callable[[str], object]) -> str:
    """Build a managed environment if it isn't there, and return the path of its interpreter.

    Args:
        definition: Of the environment.
        show: Gets what is printed meanwhile.

    Raises:
        BuildFailed: It could not be built.
        RunConfigurationException: It wants packages that can't be had.
    """
    from localtrack.executor import requirements

    requirements.of_definition(definition)  # what is wrong with it is better raised here
    with tempfile.TemporaryDirectory(prefix="localtrack-build-") as folder:
        with open(os.path.join(folder, _DEFINITION), "w", encoding="utf-8") as file:
            json.dump(definition, file)
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment.for_supervisor(),
            encoding="utf-8",
            errors="replace",
        )
        lines: list[str] = []
        with process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    show(line)
                    lines = [*lines[-19:], line.rstrip()]
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise BuildFailed(lines[-1] if lines else "The environment could not be built.", lines)
        with open(os.path.join(folder, _RESULT), encoding="utf-8") as file:
            return file.read()


def main(folder: str, output: IO[str]) -> int:
    """Build the environment of the definition in a folder, and leave the interpreter's path there.

    Args:
        folder: The folder.
        output: Gets the log as it grows.

    Returns:
        An exit code.
    """
    from localtrack.executor import managed_environment, requirements
    from localtrack.executor.build_steps import BuildSteps

    with open(os.path.join(folder, _DEFINITION), encoding="utf-8") as file:
        definition = json.load(file)
    log = os.path.join(folder, _LOG)
    shown = _Shown(log, output)

    def pause(seconds: float) -> None:
        time.sleep(min(seconds, _LOOK_SECONDS))
        shown.more()

    steps = BuildSteps(log, os.environ, pause, lambda _members: None)
    try:
        managed = managed_environment.built(requirements.of_definition(definition), steps)
    except (AzureMLException, OSError) as error:
        shown.more()
        output.write(f"{error}\n")
        return 1
    shown.more()
    with open(os.path.join(folder, _RESULT), "w", encoding="utf-8") as file:
        file.write(managed.interpreter)
    return 0


class _Shown:
    """How much of a log was shown."""

    def __init__(self, log: str, output: IO[str]) -> None:
        self._log = log
        self._output = output
        self._position = 0

    def more(self) -> None:
        """Show what is new."""
        if not os.path.exists(self._log):
            return
        with open(self._log, "rb") as file:
            file.seek(self._position)
            new = file.read()
        self._position += len(new)
        self._output.write(new.decode(errors="replace"))
        self._output.flush()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1], sys.stdout))
