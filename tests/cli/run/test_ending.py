"""``localtrack run``: cancel, wait, delete."""

import json
import os
import pty
import signal
from pathlib import Path

import pytest
from knack.help_files import helps

import localtrack.cli.run  # noqa: F401  which adds to what helps has
from localtrack.core import Experiment, Run, ScriptRunConfig, Workspace

HOSTILE = "\x1b[2J red\nnew\u200f line \N{SNOWMAN}"
SHOWN = "\\x1b[2J red\\nnew\\u200f line \N{SNOWMAN}"
WAITING = """
import pathlib, sys, time
print("started", flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.01)
"""


@pytest.fixture
def project(attached):
    """A workspace with a script that waits for a file."""
    attached.write("wait.py", WAITING)
    attached.write("fail.py", "raise ValueError('no \\x1b[31m data')\n")
    return attached


@pytest.fixture
def end(project) -> Path:
    return project.home / "end"


def experiment(cli) -> Experiment:
    return Experiment(Workspace.from_config(cli.folder), "train")


def submit(cli, script: str, *arguments: object) -> Run:
    return experiment(cli).submit(ScriptRunConfig(str(cli.folder), script=script, arguments=list(arguments)))


def run_ids(cli) -> list[str]:
    return sorted(run.id for run in experiment(cli).get_runs())


def test_cancel_ends_a_script_and_says_so(project, end, wait_until):
    run = submit(project, "wait.py", end)
    wait_until(lambda: run.get_status() == "Running")
    canceled = project("run", "cancel", "-r", run.id, "-w", "demo", "-e", "train")
    assert (canceled.out, canceled.err) == ("", f"Run {run.id} is canceled.\n")
    assert run.get_status() == "Canceled"
    assert project("run", "cancel", "-r", "last").err == f"WARNING: Run {run.id} was canceled before.\n"


def test_a_run_that_has_ended_is_not_canceled(project):
    run = experiment(project).start_logging(outputs=False)
    run.complete()
    done = project("run", "cancel", "-r", run.id)
    assert (done.out, done.err) == (
        "",
        f"WARNING: Run {run.id} is Completed and can't become Canceled; it stays as it is.\n",
    )
    assert run.get_status() == "Completed"


def test_wait_returns_when_all_have_ended_and_says_which_did_not_complete(project, end):
    end.touch()
    good, bad = submit(project, "wait.py", end), submit(project, "fail.py")
    done = project("run", "wait", good.id, bad.id, code=3)
    assert [(run["run_id"], run["status"]) for run in json.loads(done.out)] == [
        (good.id, "Completed"),
        (bad.id, "Failed"),
    ]
    assert done.err.splitlines() == [
        f"ERROR: Run {bad.id} has failed. The script ended with exit code 1: ValueError: no \\x1b[31m data",
        f"Its output is in {bad._folder.std_log}.",
    ]
    shown = project("run", "wait", "-r", good.id, "--show-output")
    assert json.loads(shown.out) == json.loads(project("run", "show", "-r", good.id).out)
    assert "started" in shown.err.splitlines()


def test_a_failed_run_without_a_script_has_no_output_to_name(project):
    run = experiment(project).start_logging(outputs=False)
    run.fail("no \x1b[31m data")
    assert project("run", "wait", run.id, code=3).err == f"ERROR: Run {run.id} has failed. no \\x1b[31m data\n"


def test_wait_ends_in_time_and_the_run_goes_on(project, end, wait_until):
    run = submit(project, "wait.py", end)
    try:
        wait_until(lambda: run.get_status() == "Running")
        late = project("run", "wait", "-r", run.id, "--timeout", "0.3", code=3)
        at_once = project("run", "wait", run.id, run.id, "--timeout", "0", "--query", "[].status", code=3)
        assert run.get_status() == "Running"
    finally:
        end.touch()
    assert f"ERROR: Run {run.id} is Running after " in late.err
    assert late.err.endswith("seconds, and goes on.\n")
    assert json.loads(late.out)["status"] == "Running"
    assert json.loads(at_once.out) == ["Running", "Running"]
    assert project("run", "wait", run.id, "--timeout", "1e300", "--query", "status").out == '"Completed"\n'


