"""`Run.get_context` where nobody has submitted: recorded, with one outcome."""

import os
import signal
import sys
from pathlib import Path

import pytest

import localtrack
from localtrack.core import Run, Workspace
from localtrack.exceptions import RunEnvironmentException, UserErrorException

TRAIN = """
import sys
from azureml.core import Run
from azureml.core.run import _OfflineRun
run = Run.get_context()
assert run is Run.get_context() and type(run) is _OfflineRun and isinstance(run, Run)
run.log("m", 1)
run.tag("t")
child = run.child_run("c")
child.complete()
assert run.parent is None
assert run.experiment.workspace.name
print(run.id, file=sys.stdout)
{end}
"""


@pytest.fixture
def train(start_python):
    from localtrack.paths import dropin_folder

    home = os.path.dirname(os.path.dirname(localtrack.__file__))
    path = os.pathsep.join([dropin_folder(), home])

    def start(end: str, extra: dict[str, str] | None = None, **options: object) -> tuple[int, str]:
        process = start_python(TRAIN.format(end=end), env={"PYTHONPATH": path, **(extra or {})}, **options)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output

    return start


@pytest.mark.parametrize(
    ("end", "code", "status"),
    [
        ("", 0, "Completed"),
        ("raise ValueError('bad')", 1, "Failed"),
        ("sys.excepthook = lambda *error: None\nraise ValueError('bad')", 1, "Failed"),
        ("sys.exit(3)", 3, "Failed"),
        ("sys.exit(0)", 0, "Completed"),
        ("exit(3)", 3, "Failed"),
        ("raise SystemExit(0)", 0, "Completed"),
        pytest.param(
            "def main():\n    raise SystemExit(3)\nmain()",
            3,
            "Failed",
            marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.11 tells nobody"),
        ),
        # What does not end the program does not end its run.
        ("try:\n    sys.exit(2)\nexcept SystemExit as error:\n    assert error.code == 2", 0, "Completed"),
        ("import threading\nthread = threading.Thread(target=sys.exit, args=[2])\nthread.start()", 0, "Completed"),
        ("sys.excepthook(KeyError, KeyError('handled'), None)", 0, "Completed"),
    ],
)
def test_it_ends_as_the_program_ends(workspace: Workspace, train, end: str, code: int, status: str) -> None:
    returned, output = train(end)
    assert returned == code, output
    assert "localtrack: recording OfflineRun_" in output and workspace._layout.project in output
    (run,) = workspace.experiments["offline"].get_runs()
    assert run.id.startswith("OfflineRun_")
    assert run.get_status() == status
    assert run.get_metrics() == {"m": 1} and run.get_tags() == {"t": None}
    error = run.get_details().get("error", {}).get("error", {}).get("message")
    assert error == {0: None, 1: "ValueError: bad", 3: "SystemExit: 3"}[code]


def test_it_fails_with_the_exit_code_that_its_main_function_returns(workspace: Workspace, run_python) -> None:
    # What is to be called with the code is looked up before there is a run.
    program = """
    import pickle, subprocess, sys
    from localtrack.core import Run

    def main(code):
        Run.get_context()
        return code

    if len(sys.argv) > 1:
        sys.exit(main(int(sys.argv[1])))
    assert pickle.loads(pickle.dumps(sys.exit)) is sys.exit
    for code in (3, 0):
        done = subprocess.run([sys.executable, "-c", sys.orig_argv[2], str(code)])
        assert done.returncode == code
    """
    run_python(program)
    good, failed = workspace.experiments["offline"].get_runs()
    assert good.get_status() == "Completed"
    assert failed.get_status() == "Failed" and failed.get_detailed_status()["details"].startswith("SystemExit: 3")


def test_a_submitted_script_exits_by_python_s_own_means(run_python) -> None:
    program = "import sys; leave = sys.exit; from localtrack.core import Run; assert sys.exit is leave"
    run_python(program, env={"LOCALTRACK_RUN_ID": "a"})


def test_a_status_that_the_program_has_set_stays(workspace: Workspace, train) -> None:
    assert train("run.fail('no good')")[0] == 0
    (run,) = workspace.experiments["offline"].get_runs()
    assert run.get_status() == "Failed"


def test_what_ends_the_program_is_pickled_as_any_exit(workspace: Workspace, train) -> None:
    end = """
import pickle
try:
    sys.exit("no data")
except SystemExit as error:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is SystemExit and copy.args == ("no data",) and copy.code == "no data"
"""
    code, output = train(end)
    assert code == 0, output


