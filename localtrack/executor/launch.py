"""Starts supervisors, detached from whoever submits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

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
    try:
        start_detached(SUPERVISOR, layout.root, target, folder=layout.root, log=layout.supervisor_log)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ExperimentExecutionException(
            f"No supervisor could be started for the runs that wait in {layout.root}: {error}. They stay Queued; "
            "submit or wait again when the cause is mended.",
            error,
        ) from error


def start_detached(module: str, *arguments: str, folder: str, log: str, keep: Sequence[int] = ()) -> None:
    """Start a module of localtrack's as a process of nobody's.

    Args:
        module: The module.
        *arguments: Its arguments.
        folder: Its working folder.
        log: The file that what it prints is added to.
        keep: Descriptors that it gets.

    Raises:
        OSError: It can't be started.
        subprocess.CalledProcessError: Likewise.
    """
    # -P: a module that lies in the workspace's folder must not be taken for one of Python's own.
    command = [sys.executable, "-P", "-m", module, *arguments]
    with open(log, "ab") as file:
        subprocess.run(
            ["/bin/sh", "-c", _DETACH, "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=folder,
            env=environment.for_supervisor(),
            start_new_session=True,
            pass_fds=keep,
            check=True,
        )


def log_end(store: Store, lines: int = 10) -> str:
    """Return the last lines that supervisors wrote about themselves."""
    try:
        with open(store.layout.supervisor_log, "rb") as log:
            log.seek(max(os.fstat(log.fileno()).st_size - 4096, 0))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
