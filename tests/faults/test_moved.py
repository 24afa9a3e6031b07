"""A project that is copied, moved, zipped or renamed while somebody works in it: both halves are right."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localtrack.core import ComputeTarget, Experiment, Run, ScriptRunConfig, Workspace
from localtrack.core.compute import AmlCompute
from localtrack.exceptions import ServiceException, WorkspaceException
from localtrack.store.store import close_store

WRITER = """
import sys
from localtrack.core import Experiment, Workspace
from localtrack.exceptions import AzureMLException
run = Experiment(Workspace.from_config(), "e").start_logging(run_id="run", outputs=False)
for line in sys.stdin:
    name, value = line.split()
    try:
        if name == "log":
            run.log("m", int(value))
        elif name == "tag":
            run.tag(value)
        else:
            run.complete()
        print("done", flush=True)
    except AzureMLException as error:
        print(type(error).__name__, error, flush=True)
"""


@pytest.fixture
def ask(workspace: Workspace, start_python: Callable) -> Callable[[str], str]:
    """Have a process that logs to the run "run" make a call, and return what came of it."""
    process = start_python(WRITER)

    def call(what: str) -> str:
        process.stdin.write(f"{what}\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    return call


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Callable[[Path | str], Workspace]]:
    opened = []

    def open_workspace(project: Path | str) -> Workspace:
        opened.append(Workspace.from_config(str(project)))
        return opened[-1]

    yield open_workspace
    os.chdir(tmp_path)
    for each in opened:
        close_store(each._layout)


def sound(workspace: Workspace) -> bool:
    return all(each.severity == "note" for each in workspace.check(deep=True))


COPIES: dict[str, Callable[[Path, Path], object]] = {
    "copied": lambda source, target: shutil.copytree(source, target),
    "zipped": lambda source, target: shutil.unpack_archive(
        shutil.make_archive(str(target), "zip", source), target, "zip"
    ),
    "in a tar": lambda source, target: (
        target.mkdir(),
        subprocess.run(f"tar -C '{source}' -cf - . | tar -C '{target}' -xf -", shell=True, check=True),
    ),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_project_that_is_copied_while_a_process_logs(workspace: Workspace, ask, at, tmp_path: Path, how: str) -> None:
    assert ask("log 1") == "done"
    assert workspace.get_run("run").get_metrics() == {"m": 1}  # taken in
    assert ask("log 2") == "done"  # and not
    workspace._store.database.close()
    COPIES[how](tmp_path / "project", tmp_path / "a copy")

    copy = at(tmp_path / "a copy")
    there = copy.get_run("run")
    assert (there.get_status(), there.get_metrics()) == ("Failed", {"m": [1, 2]})
    assert there.get_details()["error"]["error"]["code"] == "ProcessLost"
    there.tag("copy")
    with Experiment(copy, "e").start_logging(run_id="of-the-copy", outputs=False) as new:
        new.log("m", 7)
    assert sound(copy)

    assert ask("log 3") == "done"
    assert workspace.get_run("run").get_status() == "Running"
    assert ask("complete now") == "done"
    run = workspace.get_run("run")
    assert (run.get_status(), run.get_metrics(), run.get_tags()) == ("Completed", {"m": [1, 2, 3]}, {})
    assert [each.id for each in Experiment(workspace, "e").get_runs()] == ["run"]
    assert sound(workspace)

    again = at(tmp_path / "a copy").get_run("run")
    assert (again.get_status(), again.get_metrics()) == ("Failed", {"m": [1, 2]})


def test_a_project_that_is_moved_while_a_process_logs(workspace: Workspace, ask, at, tmp_path: Path) -> None:
    """Its journal moves with it; what it can't do from the old path it says, and it is alive for all."""
    assert ask("log 1") == "done"
    close_store(workspace._layout)
    os.chdir(tmp_path)
    os.rename(tmp_path / "project", tmp_path / "moved")
    moved = at(tmp_path / "moved")
    assert ask("log 2") == "done"
    run = moved.get_run("run")
    assert (run.get_status(), run.get_metrics()) == ("Running", {"m": [1, 2]})
    refusal = ask("tag late")
    assert refusal.startswith(("ServiceException", "WorkspaceException"))
    assert str(tmp_path / "project") in refusal
    assert not (tmp_path / "project").exists()
    run.tag("from there")
    assert sound(moved)
    close_store(moved._layout)
    os.rename(tmp_path / "moved", tmp_path / "project")
    assert ask("tag late") == "done"
    assert ask("complete now") == "done"
    back = at(tmp_path / "project").get_run("run")
    assert (back.get_status(), back.get_metrics(), sorted(back.get_tags())) == (
        "Completed",
        {"m": [1, 2]},
        ["from there", "late"],
    )