def test_a_program_that_is_killed_leaves_a_failed_run(workspace: Workspace, train) -> None:
    code, _ = train("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)")
    assert code == -signal.SIGTERM
    (run,) = workspace.experiments["offline"].get_runs()
    assert run.get_status() == "Failed" and "is gone" in run.get_detailed_status()["details"]


# Each worker logs its number and its kind, says which run it has, and ends as workers end.
WORKERS = """
import os, subprocess, sys, multiprocessing, threading
from localtrack.core import Run

def work(number):
    run = Run.get_context()
    run.log("worker", number)
    print(run.id, flush=True)

if __name__ == "__main__":
    run = Run.get_context()
    thread = threading.Thread(target=work, args=[0])
    thread.start()
    thread.join()
    if os.fork() == 0:
        work(1)
        sys.exit(0)
    os.wait()
    for number, method in enumerate(("fork", "spawn"), 2):
        process = multiprocessing.get_context(method).Process(target=work, args=[number])
        process.start()
        process.join()
        assert process.exitcode == 0
    code = "from localtrack.core import Run; run = Run.get_context(); run.log('worker', 4); print(run.id, flush=True)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert run.get_status() == "Running"
    assert sorted(run.get_metrics()["worker"]) == [0, 1, 2, 3, 4]
    print("own", run.id)
"""


def test_workers_log_to_it_and_only_its_own_program_ends_it(
    workspace: Workspace, run_python, start_python, tmp_path
) -> None:
    (tmp_path / "workers.py").write_text(WORKERS)
    # As a program of its own: what is spawned imports it again.
    output = run_python("import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')", tmp_path / "workers.py")
    ids = [line for line in output.splitlines() if line.startswith("OfflineRun_")]
    (run,) = workspace.experiments["offline"].get_runs()
    assert ids == [run.id] * 5, output
    assert output.splitlines()[-1] == f"own {run.id}"
    assert run.get_status() == "Completed"


EARLY_WORKERS = """
import multiprocessing, subprocess, sys
from localtrack.core import Run

CODE = "from localtrack.core import Run; print(Run.get_context().id)"

def work(number):
    run = Run.get_context()
    run.log("worker", number)
    return run.id, subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True).stdout.strip()

if __name__ == "__main__":
    pools = [multiprocessing.get_context(method).Pool(1) for method in ("fork", "spawn", "forkserver")]
    for number, pool in enumerate(pools):
        pool.apply(abs, [number])
    run = Run.get_context()
    ids = [pool.apply(work, [number]) for number, pool in enumerate(pools)]
    for pool in pools:
        pool.close()
        pool.join()
    assert ids == [(run.id, run.id)] * 3, ids
    assert run.get_metrics() == {"worker": [0, 1, 2]} and run.get_status() == "Running"
"""


def test_workers_that_are_older_than_the_run_log_to_it(workspace: Workspace, run_python, tmp_path) -> None:
    (tmp_path / "workers.py").write_text(EARLY_WORKERS)
    run_python("import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')", tmp_path / "workers.py")
    (run,) = workspace.experiments["offline"].get_runs()
    assert run.get_status() == "Completed"


def test_a_process_that_outlives_the_program_of_its_run_has_one_of_its_own(workspace: Workspace, run_python) -> None:
    program = """
    import os
    from localtrack.core import Run
    Run.get_context()
    print(os.environ["LOCALTRACK_OFFLINE_RUN"])
    """
    variable = run_python(program).splitlines()[-1]
    run_python("from localtrack.core import Run; Run.get_context()", env={"LOCALTRACK_OFFLINE_RUN": variable})
    runs = list(workspace.experiments["offline"].get_runs())
    assert [run.get_status() for run in runs] == ["Completed"] * 2


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_the_run_of_a_worker_ends_with_the_worker(workspace: Workspace, run_python, tmp_path, method: str) -> None:
    program = """
import multiprocessing, sys
from localtrack.core import Run

def work(fails):
    Run.get_context().log("fails", fails)
    if fails:
        raise ValueError("bad")

if __name__ == "__main__":
    for fails in (False, True):
        process = multiprocessing.get_context(sys.argv[1]).Process(target=work, args=[fails])
        process.start()
        process.join()
"""
    (tmp_path / "workers.py").write_text(program)
    run_python(
        "import runpy, sys; path = sys.argv.pop(1); runpy.run_path(path, run_name='__main__')",
        tmp_path / "workers.py",
        method,
    )
    failed, good = workspace.experiments["offline"].get_runs()
    assert good.get_status() == "Completed" and good.get_metrics() == {"fails": False}
    assert failed.get_status() == "Failed" and "ValueError: bad" in failed.get_detailed_status()["details"]


