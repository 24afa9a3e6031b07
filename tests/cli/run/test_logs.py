"""``localtrack run``: monitor-logs, download-logs."""

import json
import os
import pty
import signal
import subprocess

import pytest
from knack.help_files import helps

import localtrack.cli.run  # noqa: F401  which adds to what helps has
from localtrack.core import Experiment, Run, ScriptRunConfig, Workspace

WAITING = """
import pathlib, sys, time
print("started", flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.01)
print("done")
"""
HOSTILE = """
import os
os.makedirs("logs/deep", exist_ok=True)
for name in ("logs/deep/more.log", "logs/top.log", "outputs/no.log"):
    with open(name, "w") as file:
        file.write("more")
print("\\x1b[31mred\\x9b1m\\u202egnp\\tcaf\\u00e9 \\N{SNOWMAN}")
print("10%\\r20%")
raise ValueError("no data")
"""
SHOWN = "\\x1b[31mred\\x9b1m\\u202egnp\tcaf\u00e9 \N{SNOWMAN}"


@pytest.fixture
def project(attached, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    attached.write("wait.py", WAITING)
    attached.write("hostile.py", HOSTILE)
    return attached


def experiment(cli) -> Experiment:
    return Experiment(Workspace.from_config(cli.folder), "train")


def submit(cli, script: str, *arguments: object) -> Run:
    return experiment(cli).submit(ScriptRunConfig(str(cli.folder), script=script, arguments=list(arguments)))


def on_terminal(cli, *arguments: object) -> tuple["subprocess.Popen[str]", str]:
    """Run a command whose stdout is a terminal, and return what was written to it."""
    ours, theirs = pty.openpty()
    started = cli.start(*arguments, stdout=theirs)
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 4096):
            written += part
    except OSError:
        pass  # how Linux says that the other end is closed
    os.close(ours)
    return started, written.decode()


def test_a_run_is_watched_until_it_ends(project, wait_until):
    end = project.home / "end"
    run = submit(project, "wait.py", end)
    try:
        watching = project.start("run", "monitor-logs", "-r", run.id)
        wait_until(lambda: watching.stderr.readline() == "started\n")
    finally:
        end.touch()
    out, err = watching.communicate(timeout=30)
    assert watching.returncode == 0
    assert "done" in err.splitlines()
    assert json.loads(out)["status"] == "Completed"

    again = project("run", "monitor-logs", "-r", "last")  # it has ended by now
    assert again.out == out
    assert json.loads(again.out) == json.loads(project("run", "show", "-r", run.id).out)
    assert {"started", "done", f"RunId: {run.id}"} <= set(again.err.splitlines())


def test_ctrl_c_ends_the_watching_and_not_the_run(project, wait_until):
    end = project.home / "end"
    run = submit(project, "wait.py", end)
    try:
        watching = project.start("run", "monitor-logs", "-r", run.id)
        wait_until(lambda: watching.stderr.readline() == "started\n")
        os.killpg(watching.pid, signal.SIGINT)
        out, err = watching.communicate(timeout=30)
        assert (watching.returncode, out) == (130, "")
        assert err == f"WARNING: Run {run.id} goes on. See how it is with `localtrack run show -r {run.id}`.\n"
        assert run.get_status() == "Running"
    finally:
        end.touch()
        assert run.wait_for_completion()["status"] == "Completed"


def test_what_a_script_prints_can_t_give_orders_to_the_terminal(project):
    run = submit(project, "hostile.py")
    run.wait_for_completion(raise_on_error=False)
    watching, shown = on_terminal(project, "run", "monitor-logs", "-r", run.id, "--query", "status")
    _, err = watching.communicate(timeout=30)
    assert watching.returncode == 3
    assert err.startswith(f"ERROR: Run {run.id} has failed. The script ended with exit code 1: ValueError: no data\n")
    assert f"\n{SHOWN}\r\n" in shown
    assert "\n10%\r20%\r\n" in shown
    assert shown.endswith('"Failed"\r\n')
    for order in ("\x1b", "\x9b", "\u202e"):
        assert order not in shown

    # In a file, a script's output is as it printed it.
    assert "\x1b[31mred\x9b1m\u202egnp" in project("run", "monitor-logs", "-r", run.id, code=3).err


def test_logs_are_copied_under_their_names(project):
    run = submit(project, "hostile.py")
    run.wait_for_completion(raise_on_error=False)
    first = project("run", "download-logs", "-r", run.id, "-d", "all \x1b[1mlogs")
    assert (first.out, first.err) == ("", "")
    folder = project.folder / "all \x1b[1mlogs"
    copies = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert copies == {"logs/deep/more.log", "logs/top.log", "user_logs/std_log.txt"}
    assert (folder / "logs/deep/more.log").read_text() == "more"

    (folder / "logs/top.log").write_text("of somebody")
    (folder / "logs/own.log").write_text("own")
    (folder / "logs/deep/more.log").unlink()
    again = project("run", "download-logs", "-r", run.id, "-d", "all \x1b[1mlogs")
    assert again.err == (
        "WARNING: These files in all \\x1b[1mlogs are replaced: logs/top.log, user_logs/std_log.txt.\n"
    )
    assert [(folder / "logs" / name).read_text() for name in ("top.log", "own.log")] == ["more", "own"]


def test_logs_are_not_copied_out_of_the_folder(project):
    run = submit(project, "hostile.py")
    run.wait_for_completion(raise_on_error=False)
    outside = project.home / "outside"
    outside.mkdir()
    (project.folder / "here").mkdir()
    (project.folder / "here" / "user_logs").symlink_to(outside)
    refused = project("run", "download-logs", "-r", run.id, "-d", "here", code=1)
    assert "leads out of here" in refused.err
    assert len(refused.err.splitlines()) == 1
    assert list(outside.iterdir()) == []
    assert list((project.folder / "here").iterdir()) == [project.folder / "here" / "user_logs"]


def test_a_run_without_logs_says_so(project):
    run = experiment(project).start_logging(outputs=False)
    run.complete()
    done = project("run", "download-logs", "-r", run.id, "-d", "logs-of-it")
    assert done.err == f"WARNING: Run {run.id} has no logs; nothing was copied.\n"
    assert not (project.folder / "logs-of-it").exists()
    assert project("run", "monitor-logs", "-r", run.id, "--query", "status").out == '"Completed"\n'


def test_help_has_examples():
    for command in ("monitor-logs", "download-logs"):
        assert f"text: localtrack run {command} -" in helps[f"run {command}"]
