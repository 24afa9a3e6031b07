"""Canceling, failing and killing: one true status, and no process left."""

import json
import os
import random
import shutil
import signal
import time
import warnings
from pathlib import Path

import psutil
import pytest

from localtrack.core import Experiment, Run, Workspace
from localtrack.exceptions import ExperimentExecutionException, UserErrorException

WAIT = """
import time
import warnings
print("started", flush=True)
time.sleep(120)
"""

# Ignores SIGTERM, and starts a child in a session of its own and a daemon by double fork.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
ignore = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(120)"
sleep = [sys.executable, "-c", ignore]
subprocess.Popen(sleep, start_new_session=True, stdout=subprocess.PIPE).stdout.readline()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        subprocess.Popen(sleep, stdout=subprocess.PIPE).stdout.readline()
        open("outputs/ready", "w").close()
        time.sleep(120)
    os._exit(0)
time.sleep(120)
"""


def supervisor_of(run) -> psutil.Process:
    owner = run._store.runs.get(run.id).owner
    return psutil.Process(run._store.owners.pid(owner))


def script_of(run) -> psutil.Process:
    ((pid, _), *_) = run._store.runs.get(run.id).processes
    return psutil.Process(pid)


def started(run) -> bool:
    log = Path(run._folder.std_log)
    return log.exists() and "started" in log.read_text()


def test_cancel_ends_a_script(submit, wait_until) -> None:
    run = submit(WAIT)
    wait_until(lambda: started(run))
    script = script_of(run)
    run.cancel()
    assert run.status == run.get_status() == "Canceled"
    assert not script.is_running()
    details = run.wait_for_completion()
    assert details["exitCode"] == -signal.SIGTERM and "error" not in details
    run.cancel()
    assert run.get_status() == "Canceled"


def test_fail_ends_a_script(submit, wait_until) -> None:
    run = submit(WAIT)
    wait_until(lambda: started(run))
    script = script_of(run)
    run.fail("not what I meant", "Wrong")
    assert run.get_status() == "Failed"
    assert run.get_details()["error"] == {"error": {"code": "Wrong", "message": "not what I meant"}}
    assert not script.is_running()


def test_fail_at_once_as_in_the_article(submit) -> None:
    for moment in range(8):
        run = submit("print('hello')")
        time.sleep(moment * 0.015)
        run.fail()
        assert run.get_status() == "Failed"
        assert [event.new_status for event in run._store.events.of(run.id)][-1] == "Failed"


def test_who_asks_for_a_failure_gets_it_from_the_supervisor(submit, wait_until) -> None:
    run = submit(WAIT)
    wait_until(lambda: started(run))
    run.fail("why")
    assert not run._store.runs.get(run.id).inferred
    assert run._store.runs.get(run.id).exit_code == -signal.SIGTERM, "the supervisor has recorded the end"


def test_cancel_from_another_process(submit, run_python, wait_until) -> None:
    run = submit(WAIT)
    wait_until(lambda: started(run))
    program = """
    import sys
    from localtrack.core import Workspace
    run = Workspace.from_config().get_run(sys.argv[1])
    run.cancel()
    print(run.get_status())
    """
    assert run_python(program, run.id).strip() == "Canceled"
    assert run.get_status() == "Canceled"


def test_two_cancel_at_once(submit, start_python, wait_until) -> None:
    run = submit(WAIT)
    wait_until(lambda: started(run))
    program = """
    import sys
    from localtrack.core import Workspace
    run = Workspace.from_config().get_run(sys.argv[1])
    print(flush=True)
    sys.stdin.readline()
    run.cancel()
    """
    processes = [start_python(program, run.id) for _ in range(3)]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        assert process.wait(60) == 0, process.stdout.read()
    assert run.get_status() == "Canceled"
    events = [event.new_status for event in run._store.events.of(run.id)]
    assert events.count("Canceled") == events.count("CancelRequested") == 1


def test_cancel_at_any_moment(submit, wait_until) -> None:
    """From before the start to the very end: one outcome, and no error."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    outcomes = set()
    for _ in range(12):
        run = submit("pass")
        time.sleep(chance.random() * 0.35)
        with warnings.catch_warnings():  # the run may have completed before
            warnings.filterwarnings("ignore", ".* is Completed and can't become Canceled")
            run.cancel()
        status = run.get_status()
        assert status in ("Canceled", "Completed")
        outcomes.add(status)
        assert [event.new_status for event in run._store.events.of(run.id)][-1] == status
        assert run.get_status() == status
    assert "Canceled" in outcomes


def test_cancel_ends_what_will_not_end(submit, wait_until, monkeypatch) -> None:
    monkeypatch.setenv("LOCALTRACK_GRACE_SECONDS", "0.2")
    run = submit(STUBBORN)
    wait_until(lambda: "outputs/ready" in run.get_file_names())
    members = psutil.Process(script_of(run).pid).children(recursive=True)
    everybody = [process for process in psutil.process_iter() if _works_for(process, run)]
    assert len(everybody) >= 4 and members
    run.cancel()
    assert run.get_status() == "Canceled"
    assert [process for process in everybody if process.is_running()] == []


