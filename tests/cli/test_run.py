"""``localtrack run``: submit-script, list, show."""

import json
import os
import signal
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from localtrack.core import Experiment, Run, ScriptRun, Workspace

SCRIPT = """
import sys
from localtrack.core import Run
Run.get_context().log("loss", 0.5)
print("arguments:", *sys.argv[1:])
"""
WAITING = """
import pathlib, sys, time
print("started", flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.01)
"""


@pytest.fixture
def project(attached):
    """A workspace with two scripts."""
    attached.write("train.py", SCRIPT)
    attached.write("wait.py", WAITING)
    return attached


def workspace_of(cli) -> Workspace:
    return Workspace.from_config(cli.folder)


def start_run(cli, experiment: str = "train", **options) -> Run:
    return Experiment(workspace_of(cli), experiment).start_logging(outputs=False, **options)


def test_a_script_from_submit_to_show(project):
    submitted = project("run", "submit-script", "train.py", "--alpha", "0.1")
    run = json.loads(submitted.out)  # nothing but JSON is on stdout
    assert "arguments: --alpha 0.1" in submitted.err.splitlines()

    expected = {
        "_experiment_name": "train",
        "run_number": 1,
        "run_type": "azureml.scriptrun",
        "status": "Completed",
        "script_name": "train.py",
        "target": "local",
        "exit_code": 0,
        "tags": {},
        "root_run_id": run["run_id"],
    }
    assert expected.items() <= run.items()
    assert run["run_definition"]["arguments"] == ["--alpha", "0.1"]
    assert None not in run.values()
    times = [datetime.fromisoformat(run[key]) for key in ("created_utc", "start_time_utc", "end_time_utc")]
    assert times == sorted(times)
    assert run["end_time_utc"].endswith("Z")

    assert json.loads(project("run", "show", "-r", run["run_id"]).out) == run
    listed = {key: value for key, value in run.items() if key != "run_definition"}
    assert json.loads(project("run", "list").out) == [listed]
    assert project("run", "list", "--query", "[?status=='Completed'].run_id", "-o", "tsv").out == f"{run['run_id']}\n"

    header, _, row = project("run", "list", "-o", "table").out.splitlines()
    assert header.split() == ["Run", "Name", "Experiment", "Status", "Started", "Duration"]
    started = times[1].strftime("%Y-%m-%d %H:%M")
    duration = str(timedelta(seconds=int((times[2] - times[1]).total_seconds())))
    assert row.split() == [run["run_id"], "1", "train", "Completed", *started.split(), duration]
    assert row in project("run", "show", "-r", run["run_id"], "-o", "table").out


def test_arguments_behind_the_script_are_the_script_s(project):
    theirs = ["-o", "x", "--query", "[", "--debug", "--s", "1", "@train.py", "--help", "-t", "--", "-e=2", "--last"]
    done = project("run", "submit-script", "--async", "--query", "run_definition.arguments", "train.py", *theirs)
    assert json.loads(done.out) == theirs
    assert done.err == ""
    project_run(project).wait_for_completion()


def test_two_dashes_end_the_options(project):
    query = "[script_name, run_definition.arguments[0]]"
    done = project("run", "submit-script", "--async", "--query", query, "-o", "json", "--", "train.py", "--async")
    assert json.loads(done.out) == ["train.py", "--async"]
    project_run(project).wait_for_completion()


def test_a_script_that_fails(project):
    project.write("fail.py", "print('\\x1b[31mred')\nraise ValueError('no \\x1b[31m data')\n")
    done = project("run", "submit-script", "-e", "other", "fail.py", code=3)
    run = json.loads(done.out)
    assert (run["status"], run["exit_code"], run["_experiment_name"]) == ("Failed", 1, "other")
    said = done.err.splitlines()[-2:]
    assert said[0] == (
        f"ERROR: Run {run['run_id']} has failed. The script ended with exit code 1: ValueError: no \\x1b[31m data"
    )
    assert Path(said[1].removeprefix("Its output is in ").removesuffix(".")).is_file()
    assert "\x1b[31mred" in done.err  # the output itself is as the script printed it


def test_a_run_that_is_canceled_while_it_is_waited_for(project, wait_until):
    watching = project.start("run", "submit-script", "wait.py", project.home / "end")
    wait_until(lambda: runs_of(project) and project_run(project).get_status() == "Running")
    project_run(project).cancel()
    out, err = watching.communicate(timeout=30)
    assert watching.returncode == 3
    assert json.loads(out)["status"] == "Canceled"
    assert err.splitlines()[-1] == f"ERROR: Run {json.loads(out)['run_id']} was canceled."