def test_ctrl_c_ends_the_waiting_and_not_the_run(project, end, wait_until):
    run = submit(project, "wait.py", end)
    try:
        watching = project.start("run", "wait", "-r", run.id, "--show-output")
        wait_until(lambda: watching.stderr.readline() == "started\n")
        os.killpg(watching.pid, signal.SIGINT)
        out, err = watching.communicate(timeout=30)
        assert (watching.returncode, out) == (130, "")
        assert err.splitlines()[-1].startswith(f"WARNING: Run {run.id} goes on.")
        assert run.get_status() == "Running"
    finally:
        end.touch()
        assert run.wait_for_completion()["status"] == "Completed"


def test_delete_says_what_goes_and_deletes_all_below(project):
    parent = experiment(project).start_logging(outputs=False, run_id="parent", display_name=HOSTILE)
    child = parent.child_run(run_id="child")
    project.write("weights.bin", "x" * 1500)
    child.upload_file("weights.bin", str(project.folder / "weights.bin"))
    for run in (child, parent, experiment(project).start_logging(outputs=False, run_id="other")):
        run.complete()
    experiment(project).start_logging(outputs=False, run_id="kept").complete()

    refused = project("run", "delete", "-r", "child", "parent", "-r", "other", code=1)
    assert refused.out == ""
    assert refused.err.splitlines() == [
        "These runs go, with their metrics, logs and files:",
        f"  parent ({SHOWN}): Completed, 1 run below it, 1.5 kB of files",
        "  other: Completed, no runs below it, 0 B of files",
        "ERROR: Nothing was deleted, for there is no terminal to ask on. Add --yes to do it without asking.",
    ]
    assert run_ids(project) == ["kept", "other", "parent"]

    deleted = project("run", "delete", "-r", "child", "parent", "-r", "other", "--yes", "-o", "table")
    assert [line.split()[0] for line in deleted.out.splitlines()[2:]] == ["parent", "child", "other"]
    assert SHOWN in deleted.out
    assert run_ids(project) == ["kept"]
    assert not (project.folder / ".azureml" / "runs" / "child").exists()


def test_a_run_that_has_not_ended_is_not_deleted_and_none_else(project):
    experiment(project).start_logging(outputs=False, run_id="ended").complete()
    parent = experiment(project).start_logging(outputs=False, run_id="parent")
    parent.child_run(run_id="child")
    refused = project("run", "delete", "-r", "ended", "parent", "--yes", code=1)
    assert "is Running, so nothing was deleted" in refused.err
    assert "localtrack run cancel -r" in refused.err
    assert "no run 'nobody'" in project("run", "delete", "-r", "ended", "nobody", "-y", code=1).err
    assert run_ids(project) == ["ended", "parent"]


def test_of_many_runs_the_last_are_only_counted(project):
    for number in range(22):
        run = experiment(project).start_logging(outputs=False, run_id=f"run-{number:02}")
        if number == 21:
            run.child_run().complete()
        run.complete()
    done = project("run", "delete", "-r", *run_ids(project), "--yes", "--query", "length(@)")
    assert done.err.splitlines()[-2:] == [
        "  run-19: Completed, no runs below it, 0 B of files",
        "  and 2 more: 1 run below them, 0 B of files",
    ]
    assert done.out == "23\n"
    assert run_ids(project) == []


def test_on_a_terminal_deleting_is_asked_for(project):
    experiment(project).start_logging(outputs=False, run_id="r").complete()
    for answer, code, left in ((b"n\n", 1, ["r"]), (b"y\n", 0, [])):
        ours, theirs = pty.openpty()
        asking = project.start("run", "delete", "-r", "r", stdin=theirs)
        os.close(theirs)
        os.write(ours, answer)
        out, err = asking.communicate(timeout=30)
        os.close(ours)
        assert asking.returncode == code
        assert "Delete them? (y/N): " in err
        assert "Delete them" not in out
        assert run_ids(project) == left


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["wait"], "localtrack run wait: give the ids of the runs, or 'last'"),
        (["wait", "last", "--timeout", "-1"], "'-1' is no number of seconds from 0 up"),
        (["delete", "--yes"], "required: --run/-r"),
    ],
)
def test_wrong_usage(cli, arguments, message):
    assert message in cli("run", *arguments, code=2).err


def test_help_has_examples():
    for command in ("cancel", "wait", "delete"):
        assert f"text: localtrack run {command} -" in helps[f"run {command}"]
