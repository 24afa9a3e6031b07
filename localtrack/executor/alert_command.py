"""Starts the commands of alerts, which get an event on their standard input."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from contextlib import suppress

from localtrack.executor import environment
from localtrack.notify.recipient import NotDelivered, Unclear
from localtrack.paths import Layout
from localtrack.printable import printable

_SECONDS = 60.0
_SAID_BYTES = 300


def run(layout: Layout, command: str, text: str) -> None:
    """Run a command in the project's folder, and wait for its end.

    Args:
        layout: The project's.
        command: The command line.
        text: What it gets on its standard input.

    Raises:
        NotDelivered: It can't be started, or says by its exit code that it has failed.
        Unclear: It did not end, and was ended.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(text.encode())
        given.seek(0)
        try:
            process = subprocess.Popen(
                ["/bin/sh", "-c", command],
                stdin=given,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=layout.project,
                env=environment.for_supervisor(),
                start_new_session=True,
            )
        except OSError as error:
            raise NotDelivered(f"The command could not be started: {error.strerror}.") from error
        try:
            code = process.wait(_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Unclear(f"The command had not ended after {_SECONDS:g} s, and was ended.") from error
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if code:
            said.seek(max(said.seek(0, os.SEEK_END) - _SAID_BYTES, 0))
            end = printable(" ".join(said.read().decode(errors="replace").split()))
            raise NotDelivered(f"The command ended with exit code {code}{': ' if end else ''}{end}.")