def test_another_project_in_the_place_of_the_one_that_a_process_logs_to(
    workspace: Workspace, ask, at, tmp_path: Path, start_python: Callable
) -> None:
    """Nothing of the one gets into the other."""
    assert ask("log 1") == "done"
    close_store(workspace._layout)
    os.chdir(tmp_path)
    os.rename(tmp_path / "project", tmp_path / "moved")
    (tmp_path / "project").mkdir()
    os.chdir(tmp_path / "project")
    other = Workspace.create(name="other")
    assert ask("log 2") == "done"
    assert "was deleted or replaced since this process opened it" in ask("tag late")
    assert "was deleted or replaced since this process opened it" in ask("complete now")
    with Experiment(other, "e").start_logging(run_id="run", outputs=False) as run:
        run.log("m", 7)
    assert (run.get_metrics(), run.get_tags()) == ({"m": 7}, {})
    assert sound(other)
    close_store(other._layout)
    assert at(tmp_path / "moved").get_run("run").get_metrics() == {"m": [1, 2]}


@pytest.fixture
def script(workspace: Workspace) -> Run:
    """A script that waits for a file beside the project, with another run behind it in the queue."""
    Path("train.py").write_text(
        "import os, sys, time\n"
        "from localtrack.core import Run\n"
        "run = Run.get_context()\n"
        "run.log('m', 1)\n"
        "open('outputs/started', 'w').close()\n"
        "while not os.path.exists(sys.argv[1]):\n"
        "    time.sleep(0.01)\n"
        "run.log('m', 2)\n"
    )
    ComputeTarget.create(workspace, "one", AmlCompute.provisioning_configuration(max_nodes=1))
    config = ScriptRunConfig(".", "train.py", [os.path.abspath("../go")], compute_target="one")
    first = Experiment(workspace, "scripts").submit(config)
    Experiment(workspace, "scripts").submit(config)
    return first


def test_a_project_that_is_copied_while_a_script_runs(
    workspace: Workspace, script: Run, at, tmp_path: Path, wait_until: Callable
) -> None:
    """The copy's is not running, and its queue starts nothing; the original's go on to their ends."""
    started = Path(workspace._layout.run(script.id).outputs, "started")
    wait_until(started.exists)
    workspace._store.database.close()
    shutil.copytree(tmp_path / "project", tmp_path / "copy")

    copy = at(tmp_path / "copy")
    runs = {run.id: run for run in Experiment(copy, "scripts").get_runs()}
    waiting = next(run for run in runs.values() if run.id != script.id)
    assert runs[script.id].get_status() == "Failed"
    assert waiting.get_status() == "Queued"
    found = {each.kind for each in copy.check() if each.severity != "note"}
    assert found == {"queued-elsewhere"}
    waiting.cancel()
    assert waiting.get_status() == "Canceled"
    assert {each.kind for each in copy.check(fix=True) if not each.fixed and each.severity != "note"} == set()

    (tmp_path / "go").touch()
    for run in Experiment(workspace, "scripts").get_runs():
        run.wait_for_completion()
        assert (run.get_status(), run.get_metrics()) == ("Completed", {"m": [1, 2]})
    assert sound(workspace)


def test_a_project_that_is_renamed_while_nobody_uses_it(
    workspace: Workspace, script: Run, at, tmp_path: Path, wait_until: Callable
) -> None:
    (tmp_path / "go").touch()
    ids = [run.id for run in Experiment(workspace, "scripts").get_runs()]
    for run in Experiment(workspace, "scripts").get_runs():
        run.wait_for_completion()
    wait_until(lambda: sound(workspace))
    close_store(workspace._layout)
    os.chdir(tmp_path)
    os.rename(tmp_path / "project", tmp_path / "it's \N{SNOWMAN}; renamed")
    there = at(tmp_path / "it's \N{SNOWMAN}; renamed")
    runs = list(Experiment(there, "scripts").get_runs())
    assert [run.id for run in runs] == ids
    for run in runs:
        run.download_file("outputs/started", str(tmp_path / "got"))
        assert run.get_metrics() == {"m": [1, 2]}
    assert sound(there)
    again = runs[0].experiment.submit(ScriptRunConfig(there._layout.project, "train.py", [str(tmp_path / "go")]))
    again.wait_for_completion()
    assert again.get_metrics() == {"m": [1, 2]}


def test_a_workspace_object_of_a_project_that_was_moved(workspace: Workspace, tmp_path: Path) -> None:
    run = Experiment(workspace, "e").start_logging(run_id="run", outputs=False)
    run.log("m", 1)
    os.chdir(tmp_path)
    os.rename(tmp_path / "project", tmp_path / "moved")
    with pytest.raises((ServiceException, WorkspaceException), match="project"):
        run.complete()
    assert not (tmp_path / "project").exists()
    os.rename(tmp_path / "moved", tmp_path / "project")
    run.complete()
    assert (run.get_status(), run.get_metrics()) == ("Completed", {"m": 1})
