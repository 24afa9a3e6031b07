"""Submitted scripts, from the queue to the last status, seen through the SDK's objects."""

import json
import os
import re
import stat
import sys
import threading
from pathlib import Path

import psutil
import pytest

from localtrack.core import Experiment, ScriptRun, ScriptRunConfig
from localtrack.exceptions import (
    ActivityFailedException,
    ComputeTargetException,
    ExperimentExecutionException,
    UserErrorException,
)

LOG = """
import os, sys
from azureml.core import Run
run = Run.get_context()
run.log("argument", sys.argv[1])
run.tag("from", "script")
os.makedirs("outputs", exist_ok=True)
open("outputs/model.txt", "w").write("model")
open("logs/train.log", "w").write("log")
open("elsewhere.txt", "w").write("lost")
print("to stdout")
print("to stderr", file=sys.stderr)
"""

IMPORTS = """
from helpers.numbers import ANSWER
from azureml.core import Run
Run.get_context().log("answer", ANSWER)
"""

WAIT = """
import sys, time
print("started", flush=True)
time.sleep(120)
"""


def test_a_script_is_run_and_tracked(submit) -> None:
    run = submit(LOG, "a b\n'c\"")
    assert isinstance(run, ScriptRun)
    assert re.fullmatch(r"e_\d+_[0-9a-f]{8}", run.id)
    details = run.wait_for_completion()
    assert details["status"] == run.get_status() == "Completed"
    assert run.get_metrics() == {"argument": "a b\n'c\""}
    assert run.get_tags() == {"from": "script"}
    assert run.get_file_names() == ["logs/train.log", "outputs/model.txt", "user_logs/std_log.txt"]
    assert details["exitCode"] == 0
    assert details["runDefinition"]["script"] == "script.py"
    assert details["runDefinition"]["arguments"] == ["a b\n'c\""]
    logs = run.get_details_with_logs()["logFiles"]
    assert logs["user_logs/std_log.txt"] == "to stdout\nto stderr\n"
    assert [event.new_status for event in run._store.events.of(run.id)] == [
        "Queued",
        "Preparing",
        "Starting",
        "Running",
        "Finalizing",
        "Completed",
    ]
    run.download_file("outputs/model.txt", "copy.txt")
    assert Path("copy.txt").read_text() == "model"


def test_a_script_that_fails(submit) -> None:
    run = submit("import sys\nprint('before')\ndef f():\n    raise ValueError('bad\\nthing')\nf()")
    with pytest.raises(ActivityFailedException, match="ValueError: bad"):
        run.wait_for_completion()
    details = run.wait_for_completion(raise_on_error=False)
    error = details["error"]["error"]
    assert (details["status"], details["exitCode"]) == ("Failed", 1)
    assert error["message"] == "The script ended with exit code 1: ValueError: bad"
    assert error["debugInfo"]["type"] == "ValueError"
    assert error["debugInfo"]["stackTrace"].endswith("raise ValueError('bad\\nthing')\nValueError: bad\nthing")


@pytest.mark.parametrize(
    ("script", "code", "message"),
    [
        ("import sys; print('last words'); sys.exit(3)", 3, "exit code 3: last words"),
        ("import os; os._exit(4)", 4, "exit code 4, and had printed nothing"),
        ("import os; os.kill(os.getpid(), 11)", -11, "SIGSEGV"),
        ("import os; os.kill(os.getpid(), 9)", -9, "out of memory"),
    ],
)
def test_other_ends(submit, script: str, code: int, message: str) -> None:
    details = submit(script).wait_for_completion(raise_on_error=False)
    assert (details["status"], details["exitCode"]) == ("Failed", code)
    assert message in details["error"]["error"]["message"]


