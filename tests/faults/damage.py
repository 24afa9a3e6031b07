"""A workspace whose database is damaged in some way, all that is asked of it then, and what must be true all the same.

python damage.py SEED COUNT tries so many flips of bits.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

from localtrack.core import ComputeTarget, Environment, Experiment, Model, Run, Workspace, diagnosis
from localtrack.core.compute import AmlCompute
from localtrack.core.context import _SubmittedRun
from localtrack.exceptions import AzureMLException
from localtrack.paths import Layout
from localtrack.store import backup
from localtrack.store.runs import NewRun
from localtrack.store.store import close_store

Damage = Callable[[str], object]  # given the path of a database

RUNS = 20
LEFT = ("left", [1, 2, 3])  # what a process had logged that is gone, and that nobody has taken in yet
LATE = ("late", [4, 5])  # what a script logs while the database is damaged

_PAGE = 4096


def make(project: str) -> None:
    """Make a workspace with a little of everything."""
    os.makedirs(project)
    os.chdir(project)
    workspace = Workspace.create(name="damaged")
    experiment = Experiment(workspace, "train")
    for number in range(RUNS):
        run = experiment.start_logging(
            run_id=f"run{number}", outputs=False, tags={"number": str(number), "x": "x" * 99}
        )
        for step in range(10):
            run.log("loss", step / 10, step=step)
        run.log_table("table", {"a": [1, 2], "b": ["x", True]})
        run.add_properties({"kind": "old"})
        if number % 5 == 0:
            run.child_run(run_id=f"child{number}").complete()
        run.fail("because") if number % 7 == 0 else run.complete()
    run.upload_file("note.txt", io.StringIO("note"))
    workspace._store.runs.create(
        experiment.id, [NewRun(id="script", status="Running", type="azureml.scriptrun", definition={"script": "x.py"})]
    )
    Model.register(workspace, os.path.join(".azureml", "config.json"), "model")
    Environment("environment").register(workspace)
    ComputeTarget.create(workspace, "two", AmlCompute.provisioning_configuration(max_nodes=2))
    name, values = LEFT
    left = experiment.start_logging(run_id=name, outputs=False)
    for value in values:
        left.log("value", value)
    close_store(workspace._layout)


def make_killed(project: str, experiment: str = "train", *, before: int = 0) -> None:
    """Make a workspace whose last process was killed, so that SQLite's log is still beside the database.

    Args:
        project: The folder.
        experiment: Where its five runs are.
        before: How many large runs there are that another process has made before.
    """
    program = """
    import os, signal, sys
    from localtrack.core import Experiment, Workspace
    experiment = Experiment(Workspace.create(name="killed", exist_ok=True), sys.argv[1])
    for number in range(5):
        run = experiment.start_logging(run_id=f"{sys.argv[1]}{number}", outputs=False)
        run.log("value", number)
        run.get_metrics()
        run.complete()
    os.kill(os.getpid(), signal.SIGKILL)
    """
    os.makedirs(project)
    lines = "\n".join(line.removeprefix("    ") for line in program.splitlines())
    if before:
        os.chdir(project)
        workspace = Workspace.create(name="killed")
        for number in range(before):
            Experiment(workspace, "large").start_logging(run_id=f"before{number}", tags={"x": "x" * 50_000}).complete()
        close_store(workspace._layout)
    command = [sys.executable, "-c", lines, experiment]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode < 0, done.stderr
    assert os.path.exists(database_of(project) + "-wal")


def database_of(project: str) -> str:
    return Layout(os.path.join(project, ".azureml")).database


def cut(size: int) -> Damage:
    return lambda path: os.truncate(path, size if size >= 0 else os.path.getsize(path) + size)


def filled(content: bytes) -> Damage:
    def fill(path: str) -> None:
        with open(path, "wb") as file:
            file.write(content)

    return fill


def executed(statement: str) -> Damage:
    def execute(path: str) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)
            connection.commit()

    return execute


def replaced(statement: str) -> Damage:
    def replace(path: str) -> None:
        os.unlink(path)
        executed(statement)(path)

    return replace


def flipped(seed: object) -> Damage:
    """Flip bits at random: in the header, in the head of a page, anywhere, or in many places."""

    def flip(path: str) -> None:
        chance = random.Random(str(seed))
        with open(path, "rb") as file:
            data = bytearray(file.read())
        kind = chance.choice(("header", "page", "anywhere", "many"))
        for _ in range(200 if kind == "many" else 1):
            if kind == "header":
                place = chance.randrange(100)
            elif kind == "page":
                place = chance.randrange(len(data) // _PAGE) * _PAGE + chance.randrange(12)
            else:
                place = chance.randrange(len(data))
            data[place] ^= 1 << chance.randrange(8)
        filled(bytes(data))(path)

    return flip


def faults(whole: str, project: str, damage: Damage, *, refused: bool | None = None) -> list[str]:
    """Damage a copy of a workspace, ask everything of it, put a backup in its place, and return what is wrong.

    Args:
        whole: The project that is copied; by `make`, and nobody uses it.
        project: Where the copy goes; it is removed.
        damage: What is done to its database.
        refused: Whether the workspace can't be opened then; None if it depends.
    """
    shutil.copytree(whole, project, symlinks=True)
    os.chdir(project)
    layout = Layout(os.path.join(project, ".azureml"))
    damage(layout.database)
    before = _content(layout)
    found: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _log_late(layout, found)
            logged = _journals(layout)
            opened = _ask_everything(project, found)
            if refused is not None and opened is refused:
                found.append(f"it is {'opened' if opened else 'refused'}")
            if not opened:
                if refused and (_content(layout) != before or _journals(layout) != logged):
                    found.append("it was refused, and changed")
                _ask_doctor(project, found)
            close_store(layout)
            taken_in = set() if refused else _taken_in(layout)
            _put_back(whole, layout)
            _compare(project, taken_in, found)
    finally:
        close_store(layout)
        os.chdir(os.path.dirname(project))
        shutil.rmtree(project)
    return found


def _log_late(layout: Layout, found: list[str]) -> None:
    """Log as a script does that was submitted; it needs no database."""
    run = _SubmittedRun(layout, LATE[0])
    for value in LATE[1]:
        try:
            run.log("value", value)
        except Exception as error:
            found.append(f"log: {type(error).__name__}: {error}")


def _ask_everything(project: str, found: list[str]) -> bool:
    """Make all kinds of calls, and note errors that are none of localtrack's; return whether it could be opened."""
    try:
        workspace = Workspace.from_config(project)
    except AzureMLException:
        return False
    except Exception as error:
        found.append(f"from_config: unclear {type(error).__name__}: {error}")
        return False
    experiment = Experiment(workspace, "train") if _is_there(workspace) else None
    for name, call in _calls(workspace, experiment):
        try:
            call()
        except AzureMLException as error:
            if not str(error).rstrip().endswith((".", "include: ", ")")) and "available files" not in str(error):
                found.append(f"{name}: the error is no sentence: {error}")
        except Exception as error:
            found.append(f"{name}: unclear {type(error).__name__}: {error}")
    return True


