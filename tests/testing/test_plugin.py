"""The pytest plugin in a project of its own, as its users have it."""

import os

import psutil
import pytest

TRAIN = """
from azureml.core import Run

def train():
    Run.get_context().log("loss", 0.5)

if __name__ == "__main__":
    train()
"""

TESTS = """
import os, subprocess, sys, threading, time
from pathlib import Path

import pytest

from localtrack import journal
from localtrack.core import Run, ScriptRunConfig, Workspace

WORKER = '''
import time
from localtrack.core import Run
Run.get_context().log("w", 1)
print(flush=True)
time.sleep(99)
'''


@pytest.mark.parametrize("number", range(2))
def test_context(azureml_run_context, number):
    import train
    train.train()
    thread = threading.Thread(target=train.train)
    thread.start()
    thread.join()
    subprocess.run([sys.executable, train.__file__], check=True)
    assert azureml_run_context.get_metrics() == {"loss": [0.5] * 3}
    assert Run.get_context() is azureml_run_context


def test_azureml_again_without_the_fixture():
    assert "azureml" not in sys.modules
    assert subprocess.run([sys.executable, "-c", "import azureml"], stderr=subprocess.DEVNULL).returncode != 0


def test_run(localtrack_workspace, localtrack_experiment, localtrack_run):
    localtrack_run.log("a", 1)
    assert [run.id for run in localtrack_experiment.get_runs()] == [localtrack_run.id]
    assert localtrack_run.experiment.workspace.name == Workspace.from_config().name == localtrack_workspace.name


def test_submit(submit):
    good = submit(ScriptRunConfig(None, command=["echo", "hello"]))
    assert good.get_status() == "Completed"
    assert submit(ScriptRunConfig(None, command=["false"]), raise_on_error=False).get_status() == "Failed"
    with pytest.raises(Exception, match="Activity Failed"):
        submit(ScriptRunConfig(None, command=["false"]))


def test_too_slow(submit):
    Path("slow.py").write_text("import time; print('its output', flush=True); time.sleep(99)")
    submit(ScriptRunConfig(".", "slow.py"), timeout=2)


def test_leaves_a_run(localtrack_experiment):
    localtrack_experiment.start_logging(run_id="forgotten", outputs=False)


def test_leaves_a_script(localtrack_experiment):
    localtrack_experiment.submit(ScriptRunConfig(None, command=["sleep 98"]), run_id="asleep")


def test_leaves_a_process(localtrack_workspace):
    Run.get_context()
    process = subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    Path(os.environ["PID_FILE"]).write_text(str(process.pid))
    subprocess._active.append(process)  # reaped by whoever starts the next


def test_leaves_a_record(localtrack_workspace):
    Run.get_context()
    journal.writer(localtrack_workspace._layout.journals).log("nobody", "loss", 0.5)


@pytest.mark.localtrack_unchecked
def test_may_leave_a_run(localtrack_experiment):
    localtrack_experiment.start_logging(outputs=False)


def test_fails(localtrack_experiment):
    localtrack_experiment.start_logging(run_id="of a failure".replace(" ", "-"), outputs=False)
    raise ValueError("for another reason")
"""


def test_fixtures_in_a_project_whose_tests_run_in_two_processes(pytester: pytest.Pytester, monkeypatch) -> None:
    pytester.makepyfile(train=TRAIN, test_all=TESTS)
    pytester.syspathinsert()
    pid_file = pytester.path / "pid"
    monkeypatch.setenv("PID_FILE", str(pid_file))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", "--strict-markers", "-n", "2")
    result.assert_outcomes(passed=10, failed=2, errors=4)
    text = result.stdout.str()
    for expected in (
        "had not ended after 2 s and was canceled. The end of its log:\nits output",
        "- run forgotten of the experiment 'test', which is Running: complete() it, or use it in a with block",
        "- run asleep of the experiment 'test', which is ",
        f"- process {pid_file.read_text()} (",
        "- a record of run nobody that can't be read, ",
    ):
        assert expected in text
    assert "of-a-failure" not in text.partition("short test summary")[0].replace('run_id="of a failure"', "")
    assert not psutil.pid_exists(int(pid_file.read_text()))


WORK = """
from localtrack.core import Run

def work(number):
    Run.get_context().log("number", number)
"""

# In one process, one after the other.
IN_TURN = """
import multiprocessing, os, shutil, subprocess
from pathlib import Path

import pytest
from joblib import Parallel, delayed

from localtrack.core import Run
from work import work


@pytest.mark.parametrize("number", [0, pytest.param(1, marks=pytest.mark.localtrack_unchecked), 2])
def test_workers_that_are_kept(localtrack_workspace, number):
    run = Run.get_context()
    Parallel(n_jobs=2)(delayed(work)(number) for _ in range(2))
    process = multiprocessing.get_context("forkserver").Process(target=work, args=[number])
    process.start()
    process.join()
    assert run.get_metrics() == {"number": [number] * 3}


def test_deletes_the_workspace(localtrack_workspace):
    Run.get_context().complete()
    localtrack_workspace.delete()


def test_removes_the_folder(localtrack_workspace):
    Run.get_context().log("a", 1)
    shutil.rmtree(".azureml")


def test_is_skipped_halfway(localtrack_experiment):
    localtrack_experiment.start_logging(outputs=False)
    pytest.skip("no data")


@pytest.mark.xfail
def test_fails_as_expected(localtrack_experiment):
    localtrack_experiment.start_logging(outputs=False)
    raise ValueError("as expected")


def test_leaves_a_process_that_writes_nothing(localtrack_workspace):
    process = subprocess.Popen(["sleep", "97"])
    Path(os.environ["PID_FILE"]).write_text(str(process.pid))
    subprocess._active.append(process)  # reaped by whoever starts the next


def test_ends_its_process_late(localtrack_workspace):
    process = subprocess.Popen(["sleep", "96"])
    process.terminate()
    subprocess._active.append(process)
"""


def test_what_one_test_leaves_is_not_the_next_one_s(pytester: pytest.Pytester, monkeypatch) -> None:
    pytester.makepyfile(work=WORK, test_in_turn=IN_TURN)
    pytester.syspathinsert()
    pid_file = pytester.path / "pid"
    monkeypatch.setenv("PID_FILE", str(pid_file))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", "-p", "no:xdist", "-rA")
    result.assert_outcomes(passed=7, skipped=1, xfailed=1, errors=1)
    assert f"- process {pid_file.read_text()} (sleep 97), which was ended now" in result.stdout.str()
    assert not psutil.pid_exists(int(pid_file.read_text()))


def test_other_suites_load_nothing(pytester: pytest.Pytester, monkeypatch) -> None:
    pytester.makepyfile("""
        import sys

        def test_it():
            loaded = {name for name in sys.modules if name.partition(".")[0] in ("localtrack", "azureml", "sqlite3")}
            assert loaded == {"localtrack", "localtrack.testing"}
    """)
    for name in [*os.environ]:
        if name.startswith("COVERAGE_"):
            monkeypatch.delenv(name)  # measuring would load modules of localtrack's itself
    pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:xdist"
    ).assert_outcomes(passed=1)
