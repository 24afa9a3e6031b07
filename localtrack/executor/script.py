"""One script's process: started behind a gate, watched, and told apart by how it ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence

from localtrack.executor import tree

NOT_STARTED = 127  # the exit code of a shell that can't start a command
_GATE_CLOSED = 125


class Script:
    """A script's process, which waits until it is let go.

    The process is forked from this one, has a session and process group of its own, and becomes the script only
    after `release`: so there is no moment in which a script runs whose pid is not in the database. If this process
    dies before, the gate's end of file ends it.

    Args:
        command: The program and its arguments.
        folder: Its working folder.
        variables: Its environment.
        log: The file that its stdout and stderr are appended to; the folder exists.

    Raises:
        OSError: There is no process or descriptor to be had.
    """

    def __init__(self, command: Sequence[str], folder: str, variables: Mapping[str, str], log: str) -> None:
        self.exit_code: int | None = None
        parent = os.getpid()
        tree.prepare()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        gate, self._gate = os.pipe()
        try:
            self.pid = os.fork()
            if self.pid == 0:
                _become(command, folder, variables, output, gate, self._gate, parent)
        finally:
            os.close(output)
            os.close(gate)

    def release(self) -> None:
        """Let the process become the script."""
        os.write(self._gate, b"\n")
        self.abandon()

    def abandon(self) -> None:
        """Close the gate; a process that was not let go ends."""
        if self._gate >= 0:
            os.close(self._gate)
            self._gate = -1

    def poll(self) -> int | None:
        """Return the exit code if the process has ended, negative for a signal, else None."""
        if self.exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
        return self.exit_code

    def wait(self) -> int:
        """Wait for the process's end and return its exit code."""
        if self.exit_code is None:
            self.exit_code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.exit_code


def _become(
    command: Sequence[str],
    folder: str,
    variables: Mapping[str, str],
    output: int,
    gate: int,
    gate_end: int,
    parent: int,
) -> None:
    """In the forked process: wait at the gate, then be the script; never returns."""
    try:
        os.setsid()
        tree.die_with_parent(parent)
        os.close(gate_end)
        # Python ignores SIGPIPE and SIGXFSZ, and a shell that detaches ignores SIGINT and SIGQUIT: a script must not
        # inherit either.
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            try:
                signal.signal(number, signal.SIG_DFL)
            except (OSError, ValueError):
                continue  # kept back by the C library
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        if os.read(gate, 1) != b"\n":
            os._exit(_GATE_CLOSED)
        os.chdir(folder)
        os.execvpe(command[0], list(command), dict(variables))  # noqa: S606
    except OSError as error:
        os.write(2, f"{command[0]} could not be started in {folder}: {error.strerror}\n".encode(errors="replace"))
    finally:
        os._exit(NOT_STARTED)