def _is_there(workspace: Workspace) -> bool:
    try:
        return "train" in workspace.experiments
    except Exception:
        return False  # and it is seen again by the calls


def _calls(workspace: Workspace, experiment: Experiment | None) -> Iterator[tuple[str, Callable[[], Any]]]:
    def of_last(call: Callable[[Run], Any]) -> Callable[[], Any]:
        return lambda: call(workspace.get_run(f"run{RUNS - 1}"))

    if experiment is not None:
        runs = experiment.get_runs
        yield "get_runs", lambda: [(run.id, run.status, run.name) for run in runs(include_children=True)]
        yield "get_details", lambda: [run.get_details() for run in runs()]
        yield "get_metrics", lambda: [run.get_metrics() for run in runs()]
        yield "get_tags", lambda: [(run.get_tags(), run.get_properties()) for run in runs()]
        yield "by tag", lambda: list(runs(tags={"number": "3"}))
        yield "get_children", lambda: [list(run.get_children()) for run in runs()]
        yield "start_logging", lambda: _use(experiment)
    yield "experiments", lambda: Experiment.list(workspace)
    yield "search_runs", lambda: workspace.search_runs("metrics.loss > 0.5 AND tags.number != '3'")
    yield "history", of_last(lambda run: [point.value for point in run.get_metric_history("loss")])
    yield "download", of_last(lambda run: run.download_file("note.txt", "got.txt"))
    yield "tag", of_last(lambda run: run.tag("new", "tag"))
    yield "models", lambda: [model.download("got", exist_ok=True) for model in Model.list(workspace)]
    yield "environments", lambda: dict(workspace.environments)
    yield "targets", lambda: dict(workspace.compute_targets)
    yield "delete", lambda: workspace.get_run("run3").delete()
    yield "backup", lambda: backup.back_up(workspace._store, "copy.db", files=False, overwrite=True)
    yield "check", lambda: workspace.check(deep=True)
    yield "repair", lambda: workspace.check(fix=True)


