"""Submitting a script: check, snapshot, a row in the queue, a supervisor if there is a free slot."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localtrack.exceptions import ComputeTargetException, ExperimentExecutionException, UserErrorException
from localtrack.executor import deliverer, environment, git, interpreter, snapshot
from localtrack.executor.launch import start_supervisor
from localtrack.executor.recovery import sweep
from localtrack.owner import user_name
from localtrack.redaction import HIDDEN, redacted, without_passwords
from localtrack.store import status
from localtrack.store.queue import LOCAL
from localtrack.store.runs import NewRun
from localtrack.store.store import Store

SCRIPT_RUN = "azureml.scriptrun"
GRACE = "LOCALTRACK_GRACE_SECONDS"
GRACE_SECONDS = 10.0
KEEP_CODE = "LOCALTRACK_KEEP_CODE"
RESUME_ARGUMENT = "--resume-from"  # the names by which scripts for the SDK expect it
RESUME_VARIABLE = "AZUREML_DATAREFERENCE_MODEL_LOCATION"
_PLACEHOLDER = "python"
_YES_AND_NO = {"1": True, "true": True, "0": False, "false": False}
_MOST_PRIORITY = 1_000_000_000


@dataclass(frozen=True)
class Submission:
    """What is to be run.

    The run's definition gets the key ``interpreter``, the path of the Python, and the key ``process``, what the
    supervisor starts. Where an environment has to be built first, ``interpreter`` is null: the supervisor builds it
    from the key ``environment``. A script's process then begins with the placeholder ``python``, in whose place the
    supervisor puts the built interpreter; a command's stays as it is, and finds the environment's programs because
    their folder comes first on its PATH.

    Attributes:
        source_directory: The folder that is snapshotted; the script's working folder is a copy of it.
        script: The Python script, relative to the folder; or else
        command: a program and its arguments, or a text for the shell.
        arguments: Behind the script.
        environment: The definition of the environment; None for the interpreter of this process.
        variables: Environment variables that the run's configuration adds. The script gets them as they are; of those
            that look secret, the database gets the names.
        max_seconds: After that the run is ended; None for no limit.
        priority: Of the runs that wait for the same target, those of a higher one go first.
        credential_passthrough: Shown with the run.
        resume_from: The path of what the script is to go on with; it is told by `RESUME_VARIABLE`, and by an argument.
    """

    run_id: str
    experiment_id: str
    identity: Mapping[str, str]
    source_directory: str
    script: str | None = None
    command: Sequence[str] | str | None = None
    arguments: Sequence[Any] = ()
    target: str = LOCAL
    environment: Mapping[str, Any] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    max_seconds: float | None = None
    priority: int = 0
    credential_passthrough: bool = False
    resume_from: str | None = None
    parent: str | None = None
    display_name: str | None = None
    tags: Mapping[str, str | None] = field(default_factory=dict)


def submit(store: Store, wanted: Submission) -> None:
    """Queue a run, and start a supervisor for it if its target has a free slot.

    Raises:
        ExperimentExecutionException: The script isn't there, or no supervisor can be started.
        RunConfigurationException: The environment's interpreter isn't there, or what it requires can't be had.
        ComputeTargetException: There is no such target.
        UserErrorException: An argument can't be one of a process, or the run id is taken.
        SnapshotException: The folder can't be kept.
    """
    _check(store, wanted)
    python = interpreter.chosen(wanted.environment)
    if python is None:
        from localtrack.executor import requirements  # slow to import, and rarely needed

        requirements.of_definition(wanted.environment or {})
    definition = _definition(wanted, python)
    with snapshot.taken(store.layout, wanted.source_directory) as kept:
        _queue(store, wanted, definition, python, kept.id)
    deliverer.tell(store)
    git.note(store, wanted.run_id, wanted.source_directory)
    sweep(store)  # a run whose supervisor was killed must not keep its slot
    if store.queue.free(wanted.target):
        start_supervisor(store, wanted.target)


def _queue(store: Store, wanted: Submission, definition: dict[str, Any], python: str | None, snapshot_id: str) -> None:
    parent = store.runs.get(wanted.parent) if wanted.parent else None
    root = (parent.root or parent.id) if parent else wanted.run_id
    identity = {**wanted.identity, "experiment_id": wanted.experiment_id}
    variables = environment.for_script(store.layout.root, wanted.run_id, root, identity, _variables(wanted, python))
    # Before the row: whoever sees the row may claim the run at once.
    try:
        definition["environmentFile"] = environment.keep(store.layout, wanted.run_id, variables)
    except OSError as error:
        raise ExperimentExecutionException(
            f"{store.layout.queued} can't be written: {error.strerror}. Nothing was submitted.", error
        ) from error
    try:
        store.runs.create(wanted.experiment_id, [_new_run(store, wanted, definition, snapshot_id)])
    except BaseException:
        environment.discard(store.layout, definition["environmentFile"])
        raise


def _new_run(store: Store, wanted: Submission, definition: dict[str, Any], snapshot_id: str) -> NewRun:
    return NewRun(
        id=wanted.run_id,
        status=status.QUEUED,
        parent=wanted.parent,
        display_name=wanted.display_name,
        type=SCRIPT_RUN,
        target=wanted.target,
        priority=wanted.priority,
        definition=definition,
        snapshot=snapshot_id,
        queue=store.queue.place,
        submitted_by=user_name(),
        tags=wanted.tags,
        properties={"_azureml.ComputeTargetType": "local", "ContentSnapshotId": snapshot_id},
    )


def _check(store: Store, wanted: Submission) -> None:
    if not isinstance(wanted.target, str) or store.queue.slots(wanted.target) is None:
        raise ComputeTargetException(
            f"There is no compute target {wanted.target!r} in this workspace; there is always {LOCAL!r}."
        )
    seconds = wanted.max_seconds
    if seconds is not None and not (isinstance(seconds, int | float) and seconds > 0):
        raise UserErrorException(f"max_run_duration_seconds must be a number above 0, or None, not {seconds!r}.")
    if not -_MOST_PRIORITY <= wanted.priority <= _MOST_PRIORITY:
        raise UserErrorException(f"The priority {wanted.priority} is none: choose one of up to {_MOST_PRIORITY}.")
    if not isinstance(wanted.script, str | None) or not isinstance(wanted.command, str | list | tuple | None):
        raise UserErrorException("The script must be a text, and the command a list or a text.")
    if wanted.script is not None:
        path = os.path.join(wanted.source_directory, wanted.script)
        outside = os.path.normpath(wanted.script).startswith(os.pardir) or os.path.isabs(wanted.script)
        if outside or not os.path.isfile(path):
            raise ExperimentExecutionException(
                f"There is no script {wanted.script!r} in {os.path.abspath(wanted.source_directory)}. "
                "Give its name relative to source_directory (--source-directory on the command line)."
            )
    elif not wanted.command:
        raise UserErrorException("There is nothing to run: give a script or a command.")
    for argument in _command(wanted, _PLACEHOLDER):
        if "\0" in argument:
            raise UserErrorException(f"The argument {argument!r} has a NUL, which no process can be given.")


def _definition(wanted: Submission, python: str | None) -> dict[str, Any]:
    """Return the SDK's ``runDefinition``, with what the supervisor goes by."""
    command = wanted.command
    return {
        "script": wanted.script,
        "command": command if command is None or isinstance(command, str) else " ".join(map(str, command)),
        "useAbsolutePath": False,
        "arguments": _arguments(wanted),
        "sourceDirectoryDataStore": None,
        "framework": "Python",
        "communicator": "None",
        "target": wanted.target,
        "dataReferences": {},
        "data": {},
        "outputData": {},
        "datacaches": [],
        "jobName": None,
        "maxRunDurationSeconds": wanted.max_seconds,
        "graceSeconds": _grace(),
        "keepCode": _keep_code(),
        "nodeCount": 1,
        "priority": wanted.priority,
        "credentialPassthrough": wanted.credential_passthrough,
        "environment": _shown(wanted.environment),
        "environmentVariables": redacted(wanted.variables),
        "history": {"outputCollection": True, "directoriesToWatch": ["logs"], "snapshotProject": True},
        "interpreter": python,
        "process": _command(wanted, python or _PLACEHOLDER),
    }


