"""What is tried while calls of the operating system fail, and what must be true of it afterwards.

An operation notes each fact once the call that makes it true has returned.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localtrack.core import Experiment, Model, Run, ScriptRunConfig, Workspace

Fact = tuple[Any, ...]
Note = Callable[..., None]


def make_a_workspace(note: Note) -> None:
    project = os.getcwd()
    os.chdir("new")
    try:
        workspace = Workspace.create(name="new", subscription_id="s", resource_group="g", exist_ok=True)
        note("workspace", workspace.name)
        run = _experiment(workspace).start_logging(outputs=False)
        run.complete()
        note("run of it", run.id)
    finally:
        os.chdir(project)


def track_a_run(note: Note) -> None:
    run = _experiment().start_logging(outputs=False)
    note("run", run.id)
    for step in range(3):
        run.log("loss", step / 2)
        note("values", run.id, "loss", step + 1)
    run.tag("quality", "good")
    note("tag", run.id, "quality", "good")
    run.complete()
    note("status", run.id, "Completed")


def make_children(note: Note) -> None:
    run = _experiment().start_logging(outputs=False)
    note("run", run.id)
    children = run.create_children(count=3)
    note("children", run.id, 3)
    for child in children:
        child.fail("because")
        note("status", child.id, "Failed")
    run.cancel()
    note("status", run.id, "Canceled")


def keep_files(note: Note) -> None:
    run = _experiment().start_logging(outputs=False)
    run.upload_file("one.txt", "files/one.txt")
    note("file", run.id, "one.txt", "one")
    run.upload_folder("all", "files")
    note("file", run.id, "all/one.txt", "one")
    note("file", run.id, "all/two.txt", "two" * 50_000)
    run.complete()
    note("status", run.id, "Completed")


def register_a_model(note: Note) -> None:
    model = Model.register(Workspace.from_config(), "files", "model")
    note("model", "model", model.version)


def submit(note: Note) -> None:
    run = _experiment().submit(ScriptRunConfig("files", "train.py"))
    note("run", run.id)
    run.cancel()
    note("ended", run.id)


def delete(note: Note) -> None:
    run = _experiment().start_logging(outputs=False)
    run.upload_file("one.txt", "files/one.txt")
    run.log("loss", 1)
    run.complete()
    run.delete()
    note("deleted", run.id)


OPERATIONS: dict[str, Callable[[Note], None]] = {
    each.__name__: each
    for each in (track_a_run, make_children, keep_files, register_a_model, make_a_workspace, submit, delete)
}


def prepare(folder: Path) -> None:
    """Make the project that the operations are tried in."""
    files = folder / "files"
    files.mkdir(parents=True)
    (files / "one.txt").write_text("one")
    (files / "two.txt").write_text("two" * 50_000)
    (files / "train.py").write_text("print('ran')\n")
    (folder / "new").mkdir()
    os.chdir(folder)
    _experiment(Workspace.create(name="faults", exist_ok=True)).start_logging(outputs=False).complete()


def faults(facts: list[Fact]) -> list[str]:
    """Return what is not as it was noted; in a process that saw nothing of the operation."""
    workspace = Workspace.from_config()
    found = []
    for kind, *fact in facts:
        try:
            if not _holds(workspace, kind, *fact):
                found.append(f"not true: {kind} {fact}")
        except Exception as error:  # whatever it is, it is a finding
            found.append(f"{kind} {fact}: {type(error).__name__}: {error}")
    for run in _runs(workspace):
        found += _partial(run)
    return found


def _holds(workspace: Workspace, kind: str, *fact: Any) -> bool:
    if kind == "workspace":
        return Workspace.from_config("new").name == fact[0]
    if kind == "run of it":
        return Workspace.from_config("new").get_run(fact[0]).get_status() == "Completed"
    if kind == "model":
        return os.path.isdir(Model(workspace, fact[0], version=fact[1]).download("models", exist_ok=True))
    if kind == "deleted":
        return fact[0] not in [run.id for run in _runs(workspace)]
    run = workspace.get_run(fact[0])
    if kind == "values":
        return len(run.get_metric_history(fact[1])) >= fact[2]
    if kind == "tag":
        return run.get_tags()[fact[1]] == fact[2]
    if kind == "status":
        return run.get_status() == fact[1]
    if kind == "ended":
        return run.get_status() in ("Canceled", "Completed", "Failed")
    if kind == "children":
        return len(list(run.get_children())) == fact[1]
    if kind == "file":
        target = Path(f"got-{os.getpid()}")
        run.download_file(fact[1], str(target))
        return target.read_text() == fact[2]
    return kind == "run"


def _partial(run: Run) -> list[str]:
    """Every file that a run says it has is whole."""
    found = []
    for artifact in run._store.artifacts.of(run.id):
        path = os.path.join(run._folder.root, artifact.path)
        if not os.path.isfile(path) or os.path.getsize(path) != artifact.size:
            found.append(f"file {artifact.name} of run {run.id} is not whole")
    return found


def _runs(workspace: Workspace) -> list[Run]:
    return [run for experiment in workspace.experiments.values() for run in experiment.get_runs(include_children=True)]


def _experiment(workspace: Workspace | None = None) -> Experiment:
    return Experiment(workspace or Workspace.from_config(), "faults")
