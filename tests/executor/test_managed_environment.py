"""Environments that are built for runs: once, whole or not at all, and with localtrack in them."""

import io
import json
import os
import shutil
import signal
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from localtrack.core import Run, Workspace
from localtrack.executor import environment, environment_cache, snapshot
from localtrack.executor.launch import start_supervisor
from localtrack.store.runs import NewRun

BUILD_LOG = "azureml-logs/20_image_build_log.txt"
PRINT_PLACE = "import sys, greeting; print(sys.prefix, greeting.TEXT)"

# A package whose build says that it has begun, starts a child in a session of its own, and takes its time.
SLOW_BACKEND = """
import pathlib, subprocess, sys, time
def build_wheel(*arguments, **options):
    sleep = [sys.executable, "-c", "import time; print(flush=True); time.sleep(120)"]
    subprocess.Popen(sleep, start_new_session=True, stdout=subprocess.PIPE).stdout.readline()
    pathlib.Path({started!r}).touch()
    time.sleep(120)
prepare_metadata_for_build_wheel = build_wheel
"""

# What the SDK's users do in a script, from the import to a child of its own.
TRACKING = """
import sys
from azureml.core import Run, ScriptRunConfig
run = Run.get_context()
run.log("loss", 0.5)
assert run.get_metrics() == {"loss": 0.5}
assert run.experiment.workspace.get_run(run.id).id == run.id
if "child" not in sys.argv:
    child = run.submit_child(ScriptRunConfig(".", script="script.py", arguments=["child"]))
    child.wait_for_completion(show_output=True)
import localtrack
assert localtrack.__file__.startswith(sys.prefix), localtrack.__file__
print("tracked", sys.prefix)
"""


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """Give a folder with one wheel, ``greeting`` 1.0."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    make_wheel(folder, "greeting", "1.0", {"greeting.py": "TEXT = 'good morning'\n"})
    return folder


@pytest.fixture
def no_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing on the PATH but what building with pip needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "env"):
        (folder / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(folder))


@pytest.fixture
def submit_in(workspace: Workspace, tmp_path: Path, wait_until: Callable[..., None]) -> Iterator[Callable[..., Run]]:
    """Submit a script to a managed environment that has what is listed, and nothing from a network."""
    source = tmp_path / "source"
    source.mkdir()
    runs: list[Run] = []

    def submit(text: str, *pip: str, command: str | None = None) -> Run:
        (source / "script.py").write_text(text)
        run = queue(workspace, source, [{"pip": ["--no-index", *pip]}], command)
        runs.append(run)
        return run

    yield submit
    for run in runs:
        if run.get_status() not in ("Completed", "Failed", "Canceled"):
            run.cancel()
    wait_until(lambda: not processes_in(str(tmp_path)))


def queue(workspace: Workspace, source: Path, dependencies: list[Any], command: str | None = None) -> Run:
    store = workspace._store
    experiment = store.experiments.ensure("e")
    identity = {
        "subscription_id": workspace.subscription_id,
        "resource_group": workspace.resource_group,
        "workspace_name": workspace.name,
        "experiment": "e",
        "experiment_id": experiment.id,
    }
    run_id = f"e_{os.urandom(4).hex()}"
    variables = environment.for_script(store.layout.root, run_id, run_id, identity, {})
    definition = {
        "script": None if command else "script.py",
        "command": command,
        "target": "local",
        "maxRunDurationSeconds": None,
        "graceSeconds": 1.0,
        "keepCode": False,
        "environment": {"name": "mine", "python": {"condaDependencies": {"dependencies": dependencies}}},
        "interpreter": None,
        "process": ["/bin/sh", "-c", command] if command else ["python", "script.py"],
        "environmentFile": environment.keep(store.layout, run_id, variables),
    }
    with snapshot.taken(store.layout, str(source)) as kept:
        snapshot_id = kept.id
    new = NewRun(
        id=run_id,
        status="Queued",
        type="azureml.scriptrun",
        target="local",
        definition=definition,
        snapshot=snapshot_id,
        queue=store.queue.place,
    )
    store.runs.create(experiment.id, [new])
    start_supervisor(store, "local")
    return Run.get(workspace, run_id)


def make_wheel(folder: Path, name: str, version: str, files: dict[str, str], requires: str = "") -> None:
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    if requires:
        metadata += f"Requires-Dist: {requires}\n"
    content = {
        **files,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    content[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*content, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)


def make_slow(folder: Path, started: Path) -> None:
    """Make a source package whose build does not end, and makes a file when it has begun."""
    files = {
        "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
        "backend.py": SLOW_BACKEND.format(started=str(started)),
        "PKG-INFO": "Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n",
    }
    with tarfile.open(folder / "slow-1.0.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"slow-1.0/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))


def processes_in(folder: str) -> list[str]:
    """Return the command lines of the other processes that have to do with a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and folder in " ".join(process.cmdline()) + process.cwd():
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def build_log(run: Run) -> str:
    path = Path(run._folder.root) / BUILD_LOG
    return path.read_text() if path.exists() else ""


