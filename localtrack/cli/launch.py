"""A command for which ``azureml`` means localtrack, in this process's place. A leaf, because all else is slow."""

from __future__ import annotations

import os

from localtrack.cli.streams import say
from localtrack.paths import dropin_folder
from localtrack.printable import printable

_NOT_FOUND = 127  # as shells have it
_NOT_EXECUTABLE = 126


def launch(command: list[str]) -> int:
    """Become a command; return the exit code of its failure if that can't be.

    Its signals and its exit code are the command's own.

    Args:
        command: The program, found as a shell finds it, and its arguments.
    """
    import signal

    # Python ignores these for itself, and what is ignored stays so in another program.
    for name in ("SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, {**os.environ, "PYTHONPATH": _python_path()})  # noqa: S606  as asked for
    except OSError as error:
        return _failed(command[0], error)


def _python_path() -> str:
    folder = dropin_folder()
    rest = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry not in ("", folder)]
    return os.pathsep.join([folder, *rest])


def _failed(program: str, error: OSError) -> int:
    import errno
    import shutil

    shown = printable(program)
    path = program if os.path.dirname(program) else shutil.which(program)
    if path is None or not os.path.lexists(path):
        say(f"There is no command '{shown}'. Give a program that is on PATH, or the path of one.")
        return _NOT_FOUND
    reason = error.strerror
    if os.path.isdir(path):
        reason = "it is a folder"
    elif not os.access(path, os.X_OK):
        reason = f"it is not executable. `localtrack exec -- python {shown}` runs it if it is a Python script"
    elif error.errno == errno.ENOENT:
        reason = "the program of its first line, behind #!, is not there"
    elif error.errno == errno.ENOEXEC:
        reason = "it is no program, nor a script with #! in its first line"
    say(f"{shown} can't be run: {reason}.")
    return _NOT_EXECUTABLE