def _shown(definition: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return an environment's definition without the values of secrets."""
    if definition is None:
        return None
    shown: dict[str, Any] = without_passwords(definition)  # such as that of an index of packages
    if shown.get("environmentVariables"):
        shown["environmentVariables"] = redacted(shown["environmentVariables"])
    registry = (shown.get("docker") or {}).get("baseImageRegistry") or {}
    if registry.get("password"):
        shown["docker"] = {**shown["docker"], "baseImageRegistry": {**registry, "password": HIDDEN}}
    return shown


def _variables(wanted: Submission, python: str | None) -> dict[str, str]:
    """Return what the script gets beside this process's environment, secrets as they are."""
    variables = dict(wanted.variables)
    if wanted.resume_from is not None:
        variables[RESUME_VARIABLE] = wanted.resume_from
    if python is None:
        variables[environment.DEFINITION_VARIABLE] = json.dumps(wanted.environment)
    else:  # an environment need not be active to be used
        variables["PATH"] = interpreter.search_path(python, variables.get("PATH", os.environ.get("PATH")))
    return variables


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


def _keep_code() -> bool:
    """Return whether the working copy stays when the run has ended well."""
    text = os.environ.get(KEEP_CODE, "0")
    if text.lower() not in _YES_AND_NO:
        raise UserErrorException(f"{KEEP_CODE} is {text!r}: set it to 1 or 0, or unset it.")
    return _YES_AND_NO[text.lower()]


def _command(wanted: Submission, python: str) -> list[str]:
    if wanted.script is not None:
        # A name that begins with a dash must not be taken for an option of Python's.
        script = wanted.script if not wanted.script.startswith("-") else os.path.join(".", wanted.script)
        return [python, script, *_arguments(wanted)]
    if isinstance(wanted.command, str):
        return ["/bin/sh", "-c", wanted.command]
    return [str(part) for part in wanted.command or ()]


def _arguments(wanted: Submission) -> list[str]:
    resume = [] if wanted.resume_from is None or wanted.script is None else [RESUME_ARGUMENT, wanted.resume_from]
    return [*map(str, wanted.arguments), *resume]
