"""Submitting a script: check, snapshot, a row in the queue, a supervisor if there is a free slot."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localtrack.exceptions import ComputeTargetException, ExperimentExecutionException, UserErrorException
from localtrack.executor import environment, snapshot
from localtrack.executor.launch import start_supervisor
from localtrack.store import status
from localtrack.store.queue import LOCAL
from localtrack.store.runs import NewRun
from localtrack.store.store import Store

SCRIPT_RUN = "azureml.scriptrun"
GRACE = "LOCALTRACK_GRACE_SECONDS"
GRACE_SECONDS = 10.0


@dataclass(frozen=True)
class Submission:
    """What is to be run.

    Attributes:
        source_directory: The folder that is snapshotted; the script's working folder is a copy of it.
        script: The Python script, relative to the folder; or else
        command: a program and its arguments, or a text for the shell.
        arguments: Behind the script.
        variables: Environment variables that the run's configuration adds.
        max_seconds: After that the run is ended; None for no limit.
    """

    run_id: str
    experiment: str
    identity: Mapping[str, str]
    source_directory: str
    script: str | None = None
    command: Sequence[str] | str | None = None
    arguments: Sequence[Any] = ()
    target: str = LOCAL
    variables: Mapping[str, str] = field(default_factory=dict)
    max_seconds: float | None = None
    parent: str | None = None
    display_name: str | None = None
    tags: Mapping[str, str | None] = field(default_factory=dict)


def submit(store: Store, wanted: Submission) -> None:
    """Queue a run, and start a supervisor for it if its target has a free slot.

    Raises:
        ExperimentExecutionException: The script isn't there, or no supervisor can be started.
        ComputeTargetException: There is no such target.
        UserErrorException: An argument can't be one of a process, or the run id is taken.
        SnapshotException: The folder can't be kept.
    """
    _check(store, wanted)
    definition = _definition(wanted)
    kept = snapshot.take(store.layout, wanted.source_directory)
    parent = store.runs.get(wanted.parent) if wanted.parent else None
    folder = store.layout.run(wanted.run_id)
    root = (parent.root or parent.id) if parent else wanted.run_id
    # Before the row: whoever sees the row may claim the run at once.
    variables = environment.for_script(store.layout.root, wanted.run_id, root, wanted.identity, wanted.variables)
    if os.path.exists(folder.root):
        raise UserErrorException(f"There is a run {wanted.run_id} in this workspace already: choose another run id.")
    try:
        environment.keep(folder, variables)
    except OSError as error:
        raise ExperimentExecutionException(
            f"The run's folder {folder.root} can't be written: {error.strerror}. Nothing was submitted.", error
        ) from error
    new = NewRun(
        id=wanted.run_id,
        status=status.QUEUED,
        parent=wanted.parent,
        display_name=wanted.display_name,
        type=SCRIPT_RUN,
        target=wanted.target,
        definition=definition,
        snapshot=kept.id,
        queue=store.queue.place,
        submitted_by=getpass.getuser(),
        tags=wanted.tags,
        properties={"_azureml.ComputeTargetType": "local", "ContentSnapshotId": kept.id},
    )
    try:
        store.runs.create(wanted.experiment, [new])
    except BaseException:
        environment.discard(folder)
        raise
    if store.queue.free(wanted.target):
        start_supervisor(store, wanted.target)


def _check(store: Store, wanted: Submission) -> None:
    if store.queue.slots(wanted.target) is None:
        raise ComputeTargetException(
            f"There is no compute target {wanted.target!r} in this workspace; there is always {LOCAL!r}."
        )
    if wanted.script is not None:
        path = os.path.join(wanted.source_directory, wanted.script)
        if not os.path.isfile(path):
            raise ExperimentExecutionException(
                f"There is no script {wanted.script!r} in {os.path.abspath(wanted.source_directory)}. "
                "Give its name relative to source_directory."
            )
    elif not wanted.command:
        raise UserErrorException("There is nothing to run: give a script or a command.")
    for argument in _command(wanted):
        if "\0" in argument:
            raise UserErrorException(f"The argument {argument!r} has a NUL, which no process can be given.")


def _definition(wanted: Submission) -> dict[str, Any]:
    """Return the SDK's ``runDefinition``, with what the supervisor goes by."""
    command = wanted.command
    return {
        "script": wanted.script,
        "command": command if command is None or isinstance(command, str) else " ".join(map(str, command)),
        "useAbsolutePath": False,
        "arguments": [str(argument) for argument in wanted.arguments],
        "framework": "Python",
        "communicator": "None",
        "target": wanted.target,
        "maxRunDurationSeconds": wanted.max_seconds,
        "graceSeconds": _grace(),
        "nodeCount": 1,
        "environmentVariables": dict(wanted.variables),
        "history": {"outputCollection": True, "directoriesToWatch": ["logs"], "snapshotProject": True},
        "interpreter": sys.executable,
        "process": _command(wanted),
    }


def _grace() -> float:
    """Return how long a script that is canceled has between SIGTERM and SIGKILL."""
    text = os.environ.get(GRACE, str(GRACE_SECONDS))
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < float("inf"):
        raise UserErrorException(f"{GRACE} is {text!r}: set it to a number of seconds, or unset it.")
    return seconds


def _command(wanted: Submission) -> list[str]:
    if wanted.script is not None:
        return [sys.executable, wanted.script, *map(str, wanted.arguments)]
    if isinstance(wanted.command, str):
        return ["/bin/sh", "-c", wanted.command]
    return [str(part) for part in wanted.command or ()]