def printed(run: Run) -> str:
    return Path(run._folder.std_log).read_text()


def test_a_script_runs_in_an_environment_that_is_built_once(submit_in, wheels, no_uv) -> None:
    run = submit_in(PRINT_PLACE, f"--find-links {wheels}", "greeting", "azureml-defaults")
    details = run.wait_for_completion()
    prefix, text = printed(run).split(maxsplit=1)
    assert prefix.startswith(os.environ["LOCALTRACK_HOME"]) and text == "good morning\n"
    assert BUILD_LOG in details["logFiles"]
    assert details["runDefinition"]["interpreter"] == f"{prefix}/bin/python"
    assert "azureml-defaults was left out" in build_log(run) and "Built: greeting 1.0" in build_log(run)

    again = submit_in(PRINT_PLACE, f"--find-links {wheels}", "Greeting", "greeting")
    again.wait_for_completion()
    assert printed(again) == printed(run)
    assert "built by pip before" in build_log(again)

    command = submit_in("", f"--find-links {wheels}", "greeting", command="python -c 'import sys; print(sys.prefix)'")
    command.wait_for_completion()
    assert printed(command) == prefix + "\n"


@pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not installed")
def test_uv_builds_where_it_is_on_the_path(submit_in, wheels, monkeypatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    run = submit_in(PRINT_PLACE + TRACKING, f"--find-links {wheels}", "--pre", "greeting")
    run.wait_for_completion()
    assert "with uv" in build_log(run) and "good morning" in printed(run)


def test_a_script_tracks_from_a_managed_environment(submit_in, no_uv) -> None:
    run = submit_in(TRACKING)
    run.wait_for_completion()
    assert run.get_metrics() == {"loss": 0.5}
    (child,) = run.get_children()
    assert child.get_metrics() == {"loss": 0.5}
    assert printed(run).splitlines()[-1].startswith(f"tracked {os.environ['LOCALTRACK_HOME']}")


def test_what_the_user_asks_for_wins_over_what_localtrack_needs(submit_in, wheels, no_uv) -> None:
    make_wheel(wheels, "tabulate", "0.0.1", {"tabulate.py": "MINE = True\n"})
    run = submit_in("import tabulate; assert tabulate.MINE; import pathspec", f"--find-links {wheels}", "tabulate")
    assert run.wait_for_completion(raise_on_error=False)["status"] == "Completed", printed(run)


def test_another_localtrack_is_put_in_without_a_new_build(submit_in, no_uv) -> None:
    first = submit_in("import sys; print(sys.path[-1])")
    first.wait_for_completion()
    (place,) = printed(first).split()
    older = Path(place).with_name("of-an-older-localtrack")
    Path(place).rename(older)
    (path_file,) = older.parent.parent.glob("lib/python*/site-packages/zz-localtrack.pth")
    path_file.write_text(str(older))
    second = submit_in("import sys; print(sys.path[-1])")
    second.wait_for_completion()
    assert printed(second) == printed(first) and "before" in build_log(second)
    assert not older.exists(), "nobody used it"


def test_an_environment_that_a_power_failure_may_have_damaged_is_built_anew(submit_in, no_uv, wait_until) -> None:
    submit_in("").wait_for_completion()
    wait_until(lambda: not environment_cache.cached()[0].in_use)
    (found,) = environment_cache.cached()
    folder = Path(os.environ["LOCALTRACK_HOME"]) / "environments" / found.digest
    record = folder / "record.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "boot": "an earlier one"}))
    again = submit_in("")
    again.wait_for_completion()
    assert "before" in build_log(again), "all of it was written to the disk when the first run had ended"

    wait_until(lambda: not environment_cache.cached()[0].in_use)
    (folder / f"{found.record.folder}.on-disk").unlink()
    third = submit_in("")
    third.wait_for_completion()
    assert "Building environment" in build_log(third)
    assert environment_cache.cached()[0].record.folder != found.record.folder


def test_a_failed_build_fails_the_run_and_names_what_is_to_blame(submit_in, wheels, no_uv) -> None:
    run = submit_in(PRINT_PLACE, f"--find-links {wheels}", "greeting", "no-such-thing==3")
    details = run.wait_for_completion(raise_on_error=False)
    assert details["status"] == "Failed"
    error = details["error"]["error"]
    assert error["code"] == "EnvironmentBuildFailed" and "because of no-such-thing==3:" in error["message"]
    assert "No matching distribution found" in error["debugInfo"]["stackTrace"]
    assert "No matching distribution found" in Path(details["logFiles"][BUILD_LOG]).read_text()
    assert not Path(run._folder.std_log).exists()
    make_wheel(wheels, "no_such_thing", "3", {"no_such_thing.py": ""})
    again = submit_in(PRINT_PLACE, f"--find-links {wheels}", "greeting", "no-such-thing==3")
    assert again.wait_for_completion()["status"] == "Completed", "a failed build leaves nothing in the way"


def test_a_python_that_is_not_there_is_named(workspace, tmp_path, no_uv) -> None:
    other = "3.11" if sys.version_info.minor != 11 else "3.12"
    source = tmp_path / "source"
    source.mkdir()
    (source / "script.py").write_text("")
    run = queue(workspace, source, [f"python={other}"])
    details = run.wait_for_completion(raise_on_error=False)
    assert f"There is no python{other} on the PATH" in details["error"]["error"]["message"]


def test_cancel_during_the_build_leaves_no_process(submit_in, wheels, no_uv, tmp_path, wait_until) -> None:
    started = tmp_path / "started"
    make_slow(wheels, started)
    run = submit_in("", f"--find-links {wheels}", "slow")
    wait_until(started.exists)
    assert run.get_status() == "Preparing"
    run.cancel()
    assert run.get_status() == "Canceled"
    assert not [line for line in processes_in(str(tmp_path)) if "supervisor" not in line]
    assert BUILD_LOG in run.get_details()["logFiles"]


def test_a_killed_build_is_never_used(submit_in, wheels, no_uv, tmp_path, wait_until) -> None:
    started = tmp_path / "started"
    make_slow(wheels, started)
    run = submit_in(PRINT_PLACE, f"--find-links {wheels}", "greeting", "slow")
    wait_until(started.exists)
    os.kill(run._store.owners.pid(run._store.runs.get(run.id).owner), signal.SIGKILL)
    wait_until(lambda: Workspace.from_config().get_run(run.id).get_status() == "Failed")
    wait_until(lambda: not processes_in(str(tmp_path)))
    (half,) = environment_cache.cached()
    assert half.record is None and not half.in_use

    (wheels / "slow-1.0.tar.gz").unlink()
    make_wheel(wheels, "slow", "1.0", {"slow.py": ""})
    again = submit_in(PRINT_PLACE, f"--find-links {wheels}", "greeting", "slow")
    again.wait_for_completion()
    assert "Built: greeting 1.0, slow 1.0" in build_log(again)
    (whole,) = environment_cache.cached()
    assert whole.record.packages == {"greeting": "1.0", "slow": "1.0"}
    folder = Path(os.environ["LOCALTRACK_HOME"]) / "environments" / whole.digest
    assert [each.name for each in folder.iterdir() if each.is_dir()] == [whole.record.folder]


def test_of_two_runs_at_once_one_builds_and_the_other_waits(submit_in, wheels, no_uv, tmp_path, wait_until) -> None:
    started = tmp_path / "started"
    make_slow(wheels, started)
    first = submit_in("", f"--find-links {wheels}", "slow")
    wait_until(started.exists)
    second = submit_in("", f"--find-links {wheels}", "slow")
    wait_until(lambda: "Another run is preparing" in build_log(second))
    started.unlink()
    first.cancel()
    wait_until(started.exists)
    assert "Building environment" in build_log(second)
    second.cancel()
    assert second.get_status() == "Canceled"


def test_environments_are_listed_and_pruned_but_not_while_they_are_used(submit_in, wheels, no_uv, wait_until) -> None:
    waits = "import os, time\nwhile not os.path.exists('outputs/end'): time.sleep(0.01)"
    run = submit_in(waits, f"--find-links {wheels}", "greeting")
    wait_until(lambda: run.get_status() == "Running")
    (found,) = environment_cache.cached()
    assert found.in_use and found.size > 0
    assert found.record.requirements == ["--no-index", f"--find-links={wheels}", "greeting"]
    assert found.record.python == f"3.{sys.version_info.minor}" and found.record.tool == "pip"
    assert environment_cache.prune() == []
    Path(run._folder.outputs, "end").touch()
    run.wait_for_completion()
    wait_until(lambda: not environment_cache.cached()[0].in_use)
    assert environment_cache.prune(unused_seconds=3600) == []
    assert [each.digest for each in environment_cache.prune()] == [found.digest]
    assert environment_cache.cached() == []