def _use(experiment: Experiment) -> None:
    run = experiment.start_logging(outputs=False)
    run.log("loss", 1)
    run.tag("key", "value")
    run.child_run().complete()
    run.complete()


def _ask_doctor(project: str, found: list[str]) -> None:
    """It says what is the matter with a workspace that can't be opened, and changes nothing."""
    try:
        checks = {each.name: each for each in diagnosis.diagnose(project, fix=False, deep=False).checks}
    except Exception as error:
        found.append(f"doctor: {type(error).__name__}: {error}")
        return
    if all(each.status != "error" for each in checks.values()):
        found.append(f"doctor doesn't say what is the matter: {checks}")


def _taken_in(layout: Layout) -> set[int]:
    """Return which of the values that only journals had are in the damaged database, with or without their run."""
    found: set[int] = set()
    for query in (
        "SELECT value FROM points WHERE series IN (SELECT series FROM metrics WHERE name = 'value')",
        "SELECT run_id FROM set_aside",
    ):
        with suppress(sqlite3.Error, UnicodeDecodeError), closing(sqlite3.connect(layout.database)) as connection:
            for (text,) in connection.execute(query):
                found.update(*(values for run_id, values in (LEFT, LATE) if run_id == text), {text})
    return found.intersection(LEFT[1] + LATE[1])


def _put_back(whole: str, layout: Layout) -> None:
    for name in os.listdir(layout.root):
        path = os.path.join(layout.root, name)
        if name.startswith("localtrack.db"):
            os.rmdir(path) if os.path.isdir(path) else os.unlink(path)
    shutil.copy(database_of(whole), layout.database)
    with closing(sqlite3.connect(layout.database)) as connection:  # the script's run, which began after the backup
        connection.execute(
            "INSERT INTO runs (id, experiment, number, status, created) VALUES (?, 1, 900, 'Completed', 0)",
            (LATE[0],),
        )
        connection.commit()


def _compare(project: str, taken_in: set[int], found: list[str]) -> None:
    """With a backup in its place, the workspace has all that the backup has, and what journals had once each."""
    workspace = Workspace.from_config(project)
    for number in range(RUNS):
        metrics = workspace.get_run(f"run{number}").get_metrics()
        if metrics != {"loss": [step / 10 for step in range(10)], "table": {"a": [1, 2], "b": ["x", True]}}:
            found.append(f"after the backup, run{number} has {metrics}")
    for run_id, values in (LEFT, LATE):
        logged = workspace.get_run(run_id).get_metrics().get("value", [])
        logged = logged if isinstance(logged, list) else [logged]
        if len(set(logged)) != len(logged) or set(values) - set(logged) - taken_in or set(logged) - set(values):
            found.append(f"after the backup, {run_id} has {logged}, and {taken_in} were taken in")


def _content(layout: Layout) -> dict[str, bytes | None]:
    names = [name for name in os.listdir(layout.root) if name.startswith("localtrack.db")]
    return {name: _bytes(os.path.join(layout.root, name)) for name in names}


def _journals(layout: Layout) -> dict[str, bytes | None]:
    names = [name for name in os.listdir(layout.journals) if name.endswith(".journal")]
    return {name: _bytes(os.path.join(layout.journals, name)) for name in names}


def _bytes(path: str) -> bytes | None:
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def main(seed: str, count: str) -> None:
    """Try flips of bits, and print a line of JSON for each that something is wrong with, and one at the end."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LOCALTRACK_HOME"] = os.path.join(folder, "home")
        whole = os.path.join(folder, "whole")
        make(whole)
        for number in range(int(count)):
            found = faults(whole, os.path.join(folder, "project"), flipped(f"{seed}/{number}"))
            if found:
                print(json.dumps({"flip": f"{seed}/{number}", "found": found}), flush=True)
        os.chdir("/")
    print(json.dumps({"tried": int(count)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
