"""Starts supervisors, detached from whoever submits."""

from __future__ import annotations

import os
import subprocess
import sys

from localtrack.exceptions import ExperimentExecutionException
from localtrack.executor import environment
from localtrack.store.store import Store

SUPERVISOR = "localtrack.executor.supervisor"

# The shell's only work is to have the supervisor for a child and to end: so the supervisor belongs to no process that
# a notebook or an editor would end together with its own children.
_DETACH = '"$@" &'


def start_supervisors(store: Store) -> int:
    """Start a supervisor for each run that waits for a slot which is free; they take the runs themselves.

    Returns:
        How many were started.

    Raises:
        ExperimentExecutionException: None can be started.
    """
    count = 0
    for target, waiting in store.queue.lengths().items():
        for _ in range(min(waiting, store.queue.free(target))):
            start_supervisor(store, target)
            count += 1
    return count


def start_supervisor(store: Store, target: str) -> None:
    """Start one supervisor for a compute target.

    Raises:
        ExperimentExecutionException: It can't be started.
    """
    layout = store.layout
    # -P: a module that lies in the workspace's folder must not be taken for one of Python's own.
    command = [sys.executable, "-P", "-m", SUPERVISOR, layout.root, target]
    try:
        with open(layout.supervisor_log, "ab") as log:
            subprocess.run(
                ["/bin/sh", "-c", _DETACH, "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=layout.root,
                env=environment.for_supervisor(),
                start_new_session=True,
                check=True,
            )
    except (OSError, subprocess.CalledProcessError) as error:
        raise ExperimentExecutionException(
            f"No supervisor could be started for the runs that wait in {layout.root}: {error}. They stay Queued; "
            "submit or wait again when the cause is mended.",
            error,
        ) from error


def log_end(store: Store, lines: int = 10) -> str:
    """Return the last lines that supervisors wrote about themselves."""
    try:
        with open(store.layout.supervisor_log, "rb") as log:
            log.seek(max(os.fstat(log.fileno()).st_size - 4096, 0))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