def test_ctrl_c_ends_the_output_and_not_the_run(project):
    end = project.home / "end"
    watching = project.start("run", "submit-script", "wait.py", end)
    for line in watching.stderr:
        if line == "started\n":
            break
    os.killpg(watching.pid, signal.SIGINT)
    out, err = watching.communicate(timeout=30)
    run = project_run(project)
    assert (watching.returncode, out) == (130, "")
    assert err.splitlines() == [f"WARNING: Run {run.id} goes on. See how it is with `localtrack run show -r {run.id}`."]
    assert run.get_status() == "Running"
    end.touch()
    assert run.wait_for_completion()["status"] == "Completed"


def test_on_a_terminal_the_output_is_on_stdout(project):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    watching = project.start("run", "submit-script", "--query", "status", "train.py", stdout=theirs)
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 4096):
            text += part
    except OSError:
        pass  # how Linux says that the other end is closed
    os.close(ours)
    _, err = watching.communicate(timeout=30)
    assert (watching.returncode, err) == (0, "")
    lines = text.decode().splitlines()
    assert "arguments:" in lines
    assert lines[-1] == '"Completed"'


def test_list_chooses(project):
    with start_run(project, display_name="first", tags={"kind": "a", "good": None}) as first:
        child = first.child_run()
        child.complete()
    with start_run(project, tags={"kind": "b=c"}) as second:
        pass
    start_run(project).fail("no")
    other = start_run(project, "other")

    def listed(*arguments):
        return project("run", "list", "--query", "[].run_id", "-o", "tsv", *arguments).out.split()

    assert listed("--status", "Completed") == [second.id, first.id]
    assert listed("--last", "1", "--tags", "kind", "--compute-target-name", "local") == [second.id]
    assert listed("--tags", "kind=b=c") == [second.id]
    assert listed("--tags", "kind=a", "--tags", "good") == [first.id]
    assert listed("--parent-run-id", first.id) == [child.id]
    assert listed("-e", "other", "--status", "Running") == [other.id]
    assert listed("-e", "nobody") == []

    minimal = json.loads(project("run", "list", "--minimal", "--tags", "good").out)
    assert [list(row) for row in minimal] == [["EndTime", "RunId", "RunType", "StartTime", "Status", "Tags", "Target"]]
    table = project("run", "list", "--minimal", "--tags", "good", "-o", "table").out.splitlines()
    assert table[0].split() == ["RunId", "RunType", "Status", "StartTime", "EndTime", "Target", "Tags"]
    assert table[2].endswith("good, kind=a")


def test_without_an_experiment_all_runs_are_listed(cli, monkeypatch):
    monkeypatch.chdir(cli.folder)
    workspace = Workspace.create("plain")
    for name in ("one", "two"):
        Experiment(workspace, name).start_logging(outputs=False).complete()
    cli.write("train.py", SCRIPT)
    assert cli("run", "list", "--query", "[]._experiment_name", "-o", "tsv").out.split() == ["two", "one"]
    assert cli("run", "submit-script", "train.py", code=1).err == (
        "ERROR: Which experiment? Add -e NAME, or give the folder one with "
        "`localtrack folder attach -w plain -e NAME`.\n"
    )


def test_show_finds_a_run(project):
    for run_id in ("alpha-1", "alpha-2", "beta"):
        start_run(project, run_id=run_id).complete()

    def shown(wanted, *arguments):
        return project("run", "show", "-r", wanted, "--query", "run_id", "-o", "tsv", *arguments).out.strip()

    assert shown("alpha-1", "-e", "train") == "alpha-1"
    assert shown("b") == "beta"
    assert shown("last") == "beta"
    assert "leave -e out" in project("run", "show", "-r", "beta", "-e", "other", code=1).err
    assert (
        "2 runs whose id begins with 'alp', such as alpha-2 and alpha-1"
        in project("run", "show", "-r", "alp", code=1).err
    )
    assert f"no run 'gamma' in {project.folder}" in project("run", "show", "-r", "gamma", code=1).err


def test_a_workspace_by_name_from_anywhere(project):
    start_run(project, run_id="r").complete()
    arguments = ["run", "list", "--query", "[].run_id", "-o", "tsv", "--path", "/"]
    assert project(*arguments, "-w", "demo", "-g", "group").out == "r\n"
    assert "no workspace 'nobody'" in project(*arguments, "-w", "nobody", code=1).err
    for folder in ("/", "."):  # by the user's list, and in the workspace's own folder
        error = project("run", "list", "--path", folder, "-w", "demo", "-g", "else", code=1).err
        assert "'demo' is in the resource group 'group', not 'else': leave resource_group (-g) out" in error
    assert "add -w for another" in project("run", "list", "-g", "else", code=1).err