def test_all_of_a_run_works_on_it(workspace: Workspace) -> None:
    from localtrack.core.run import _OfflineRun

    run = Run.get_context()
    assert run.identity == run.id and run.name == f"run_{run.id}" and run.number == 1 and run.status == "Running"
    assert run.experiment.name == "offline" and run.get_details()["runId"] == run.id
    assert run.input_datasets == {} and run.output_datasets == {}
    with pytest.raises(KeyError, match="path of a folder as an argument"):
        run.input_datasets["mnist"]
    ids = [run.child_run(*name).id for name in (["fold"], ["fold"], ["a/b"], [])]
    assert ids[0] == f"{run.id}.fold" and all(each.startswith(f"{run.id}.") for each in ids) and len(set(ids)) == 4
    named = run.child_run("named", run_id="own")
    assert named.id == "own" and type(named) is type(run) is _OfflineRun and named.parent.id == run.id
    child = run.submit_child(localtrack.ScriptRunConfig(None, command=["true"]))
    assert child.wait_for_completion()["status"] == "Completed"
    assert len(run.create_children(count=2)) == 2
    assert len(list(run.get_children())) == 8


COPIES = """
import copy, multiprocessing, pickle, sys
from localtrack.core import Run, ScriptRunConfig, Workspace

def work(runs):
    for run in runs:
        run.log("n", 1)
        assert run.experiment.workspace.name

if __name__ == "__main__":
    offline = Run.get_context()
    with Workspace.from_config().experiments["offline"].start_logging(run_id="inside", outputs=False) as inside:
        script = offline.submit_child(ScriptRunConfig(None, command=["true"]))
        runs = [offline, offline.child_run("c"), inside, script]
        assert [(type(each), each.id) for each in copy.deepcopy(runs)] == [(type(each), each.id) for each in runs]
        work(pickle.loads(pickle.dumps(runs)))
        process = multiprocessing.get_context("spawn").Process(target=work, args=[runs])
        process.start()
        process.join()
        assert process.exitcode == 0
    assert [each.get_metrics() for each in runs] == [{"n": [1, 1]}] * 4
    assert offline.get_status() == "Running" and Run.get_context() is offline
    script.wait_for_completion()
    inside.delete()
    try:
        copy.copy(inside).log("n", 1)
    except Exception as error:
        assert "was deleted" in str(error), error
    else:
        raise AssertionError
"""


def test_a_copy_of_a_run_logs_to_it_in_whatever_process(workspace: Workspace, run_python, tmp_path) -> None:
    (tmp_path / "copies.py").write_text(COPIES)
    run_python("import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')", tmp_path / "copies.py")


def test_printed_and_not_recorded_where_that_is_wanted(tmp_path: Path, run_python) -> None:
    program = """
    import copy, pickle
    from azureml.core import Run
    from azureml.core.run import _OfflineRun
    run = Run.get_context()
    assert type(run) is _OfflineRun and isinstance(run, Run) and run is Run.get_context()
    with run:
        run.log("loss", 0.5, step=1)
        run.log_row("point", x=1, y=2)
        run.log_image("picture", path="missing.png")
        run.log_confusion_matrix("errors", {"data": {}})
        run.tag("t", 1)
        run.set_tags({"a": "b"})
        run.add_properties({"p": 1})
        run.upload_file("outputs/m", "m")
        run.child_run("fold").log_list("values", [1, 2])
        run.flush(timeout_seconds=3)
    run.fail("no data", error_code="Bad")
    assert (run.get_metrics(), run.get_tags(), run.parent, run.get_status()) == ({}, {}, None, "Failed")
    assert not any(hasattr(run, name) for name in ("experiment", "submit_child", "register_model"))
    assert type(copy.deepcopy(run)) is _OfflineRun and pickle.loads(pickle.dumps(run)).id == run.id
    for call in (lambda: run.experiment, lambda: run.submit_child(None), run.get_snapshot_id):
        try:
            call()
        except Exception as error:
            from azureml.exceptions import RunEnvironmentException
            assert isinstance(error, RunEnvironmentException) and "LOCALTRACK_OFFLINE" in str(error), error
        else:
            raise AssertionError(call)
    print("id", run.id)
    """
    from localtrack.paths import dropin_folder

    environment = {"LOCALTRACK_OFFLINE": "print", "LOCALTRACK_HOME": str(tmp_path / "home"), "PYTHONPATH": ""}
    home = os.path.dirname(os.path.dirname(localtrack.__file__))
    environment["PYTHONPATH"] = os.pathsep.join([dropin_folder(), home])
    lines = run_python(program, cwd=tmp_path, env=environment).splitlines()
    run_id = lines.pop().removeprefix("id ")
    assert lines == [
        f"[START] Run {run_id} context",
        *("Attempted to log scalar metric loss:", "0.5"),
        *("Attempted to log row metric point:", "{'x': 1, 'y': 2}"),
        *("Attempted to log image metric picture:", "missing.png"),
        *("Attempted to log confusion_matrix metric errors:", "{'data': {}}"),
        "Attempted to add tag t with value 1",
        "Attempted to set tags {'a': 'b'}",
        "Attempted to add properties {'p': 1}",
        "Attempted to track file outputs/m at m",
        *("Attempted to log list metric values:", "[1, 2]"),
        f"Attempted to flush run with id {run_id}",
        f"[STOP] Run {run_id} context",
        *("Run failed with error code Bad:", "no data"),
    ]
    assert os.listdir(tmp_path) == []