def test_output_is_shown_as_it_grows(submit, tmp_path, capfd) -> None:
    """Any bytes, partial lines and carriage returns; each part before the next is written."""
    script = r"""
import os, sys, time
def write(data):
    os.write(1, data)
    while not os.path.exists(sys.argv[1] + "/" + str(len(data))): time.sleep(0.005)
write(b"10%\r20%")
write(b"\xc3")
write(b"\xa9 \xff!\n\n")
"""
    run = submit(script, tmp_path)
    shown: list[str] = []

    class Screen:
        def write(self, text: str) -> int:
            shown.append(text)
            return len(text)

        def flush(self) -> None:
            text = "".join(shown)
            for part, size in (("20%", 7), ("20%", 1), ("\N{REPLACEMENT CHARACTER}!", 6)):
                if part in text:
                    (tmp_path / str(size)).touch()

    from localtrack.core.watching import wait

    wait(run, show_output=True, raise_on_error=True, stream=Screen())  # type: ignore[arg-type]
    url = run.get_portal_url()
    assert "".join(shown) == (
        f"RunId: {run.id}\nWeb View: {url}\n\n"
        "Streaming user_logs/std_log.txt\n===============================\n\n"
        "10%\r20%é \N{REPLACEMENT CHARACTER}!\n\n"
        f"\nExecution Summary\n=================\nRunId: {run.id}\nWeb View: {url}\n\n"
    )


def test_the_run_outlives_who_submits(workspace, run_python, tmp_path, wait_until) -> None:
    (tmp_path / "slow.py").write_text(
        "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)\nprint(os.getppid())"
    )
    program = """
    import os, signal, sys
    from localtrack.core import Experiment, ScriptRunConfig, Workspace
    config = ScriptRunConfig(sys.argv[1], script="slow.py", arguments=[sys.argv[1] + "/go"])
    print(Experiment(Workspace.from_config(), "e").submit(config).id, flush=True)
    """
    run = workspace.get_run(run_python(program, tmp_path, start_new_session=True).strip())
    wait_until(lambda: run.get_status() == "Running")
    (tmp_path / "go").touch()
    run.wait_for_completion()


def test_opening_a_workspace_starts_nothing(workspace, submit, run_python, tmp_path) -> None:
    """A copy of a project, with a run that waits: it stays Queued there, whoever opens, lists and reads it."""
    import shutil

    store = workspace._store
    with store.database.transaction() as connection:
        connection.execute("INSERT INTO targets (name, type, max_nodes, created) VALUES ('one', 'AmlCompute', 1, 0)")
    first = submit(WAIT, compute_target="one")
    second = submit(WAIT, compute_target="one")
    assert second.get_status() == "Queued"
    store.database.close()
    shutil.copytree(workspace._layout.project, tmp_path / "copy")
    program = """
    import sys
    from localtrack.core import Experiment, Workspace
    ws = Workspace.from_config(sys.argv[1])
    for run in Experiment(ws, "e").get_runs():
        run.get_status(), run.get_metrics(), run.get_details(), run.get_file_names()
    print(ws._store.queue.waiting(), ws.get_run(sys.argv[2]).get_status())
    """
    assert run_python(program, tmp_path / "copy", second.id).strip() == "[] Queued"
    assert not [
        p for p in psutil.process_iter(["cmdline"]) if str(tmp_path / "copy") in " ".join(p.info["cmdline"] or [])
    ]
    first.cancel()
    second.cancel()