def test_names_and_tags_can_t_give_orders_to_the_terminal(project):
    odd = "\x1b[2J\x07 red\nnew\tline\x9b31m \u202egnp \N{SNOWMAN}"
    start_run(project, display_name=odd, tags={odd: odd}).complete()
    shown = "\\x1b[2J\\x07 red\\nnew\\tline\\x9b31m \\u202egnp \N{SNOWMAN}"
    table = project("run", "list", "-o", "table").out
    assert shown in table
    assert len(table.splitlines()) == 3
    assert f"{shown}={shown}" in project("run", "list", "--minimal", "-o", "table").out
    assert project("run", "list", "--query", "[].[display_name, status]", "-o", "tsv").out == f"{shown}\tCompleted\n"
    as_json = project("run", "list").out
    assert json.loads(as_json)[0]["tags"] == {odd: odd}
    for text in (table, as_json):
        assert text.isprintable() or all(char.isprintable() or char == "\n" for char in text)


def test_the_result_is_also_written_to_a_file(project):
    start_run(project, run_id="r").complete()
    done = project("run", "show", "-r", "r", "-t", "out.json", "--query", "status", "-o", "yaml")
    assert done.out == "Completed\n...\n"
    assert json.loads((project.folder / "out.json").read_text())["run_id"] == "r"
    assert "give a name in a folder that exists" in project("run", "list", "-t", "nowhere/out.json", code=2).err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full disk is made with /dev/full")
def test_a_file_that_can_t_be_written_is_an_error(project):
    done = project("run", "list", "-t", "/dev/full", code=1)
    assert done.err == ("ERROR: The command was done, but /dev/full could not be written: No space left on device.\n")


def test_no_workspace_says_where_it_was_looked_for_and_how_to_make_one(cli):
    error = cli("run", "list", code=1).err
    assert len(error.splitlines()) == 1
    for part in (str(cli.folder), str(cli.home), "`localtrack folder attach -w NAME -g GROUP`"):
        assert part in error


def test_a_configuration_that_is_not_json(cli):
    config = cli.write(".azureml/config.json", '{"Id": ')
    for arguments in (["run", "list", "-w", "demo"], ["folder", "attach", "-w", "demo"]):
        error = cli(*arguments, code=1).err
        assert error.startswith(f"ERROR: {config} is not JSON")
        assert len(error.splitlines()) == 1
    assert config.read_text() == '{"Id": '


def test_debug_shows_where_an_error_was_raised(project):
    done = subprocess.run(
        project.command("run", "show", "-r", "nobody", "--debug"),
        cwd=project.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.count("There is no run 'nobody'") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "localtrack run: the following arguments are required: command"),
        (["run", "remove"], "'remove' is none of its commands"),
        (["-o", "table", "run", "list"], "localtrack: -o comes too early"),
        (["run", "list", "--stat", "Failed"], "localtrack run list: unrecognized arguments: --stat Failed"),
        (["run", "list", "--status", "Odd"], "'Odd' is not a value of --status"),
        (["run", "list", "--last", "-1"], "--last: '-1' is no number from 0 up"),
        (["run", "list", "--query", "foo("], "argument --query"),
        (["run", "show"], "required: --run/-r"),
        (["run", "submit-script"], "localtrack run submit-script: give a script"),
        (["run", "submit-script", "--bogus", "train.py"], "unrecognized arguments: --bogus"),
    ],
)
def test_wrong_usage(cli, arguments, message):
    done = cli(*arguments, code=2)
    assert message in done.err
    assert len(done.err.splitlines()) <= 2
    assert done.out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["submit-script", "-c", "sklearn", "train.py"], "There is no run configuration 'sklearn'"),
        (["submit-script", "--source-directory", "nowhere", "train.py"], "There is no script 'train.py' in"),
        (["submit-script", "--ct", "gpu", "train.py"], "no compute target 'gpu'"),
        (["list", "--query", "length([0].run_number || `1`)"], "--query: length() takes string or array or object"),
    ],
)
def test_errors_are_a_line_or_two(project, arguments, message):
    done = project("run", *arguments, code=1)
    assert message in done.err
    assert len(done.err.splitlines()) <= 2
    assert done.out == ""


@pytest.mark.parametrize("command", [[], ["folder", "attach"], ["run", "submit-script"], ["run", "list"]])
def test_help_has_an_example(cli, command):
    text = cli(*command, "--help").out
    assert " ".join(["localtrack", *command]) in text
    if command:
        assert "Examples" in text


def test_a_reader_that_has_enough_is_no_error(project, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # with it, all is written before the end
    listing = project.start("run", "list")
    listing.stdout.close()
    assert listing.wait(timeout=30) == 0
    assert listing.stderr.read() == ""
    listing.stderr.close()


def project_run(cli) -> ScriptRun:
    (run,) = runs_of(cli)
    return run


def runs_of(cli) -> list[Run]:
    return list(Experiment(workspace_of(cli), "train").get_runs())


def test_an_experiment_without_runs_is_named(project):
    start_run(project, "other").complete()
    listed = project("run", "list", "-o", "table")
    assert "no runs in the experiment train; -e NAME chooses another" in listed.err
    assert "no runs yet in the experiment train" in project("run", "show", "-r", "last", code=1).err