@pytest.mark.parametrize("seconds", ["soon", "-1", "nan"])
def test_a_grace_period_that_is_none(submit, monkeypatch, seconds: str) -> None:
    monkeypatch.setenv("LOCALTRACK_GRACE_SECONDS", seconds)
    with pytest.raises(UserErrorException, match="LOCALTRACK_GRACE_SECONDS"):
        submit(WAIT)


@pytest.mark.parametrize(
    ("setting", "kept"), [(None, False), ("0", False), ("false", False), ("1", True), ("True", True)]
)
def test_the_working_copy_stays_if_it_is_wanted(submit, wait_until_idle, monkeypatch, setting, kept) -> None:
    if setting is not None:
        monkeypatch.setenv("LOCALTRACK_KEEP_CODE", setting)
    run = submit("print('x')")
    run.wait_for_completion()
    wait_until_idle()  # it goes after the last status
    assert os.path.exists(os.path.join(run._folder.code, "script.py")) == kept
    assert "keepCode" not in run.get_details()["runDefinition"]


def test_the_working_copy_of_a_script_that_failed_stays(submit, wait_until_idle) -> None:
    run = submit("raise SystemExit(1)")
    run.wait_for_completion(raise_on_error=False)
    wait_until_idle()
    assert os.path.exists(os.path.join(run._folder.code, "script.py"))


@pytest.mark.parametrize("setting", ["perhaps", "", "2"])
def test_a_setting_of_the_working_copy_that_is_none(submit, workspace, monkeypatch, setting: str) -> None:
    monkeypatch.setenv("LOCALTRACK_KEEP_CODE", setting)
    with pytest.raises(UserErrorException, match="LOCALTRACK_KEEP_CODE"):
        submit(WAIT)
    assert list(Experiment(workspace, "e").get_runs()) == []


def test_what_a_script_leaves_behind_is_ended(submit) -> None:
    script = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"], start_new_session=True)
print(child.pid)
"""
    run = submit(script)
    run.wait_for_completion()
    pid = int(run.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"])
    assert not psutil.pid_exists(pid)


def test_a_killed_supervisor_s_run_is_failed_and_nothing_is_left(submit, wait_until) -> None:
    run = submit("from azureml.core import Run\nRun.get_context().log('m', 1)\n" + WAIT)
    wait_until(lambda: started(run))
    script = script_of(run)
    supervisor_of(run).kill()
    wait_until(lambda: run.get_status() == "Failed")
    assert not script.is_running() or script.status() == psutil.STATUS_ZOMBIE
    error = run.get_details()["error"]["error"]
    assert error["code"] == "ProcessLost" and "supervisor" in error["message"]
    assert run.get_metrics() == {"m": 1}
    assert run.get_file_names() == ["user_logs/std_log.txt"]


def test_a_killed_supervisor_s_stray_processes_are_ended(submit, wait_until) -> None:
    run = submit(STUBBORN)
    wait_until(lambda: "outputs/ready" in run.get_file_names())
    everybody = [process for process in psutil.process_iter() if _works_for(process, run)]
    # The list of the tree is refreshed once a second.
    wait_until(lambda: len(run._store.runs.get(run.id).processes) >= 4)
    supervisor_of(run).kill()
    wait_until(lambda: run.get_status() == "Failed")
    wait_until(lambda: not [process for process in everybody if process.is_running()])


def test_kills_of_a_supervisor_at_any_moment(workspace: Workspace, submit, wait_until) -> None:
    """Whatever it was doing, the next reader finds a last status, and no process."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(15):
        run = submit("import time\ntime.sleep(0.05)")
        deadline = time.monotonic() + chance.random() * 0.4
        while time.monotonic() < deadline:
            pass
        for process in psutil.process_iter(["cmdline"]):
            if workspace._layout.root in (process.info["cmdline"] or []):
                process.kill()
        if run.get_status() == "Queued":
            run.cancel()  # nobody had taken it: only a submit or a wait starts it
        wait_until(lambda run=run: run.get_status() in ("Completed", "Failed", "Canceled"))
        statuses = [event.new_status for event in run._store.events.of(run.id)]
        assert sum(status in ("Completed", "Failed", "Canceled") for status in statuses) == 1


def test_a_supervisor_that_dies_while_finalizing_leaves_the_outcome(submit, wait_until) -> None:
    """The exit code was committed: the next reader finishes with it."""
    run = submit("import sys, subprocess; subprocess.Popen(['sleep', '60'])" + "\n")
    wait_until(lambda: run._store.runs.get(run.id).status == "Finalizing", 60)
    supervisor_of(run).kill()
    wait_until(lambda: run.get_status() in ("Completed", "Failed"))
    assert run.get_status() == "Completed"