def test_without_a_project_it_is_the_user_s_own_workspace(tmp_path: Path, train, monkeypatch) -> None:
    (tmp_path / "nowhere").mkdir()
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    code, output = train("", cwd=tmp_path / "nowhere")
    assert code == 0, output
    assert os.listdir(tmp_path / "nowhere") == []
    (run,) = Workspace.get("default").experiments["offline"].get_runs()
    assert run.get_status() == "Completed"


def test_where_no_workspace_can_be_made_it_says_so(unprivileged, read_only, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "home").mkdir()
    read_only(str(tmp_path / "home"))
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    program = """
    from localtrack.core import Run
    from localtrack.exceptions import WorkspaceException
    try:
        Run.get_context()
    except WorkspaceException as error:
        assert "home/default" in str(error) and "LOCALTRACK_HOME" in str(error), error
        assert "LOCALTRACK_OFFLINE to 'print'" in str(error), error
    else:
        raise AssertionError
    """
    unprivileged(program)


def test_it_does_not_wait_for_itself(workspace: Workspace) -> None:
    run = Run.get_context()
    with pytest.raises(UserErrorException, match=r"ends with this program.*complete"):
        run.wait_for_completion()
    child = run.child_run()
    child.complete()
    assert child.wait_for_completion()["status"] == "Completed"
    run.complete()
    assert run.wait_for_completion()["status"] == "Completed"


def test_it_goes_with_its_workspace(workspace: Workspace, train) -> None:
    code, output = train("import shutil\nshutil.rmtree('.azureml')")
    assert code == 0 and "Traceback" not in output and "Exception ignored" not in output, output


def test_it_keeps_the_outputs_of_its_own_time(workspace: Workspace, train) -> None:
    os.mkdir("outputs")
    Path("outputs/old.txt").write_text("of a program before")
    os.utime("outputs/old.txt", (1, 1))
    program = """
from azureml.core import Model
open("outputs/model.txt", "w").write("y = 2 x")
model = run.register_model("line", "outputs/model.txt")
print("version", model.version, open(Model.get_model_path("line")).read())
open("outputs/later.txt", "w").write("at the end")
"""
    code, output = train(program)
    assert code == 0 and "version 1 y = 2 x" in output, output
    (run,) = workspace.experiments["offline"].get_runs()
    assert run.get_file_names() == ["outputs/later.txt", "outputs/model.txt"]


def test_none_where_none_is_allowed(workspace: Workspace) -> None:
    with pytest.raises(RunEnvironmentException, match="allow_offline"):
        Run.get_context(allow_offline=False)


def test_a_real_job_of_azure_is_not_taken_for_one_of_ours(workspace: Workspace, monkeypatch) -> None:
    monkeypatch.setenv("AZUREML_RUN_ID", "cloud-run")
    with pytest.raises(RunEnvironmentException):
        Run.get_context(allow_offline=False)


def test_in_a_real_job_of_azure_it_names_the_job(workspace: Workspace, train) -> None:
    job = {"AZUREML_RUN_ID": "cloud_7", "AZUREML_ARM_PROJECT_NAME": "train", "AZUREML_RUN_TOKEN": "s3cret"}
    code, output = train("assert run.id.startswith('OfflineRun_')", extra=job)
    assert code == 0 and "of the Azure job cloud_7" in output, output
    (run,) = workspace.experiments["train"].get_runs()
    assert run.get_properties() == {"AZUREML_RUN_ID": "cloud_7", "AZUREML_ARM_PROJECT_NAME": "train"}
