"""What is recorded of the interpreter that a script ran with, and of the machine."""

import importlib.metadata
import json
import os
import platform
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from localtrack.core import Experiment, RunConfiguration, ScriptRun, Workspace

ONE = "print('x')"
WAIT = "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)"


@pytest.fixture
def details(submit, wait_until, tmp_path) -> Callable[..., dict]:
    """Run a script until its facts are known, and return the details of the run when it has ended."""
    finish = tmp_path / "finish"

    def details_of(**options: object) -> dict:
        finish.unlink(missing_ok=True)
        run: ScriptRun = submit(WAIT, finish, **options)
        wait_until(lambda: "packages" in run.get_details())
        assert run.get_status() == "Running"
        finish.touch()
        run.wait_for_completion()
        return run.get_details()

    return details_of


def documents(workspace: Workspace) -> list[str]:
    return [row["document"] for row in workspace._store.database.rows("SELECT document FROM facts")]


def install(folder: Path, name: str, version: str) -> None:
    """Make what an installer leaves of a package."""
    made = folder / f"{name}-{version}.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_packages_and_machine_are_in_the_details(details) -> None:
    found = details()
    for name in ("pytest", "psutil"):
        assert found["packages"][name] == importlib.metadata.version(name)
    assert found["machine"]["platform"] == platform.platform()
    assert found["machine"]["processors"] == os.cpu_count()
    assert found["machine"]["memoryBytes"] > 0


def test_they_are_no_files_of_the_run(submit) -> None:
    run = submit(ONE)
    run.wait_for_completion()
    assert run.get_file_names() == ["user_logs/std_log.txt"]


def test_two_runs_store_one_document(workspace, details) -> None:
    assert details()["packages"] == details()["packages"]
    assert len(documents(workspace)) == 1


def test_what_is_installed_later_is_in_later_runs_only(details, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "more"))
    install(tmp_path / "more", "demo", "1.0")
    first = details()
    install(tmp_path / "more", "later", "2.0")
    second = details()
    assert first["packages"]["demo"] == second["packages"]["demo"] == "1.0"
    assert "later" not in first["packages"]
    assert second["packages"]["later"] == "2.0"


def test_the_interpreter_of_the_configuration_is_described(details, tmp_path) -> None:
    venv.create(tmp_path / "other", symlinks=True)
    (folder,) = (tmp_path / "other" / "lib").glob("python*/site-packages")
    install(folder, "demo", "3.0")
    configuration = RunConfiguration()
    configuration.environment.python.user_managed_dependencies = True
    configuration.environment.python.interpreter_path = str(tmp_path / "other" / "bin" / "python")
    packages = details(run_config=configuration)["packages"]
    assert packages["demo"] == "3.0"
    assert "pytest" not in packages


@pytest.mark.parametrize(
    ("program", "gpus"), [("echo 'NVIDIA A100'; echo 'NVIDIA T4'", ["NVIDIA A100", "NVIDIA T4"]), ("exit 9", None)]
)
def test_gpus_are_named_where_that_can_be_told(details, tmp_path, monkeypatch, program: str, gpus) -> None:
    (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{program}\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = details()
    assert found["machine"].get("gpus") == gpus
    assert "pytest" in found["packages"]


def test_no_variable_of_the_environment_is_kept(workspace, details, monkeypatch) -> None:
    monkeypatch.setenv("MY_SECRET", "s3cret-of-mine")
    found = details()
    assert "s3cret-of-mine" not in json.dumps([found["packages"], found["machine"], *documents(workspace)])
    rows = workspace._store.database.rows("SELECT * FROM interpreters")
    assert len(rows) == 1
    assert "s3cret-of-mine" not in "".join(rows[0])


@pytest.mark.parametrize("text", ["no JSON", "3", "{}"])
def test_a_run_ends_well_whose_interpreter_can_not_be_described(submit, tmp_path, text: str) -> None:
    shim = tmp_path / "python"
    shim.write_text(f'#!/bin/sh\ntest "$1" = -c && echo {text} && exit 3\nexec {sys.executable} "$@"\n')
    shim.chmod(0o755)
    configuration = RunConfiguration()
    configuration.environment.python.user_managed_dependencies = True
    configuration.environment.python.interpreter_path = str(shim)
    run = submit(ONE, run_config=configuration)
    found = run.wait_for_completion()
    assert found["status"] == "Completed"
    assert "packages" not in found and "machine" not in found


def test_a_slow_description_does_not_keep_a_run_from_its_end(submit, tmp_path) -> None:
    shim = tmp_path / "python"
    shim.write_text(f'#!/bin/sh\ntest "$1" = -c && exec sleep 100\nexec {sys.executable} "$@"\n')
    shim.chmod(0o755)
    configuration = RunConfiguration()
    configuration.environment.python.user_managed_dependencies = True
    configuration.environment.python.interpreter_path = str(shim)
    found = submit(ONE, run_config=configuration).wait_for_completion()
    assert found["status"] == "Completed"
    assert "packages" not in found


def test_an_interactive_run_has_none(workspace) -> None:
    with Experiment(workspace, "e").start_logging() as run:
        pass
    assert "packages" not in run.get_details()


def test_a_path_that_is_no_text_is_no_obstacle(details, tmp_path, monkeypatch) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    install(folder, "demo", "1.0")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    assert details()["packages"]["demo"] == "1.0"