def test_a_queue_whose_supervisors_have_died_goes_on_when_somebody_waits(workspace, submit, wait_until) -> None:
    with workspace._store.database.transaction() as connection:
        connection.execute("INSERT INTO targets (name, type, max_nodes, created) VALUES ('one', 'AmlCompute', 1, 0)")
    first = submit(WAIT, compute_target="one")
    wait_until(lambda: started(first))
    second = submit("print('x')", compute_target="one")
    supervisor_of(first).kill()
    wait_until(lambda: first.get_status() == "Failed")
    assert second.get_status() == "Queued"
    second.wait_for_completion()


def test_canceling_a_run_that_waits(workspace, submit, wait_until) -> None:
    with workspace._store.database.transaction() as connection:
        connection.execute("INSERT INTO targets (name, type, max_nodes, created) VALUES ('one', 'AmlCompute', 1, 0)")
    first = submit(WAIT, compute_target="one")
    second = submit("print('never')", compute_target="one")
    second.cancel()
    assert second.get_status() == "Canceled"
    first.cancel()
    assert not os.path.exists(second._folder.code)


def test_a_reused_pid_is_not_ended(submit, wait_until, start_python) -> None:
    run = submit(WAIT)
    wait_until(lambda: started(run))
    bystander = start_python("import sys; print(flush=True); sys.stdin.read()")
    bystander.stdout.readline()
    store = run._store
    store.runs.update(run.id, processes=f"[[{bystander.pid}, 1.0]]")
    supervisor_of(run).kill()
    wait_until(lambda: run.get_status() == "Failed")
    assert bystander.poll() is None


def test_opening_a_copy_leaves_the_original_s_script_alone(workspace, submit, wait_until, run_python, tmp_path) -> None:
    run = submit(WAIT)
    wait_until(lambda: started(run))
    workspace._store.database.close()
    shutil.copytree(workspace._layout.project, tmp_path / "copy")
    program = """
    import sys
    from localtrack.core import Workspace
    print(Workspace.from_config(sys.argv[1]).get_run(sys.argv[2]).get_status())
    """
    assert run_python(program, tmp_path / "copy", run.id).strip() == "Failed"
    assert script_of(run).is_running()
    assert run.get_status() == "Running"
    run.cancel()


def test_a_script_s_run_that_was_loaded_by_its_class_is_ended_too(submit, wait_until) -> None:
    run = submit(WAIT)
    wait_until(lambda: started(run))
    script = script_of(run)
    loaded = Run(run.experiment, run.id)
    with pytest.raises(UserErrorException, match="run of a script"):
        loaded.complete()
    loaded.cancel()
    assert not script.is_running()
    assert run.get_status() == "Canceled"


def test_the_environment_of_a_canceled_run_goes(workspace, submit, wait_until) -> None:
    with workspace._store.database.transaction() as connection:
        connection.execute("INSERT INTO targets (name, type, max_nodes, created) VALUES ('one', 'AmlCompute', 1, 0)")
    first = submit(WAIT, compute_target="one")
    wait_until(lambda: started(first))
    second = submit("pass", compute_target="one")
    assert len(os.listdir(workspace._layout.queued)) == 1
    second.cancel()
    assert os.listdir(workspace._layout.queued) == []
    # As if who submitted had been killed before the run was made.
    stale = Path(workspace._layout.queued, "never-made.0123456789ab.json")
    stale.write_text("{}")
    first.get_status()
    assert stale.exists()
    os.utime(stale, (0, 0))
    first.get_status()
    assert not stale.exists()
    first.cancel()


def test_a_run_of_another_host_can_be_given_up(workspace, submit, wait_until) -> None:
    run = submit(WAIT)
    wait_until(lambda: started(run))
    supervised = supervisor_of(run)
    supervised.kill()
    supervised.wait(30)
    store = workspace._store
    lock = Path(store.layout.journals, f"{store.runs.get(run.id).owner:012x}.lock")
    lock.write_text(json.dumps({**json.loads(lock.read_text()), "host": "elsewhere", "boot": "another"}))
    with store.database.transaction() as connection:
        connection.execute("UPDATE owners SET host = 'elsewhere', boot = 'another'")
    assert run.get_status() == "Running", "nothing can be proved"
    with pytest.warns(UserWarning, match="of another host"):
        run.cancel()
    assert run.get_status() == "Canceled"


def test_waiting_for_what_was_queued_elsewhere(workspace, submit, wait_until) -> None:
    with workspace._store.database.transaction() as connection:
        connection.execute("INSERT INTO targets (name, type, max_nodes, created) VALUES ('one', 'AmlCompute', 1, 0)")
    first = submit(WAIT, compute_target="one")
    second = submit("pass", compute_target="one")
    workspace._store.runs.update(second.id, queue="elsewhere:/folder")
    with pytest.raises(ExperimentExecutionException, match="queued on another host"):
        second.wait_for_completion()
    second.cancel()
    first.cancel()


def _works_for(process: psutil.Process, run) -> bool:
    try:
        return process.environ().get("LOCALTRACK_RUN_ID") == run.id
    except psutil.Error:
        return False