def test_slots_are_respected_and_the_queue_goes_on(workspace, submit, tmp_path, wait_until) -> None:
    store = workspace._store
    with store.database.transaction() as connection:
        connection.execute("INSERT INTO targets (name, type, max_nodes, created) VALUES ('two', 'AmlCompute', 2, 0)")
    script = """
import os, sys, time
count = sys.argv[1]
name = os.path.join(count, str(os.getpid()))
open(name, "w").close()
print(len(os.listdir(count)))
time.sleep(0.05)
os.unlink(name)
"""
    (tmp_path / "count").mkdir()
    runs = [submit(script, tmp_path / "count", compute_target="two") for _ in range(6)]
    for run in runs:
        run.wait_for_completion()
    seen = [int(run.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"]) for run in runs]
    assert max(seen) <= 2
    started = [run.get_details()["startTimeUtc"] for run in runs]
    assert started[:2] <= started[2:4] <= started[4:]


def test_parents_and_children_on_one_slot(workspace, submit, tmp_path) -> None:
    """A parent that waits for its children takes no slot, else they would lock each other out."""
    store = workspace._store
    with store.database.transaction() as connection:
        connection.execute("INSERT INTO targets (name, type, max_nodes, created) VALUES ('one', 'AmlCompute', 1, 0)")
    script = """
import sys
from azureml.core import Run, ScriptRunConfig
run = Run.get_context()
if len(sys.argv) == 1:
    for fruit in ("apple", "pear"):
        run.submit_child(ScriptRunConfig(".", script="script.py", arguments=[fruit], compute_target="one"))
    for child in run.get_children():
        child.wait_for_completion()
        run.log("child", child.get_metrics()["fruit"])
else:
    run.log("fruit", sys.argv[1])
    top = run
    while top.parent is not None:
        top = top.parent
    top.log("from below", run.id)
"""
    run = submit(script, compute_target="one")
    run.wait_for_completion()
    children = list(run.get_children())
    assert [child.get_status() for child in children] == ["Completed"] * 2
    assert sorted(run.get_metrics()["child"]) == ["apple", "pear"]
    assert sorted(run.get_metrics()["from below"]) == sorted(child.id for child in children)
    assert run.get_metrics(recursive=True).keys() == {run.id, *(child.id for child in children)}


def test_several_processes_of_a_script_log_to_its_run(submit) -> None:
    script = """
import multiprocessing, subprocess, sys
from azureml.core import Run

def work(number):
    Run.get_context().log("worker", number)

if __name__ == "__main__":
    for method in ("spawn", "fork"):
        context = multiprocessing.get_context(method)
        workers = [context.Process(target=work, args=(f"{method}{n}",)) for n in range(2)]
        [worker.start() for worker in workers]
        [worker.join() for worker in workers]
    program = "from azureml.core import Run; Run.get_context().log('worker', 'subprocess')"
    subprocess.run([sys.executable, "-c", program], check=True)
    work("main")
"""
    run = submit(script)
    run.wait_for_completion()
    assert sorted(run.get_metrics()["worker"]) == ["fork0", "fork1", "main", "spawn0", "spawn1", "subprocess"]


def test_what_a_script_is_told(submit, monkeypatch) -> None:
    monkeypatch.setenv("MY_SECRET", "s3cret")
    monkeypatch.setenv("PYTHONPATH", "relative")
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    script = """
import json, os, signal, sys
ignored = [n for n in range(1, 32) if n not in (9, 19) and signal.getsignal(n) is signal.SIG_IGN]
json.dump({"env": dict(os.environ), "ignored": ignored, "group": os.getpgid(0) == os.getpid(), "cwd": os.listdir()},
    open("outputs/seen.json", "w"))
"""
    run = submit(script)
    run.wait_for_completion()
    run.download_file("outputs/seen.json", "seen.json")
    seen = json.loads(Path("seen.json").read_text())
    env = seen["env"]
    assert env["MY_SECRET"] == "s3cret"
    assert env["AZUREML_RUN_ID"] == env["AZUREML_ROOT_RUN_ID"] == run.id
    assert env["AZUREML_ARM_PROJECT_NAME"] == "e" and env["AZUREML_ARM_WORKSPACE_NAME"] == "test"
    assert env["AZUREML_EXPERIMENT_ID"] == run.experiment.id
    assert os.path.abspath("relative") in env["PYTHONPATH"].split(os.pathsep)
    assert "MPLBACKEND" not in env
    # Python ignores these two itself, whatever it was started with.
    assert set(seen["ignored"]) <= {13, 25}
    assert seen["group"]
    assert sorted(seen["cwd"]) == ["logs", "outputs", "script.py"]


def test_the_folders_that_a_script_is_told_are_those_of_its_run(submit) -> None:
    script = """
import os
with open(os.path.join(os.environ["AZUREML_OUTPUT_DIRECTORY"], "model.txt"), "w") as file:
    file.write("model")
with open(os.path.join(os.environ["AZUREML_LOGDIRECTORY_PATH"], "train.log"), "w") as file:
    file.write("log")
print("first", flush=True)
print(open(os.environ["AZUREML_DRIVERLOG_PATH"]).read())
"""
    run = submit(script)
    run.wait_for_completion()
    assert run.get_file_names() == ["logs/train.log", "outputs/model.txt", "user_logs/std_log.txt"]
    assert Path(run._folder.std_log).read_text() == "first\nfirst\n\n"


def test_a_variable_that_would_be_untrue_is_not_set(submit) -> None:
    script = "import os; print(*sorted(os.environ), sep='\\n')"
    run = submit(script)
    run.wait_for_completion()
    names = set(Path(run._folder.std_log).read_text().splitlines())
    assert "AZUREML_RUN_ID" in names
    untrue = ("AZUREML_CONTROLLOG_PATH", "AZUREML_SCRIPT_DIRECTORY_NAME", "AZUREML_WORKSPACE_ID")
    assert names.isdisjoint({*untrue, "AZUREML_DISCOVERY_SERVICE_ENDPOINT", "MLFLOW_RUN_ID", "MLFLOW_TRACKING_URI"})


def test_the_environment_is_kept_for_its_user_only_and_goes(workspace, submit, monkeypatch) -> None:
    monkeypatch.setenv("MY_SECRET", "s3cret")
    with workspace._store.database.transaction() as connection:
        connection.execute("INSERT INTO targets (name, type, max_nodes, created) VALUES ('one', 'AmlCompute', 1, 0)")
    first = submit(WAIT, compute_target="one")
    second = submit("import os; assert os.environ['MY_SECRET'] == 's3cret'", compute_target="one")
    (kept,) = Path(workspace._layout.queued).glob(f"{second.id}.*")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    monkeypatch.setenv("MY_SECRET", "changed")
    first.cancel()
    second.wait_for_completion()
    assert not kept.exists()
    for path in (workspace._layout.database, workspace._layout.database + "-wal"):
        assert b"s3cret" not in Path(path).read_bytes()
    assert "s3cret" not in json.dumps(second.get_details())


def test_a_script_may_change_its_files(submit, tmp_path) -> None:
    run = submit("open('script.py', 'a').write('# changed'); open('outputs/x', 'w')")
    run.wait_for_completion()
    assert "changed" not in (tmp_path / "source" / "script.py").read_text().replace("'# changed'", "")
    again = submit((tmp_path / "source" / "script.py").read_text())
    assert again.get_properties()["ContentSnapshotId"] == run.get_properties()["ContentSnapshotId"]
    again.wait_for_completion()


def test_max_run_duration(submit) -> None:
    details = submit(WAIT, max_run_duration_seconds=0.3).wait_for_completion(raise_on_error=False)
    assert details["status"] == "Failed"
    assert details["error"]["error"]["code"] == "MaxRunDurationExceeded"


def test_a_command(workspace, tmp_path) -> None:
    experiment = Experiment(workspace, "e")
    listed = experiment.submit(ScriptRunConfig(str(tmp_path), command=["echo", "$HOME", "a b"]))
    same = experiment.submit(ScriptRunConfig(str(tmp_path), command="python -c 'import sys; print(sys.prefix)'"))
    shell = experiment.submit(ScriptRunConfig(str(tmp_path), command="echo $AZUREML_RUN_ID | tr a-z A-Z"))
    absent = experiment.submit(ScriptRunConfig(str(tmp_path), command=["no-such-program"]))
    for run in (listed, same, shell):
        run.wait_for_completion()
    assert same.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"] == sys.prefix + "\n"
    assert listed.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"] == "$HOME a b\n"
    assert shell.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"] == shell.id.upper() + "\n"
    details = absent.wait_for_completion(raise_on_error=False)
    assert "no-such-program could not be started" in details["error"]["error"]["message"]


def test_nothing_is_made_of_what_cannot_run(workspace, tmp_path) -> None:
    experiment = Experiment(workspace, "e")
    (tmp_path / "x.py").write_text("")
    with pytest.raises(ExperimentExecutionException, match=r"no script 'absent\.py' in"):
        experiment.submit(ScriptRunConfig(str(tmp_path), script="absent.py"))
    with pytest.raises(ExperimentExecutionException):
        experiment.submit(ScriptRunConfig(str(tmp_path / "absent"), script="x.py"))
    with pytest.raises(ComputeTargetException, match="'gpu'"):
        experiment.submit(ScriptRunConfig(str(tmp_path), script="x.py", compute_target="gpu"))
    with pytest.raises(UserErrorException, match="NUL"):
        experiment.submit(ScriptRunConfig(str(tmp_path), script="x.py", arguments=["a\0b"]))
    with pytest.raises(UserErrorException, match="nothing to run"):
        experiment.submit(ScriptRunConfig(str(tmp_path)))
    with pytest.raises(UserErrorException, match="run id"):
        experiment.submit(ScriptRunConfig(str(tmp_path), script="x.py"), run_id="../x")
    with pytest.raises(TypeError):
        experiment.submit(ScriptRunConfig(str(tmp_path), script="x.py"), show_output=True)
    with pytest.raises(UserErrorException, match="environment"):
        ScriptRunConfig(str(tmp_path), script="x.py", environment="env")
    with pytest.raises(UserErrorException, match="not both"):
        ScriptRunConfig(str(tmp_path), script="x.py", command=["x"])
    assert list(experiment.get_runs()) == []
    assert not os.path.exists(os.path.join(workspace._layout.root, "runs"))


@pytest.mark.parametrize("seconds", ["60", 0, -1, float("nan")])
def test_a_duration_that_is_none(workspace, tmp_path, seconds) -> None:
    (tmp_path / "x.py").write_text("")
    with pytest.raises(UserErrorException, match="max_run_duration_seconds"):
        Experiment(workspace, "e").submit(
            ScriptRunConfig(str(tmp_path), script="x.py", max_run_duration_seconds=seconds)
        )


def test_modules_in_the_workspace_s_folder_are_not_imported(workspace, submit, monkeypatch) -> None:
    """An empty entry of the path is the working folder, which for a supervisor comes with the project."""
    Path(workspace._layout.root, "shutil.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep + os.environ.get("PYTHONPATH", "") + os.pathsep + ".")
    submit("pass").wait_for_completion()


def test_a_user_without_a_name(submit, monkeypatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr("getpass.getuser", nameless)
    run = submit("pass")
    assert run.wait_for_completion()["submittedBy"] == str(os.getuid())


def test_warnings_that_are_errors_for_the_submitter(workspace, submit, monkeypatch, wait_until_idle) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    Path(workspace._layout.root, "notifications.yml").write_text("rules: none")
    assert submit("pass").wait_for_completion()["status"] == "Completed"
    wait_until_idle()
    assert "there must be a list of at most" in Path(workspace._layout.supervisor_log).read_text()


def test_a_script_whose_name_looks_like_an_option(workspace, tmp_path) -> None:
    (tmp_path / "-c.py").write_text("print('ran')")
    Experiment(workspace, "e").submit(ScriptRunConfig(str(tmp_path), script="-c.py")).wait_for_completion()


def test_files_that_come_and_go(submit) -> None:
    script = """
import os
for number in range(3000):
    open(f"outputs/{number}.tmp", "w").close()
    os.replace(f"outputs/{number}.tmp", "outputs/checkpoint")
"""
    run = submit(script)
    while run.get_status() not in ("Completed", "Failed"):
        run.get_file_names()
    assert run.get_file_names() == ["outputs/checkpoint", "user_logs/std_log.txt"]


def test_a_run_id_of_one_s_own_is_taken_once(workspace, tmp_path) -> None:
    (tmp_path / "x.py").write_text("")
    experiment, config = Experiment(workspace, "e"), ScriptRunConfig(str(tmp_path), script="x.py")
    experiment.submit(config, run_id="mine", tags={"a": 1}).wait_for_completion()
    with pytest.raises(UserErrorException, match="mine"):
        experiment.submit(config, run_id="mine")
    assert workspace.get_run("mine").get_tags() == {"a": "1"}


def test_inside_a_script(submit) -> None:
    script = """
from azureml.core import Run
from azureml.core.run import _SubmittedRun, _OfflineRun
run = Run.get_context(allow_offline=False)
assert run is Run.get_context()
assert type(run) is _SubmittedRun and not isinstance(run, _OfflineRun)
with run:
    run.log("a", 1)
run.complete()
run.fail("no")
print(run.experiment.name, run.experiment.workspace.name, run.get_status(), run.number)
run.upload_file("outputs/by-name.txt", __file__)
open("outputs/in-place.txt", "w").write("x")
run.upload_file("outputs/in-place.txt", "outputs/in-place.txt")
"""
    run = submit(script)
    run.wait_for_completion()
    assert run.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"] == "e test Running 1\n"
    assert run.get_file_names() == ["outputs/by-name.txt", "outputs/in-place.txt", "user_logs/std_log.txt"]


def test_files_are_seen_growing(submit, tmp_path, wait_until) -> None:
    script = "import os, sys, time\nopen('outputs/part', 'w').write('x')\n"
    script += "while not os.path.exists(sys.argv[1]): time.sleep(0.01)"
    run = submit(script, tmp_path / "go")
    wait_until(lambda: "outputs/part" in run.get_file_names())
    assert run.get_status() == "Running"
    (tmp_path / "go").touch()
    run.wait_for_completion()


def test_logging_needs_no_database(submit, monkeypatch) -> None:
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)  # it would load sqlite3
    run = submit(
        """
import sys
from azureml.core import Run
run = Run.get_context()
run.log("m", 1.0, step=1)
heavy = {"sqlite3", "sqlite_utils", "filelock", "psutil", "localtrack.store.store"} & set(sys.modules)
run.log("loaded", ",".join(sorted(heavy)))
"""
    )
    run.wait_for_completion()
    assert run.get_metrics() == {"m": 1.0, "loaded": ""}


def test_complete_on_a_running_script_is_refused(submit, wait_until) -> None:
    run = submit(WAIT)
    wait_until(lambda: run.get_status() == "Running")
    with pytest.raises(UserErrorException, match="run of a script"):
        run.complete()
    run.cancel()


def test_watching_in_a_thread_of_its_own(submit) -> None:
    run = submit("print('x')")
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(run.wait_for_completion()["status"]))
    thread.start()
    thread.join(30)
    assert answers == ["Completed"]


def test_ctrl_c_stops_watching_not_the_run(workspace, submit, start_python, wait_until) -> None:
    run = submit(WAIT)
    program = """
    import sys
    from localtrack.core import Workspace
    from localtrack.exceptions import ExperimentExecutionException
    try:
        Workspace.from_config().get_run(sys.argv[1]).wait_for_completion(show_output=True)
    except ExperimentExecutionException as error:
        print("caught", error, flush=True)
    """
    process = start_python(program, run.id)
    while "started" not in (line := process.stdout.readline()):
        assert line
    process.send_signal(2)
    assert "The run itself goes on" in process.communicate()[0]
    assert run.get_status() == "Running"
    run.cancel()


def test_python_of_the_script_is_this_one(submit) -> None:
    run = submit("import sys; print(sys.executable)")
    run.wait_for_completion()
    assert run.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"].strip() == sys.executable
    assert run.get_details()["runDefinition"]["interpreter"] == sys.executable
    assert run.type == "azureml.scriptrun"


def test_a_script_in_a_subfolder_imports_from_the_top(workspace, tmp_path) -> None:
    source = tmp_path / "source"
    for name, text in (("helpers/numbers.py", "ANSWER = 42"), ("evaluate/evaluate.py", IMPORTS)):
        (source / name).parent.mkdir(parents=True)
        (source / name).write_text(text)
    run = Experiment(workspace, "e").submit(ScriptRunConfig(source, "evaluate/evaluate.py"))
    run.wait_for_completion()
    assert run.get_metrics() == {"answer": 42}
