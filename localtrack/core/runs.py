"""Making runs, and loading those that are there, as objects of their type's class."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from localtrack.core.labels import checked_labels
from localtrack.core.run import Run
from localtrack.core.workspace_base import check_workspace
from localtrack.exceptions import UserErrorException
from localtrack.paths import check_run_id, working_folder
from localtrack.values import check_text

if TYPE_CHECKING:
    from localtrack.core.experiment import Experiment
    from localtrack.core.run_list import RunIterator
    from localtrack.core.workspace import Workspace
    from localtrack.store.run_filter import RunFilter
    from localtrack.store.run_record import RunRecord
    from localtrack.store.runs import NewRun


def load(workspace: Workspace, run_id: str) -> Run:
    """Return a run of a workspace, as an object of its type's class.

    Raises:
        UserErrorException: There is none of that id.
    """
    return from_record(workspace, require(workspace, run_id))


def from_record(workspace: Workspace, record: RunRecord) -> Run:
    """Return the object of a run's row."""
    from localtrack.core.experiment import Experiment
    from localtrack.core.script_run import ScriptRun

    experiment = Experiment._of(workspace, record.experiment_id, record.experiment)
    if record.type in _factories:
        return _factories[record.type](experiment, record.id)
    kind = ScriptRun if record.definition is not None else Run
    run = kind.__new__(kind)
    run._attach(workspace._layout, record.id)
    run._experiment = experiment
    run._record = record
    run._outputs = None
    return run


def provide(type: str, factory: Callable[..., Run]) -> None:
    """Have runs of a type be loaded as what a factory makes of experiment and run id; see `Run.add_type_provider`."""
    _factories[type] = factory


def start(
    experiment: Experiment,
    *,
    run_id: str | None = None,
    name: str | None = None,
    outputs: str | bool | None = None,
    snapshot_directory: str | os.PathLike[str] | None = None,
    display_name: str | None = None,
    description: str | None = None,
    tags: dict[str, Any] | None = None,
    parent: str | None = None,
) -> Run:
    """Start a run that this process logs to; see `Experiment.start_logging`."""
    run_id = str(uuid.uuid4()) if run_id is None else check_run_id(run_id)
    workspace = experiment.workspace
    store = workspace._store
    new = new_run(
        run_id,
        parent=parent,
        name=f"run_{run_id}" if name is None else check_text(name, "The run's name"),
        display_name=None if display_name is None else check_text(display_name, "The display name"),
        description=None if description is None else check_text(description, "The description"),
        tags=checked_labels(tags, "tag"),
    )
    given = "outputs" if outputs in (None, True) else str(outputs)
    folder = None if outputs is False else os.path.join(working_folder(), given)
    if folder is not None:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise UserErrorException(f"The outputs folder {folder} can't be made: {error.strerror}.", error) from error
    if snapshot_directory is None:
        store.runs.create(experiment.id, [new])
    else:
        from localtrack.executor.snapshot import taken

        with taken(store.layout, os.fspath(snapshot_directory)) as kept:
            labelled = replace(new, snapshot=kept.id, properties={"ContentSnapshotId": kept.id})
            store.runs.create(experiment.id, [labelled])
    from localtrack.executor import deliverer, git

    deliverer.tell(store)
    git.note(store, run_id, working_folder() if snapshot_directory is None else os.fspath(snapshot_directory))
    run = load(workspace, run_id)
    run._outputs = folder
    return run


def new_id(experiment: str) -> str:
    """Return an id for a submitted run, as the SDK makes them: experiment, seconds since 1970, 8 random digits."""
    start = re.sub(r"[^A-Za-z0-9_-]", "_", experiment)[:150]  # the id is also the name of a folder
    return f"{start}_{int(time.time())}_{uuid.uuid4().hex[:8]}"


def new_run(run_id: str, **details: Any) -> NewRun:
    """Return what a run is made from that this process logs to."""
    from localtrack.store.runs import NewRun
    from localtrack.store.status import RUNNING

    return NewRun(id=run_id, status=RUNNING, target="local", **details)


def require(workspace: Workspace, run_id: str) -> RunRecord:
    """Return a run's row.

    Raises:
        UserErrorException: There is none of that id.
    """
    check_workspace(workspace, "Finding a run")
    if not isinstance(run_id, str):
        raise UserErrorException(f"A run is found by its id, a text, not by {run_id!r:.100}.")
    record = workspace._store.runs.get(run_id)
    if record is None:
        raise UserErrorException(f"There is no run {run_id!r} in the workspace {workspace.name!r}.")
    return record


def listed(workspace: Workspace, chosen: RunFilter) -> RunIterator:
    """Return an iterator over a workspace's runs, newest first."""
    from localtrack.core.run_list import RunIterator

    return RunIterator(lambda: _walk(workspace, chosen))


def _walk(workspace: Workspace, chosen: RunFilter) -> Iterator[Run]:
    for record in workspace._refresh().runs.walk(chosen):
        yield from_record(workspace, record)


_factories: dict[str | None, Callable[..., Run]] = {}
