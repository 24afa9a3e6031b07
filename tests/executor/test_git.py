"""What git knows of the folder a run started in."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from localtrack.core import Experiment, Run, ScriptRunConfig, Workspace

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture(autouse=True)
def repository(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the project's folder a repository with one commit, and return the commit."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "AZUREML_GIT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git("init", "-q", "-b", "topic")
    git("remote", "add", "origin", "https://me:secret@git.example.com/project.git")
    Path("train.py").write_text("print('training')\n")
    Path(".gitignore").write_text(".azureml\n.home\n")
    git("add", "train.py", ".gitignore")
    git("-c", "user.name=me", "-c", "user.email=me@example.com", "commit", "-q", "-m", "first")
    return git("rev-parse", "HEAD")


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def fake_git(folder: Path, commands: str) -> None:
    """Make a program that stands in for git where `path_with` is the path."""
    program = folder / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{commands}\n")
    program.chmod(0o755)


def path_with(folder: Path) -> str:
    return os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])


def start(workspace: Workspace) -> Run:
    return Experiment(workspace, "train").start_logging(outputs=False)


def test_a_run_has_gits_facts(workspace: Workspace, repository: str) -> None:
    properties = start(workspace).get_properties()
    address = "https://git.example.com/project.git"  # without the password
    assert properties == {
        "azureml.git.branch": "topic",
        "azureml.git.commit": repository,
        "azureml.git.dirty": "False",
        "azureml.git.repository_uri": address,
        "mlflow.source.git.branch": "topic",
        "mlflow.source.git.commit": repository,
        "mlflow.source.git.repoURL": address,
    }


@pytest.mark.parametrize("change", [("train.py", "print('changed')"), ("new.py", "")])
def test_a_changed_folder_is_dirty(workspace: Workspace, change: tuple[str, str]) -> None:
    Path(change[0]).write_text(change[1])
    assert start(workspace).get_properties()["azureml.git.dirty"] == "True"


def test_a_script_has_those_of_its_source_folder(
    workspace: Workspace, repository: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = Experiment(workspace, "train").submit(ScriptRunConfig(".", "train.py"))
    assert run.get_details()["properties"]["azureml.git.commit"] == repository
    run.wait_for_completion()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "train.py").write_text("")
    run = Experiment(workspace, "train").submit(ScriptRunConfig(str(elsewhere), "train.py"))
    assert not [name for name in run.get_properties() if "git" in name]
    run.wait_for_completion()


def test_the_variables_take_their_place(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZUREML_GIT_BRANCH", "release")
    monkeypatch.setenv("AZUREML_GIT_BUILD_ID", "42")
    properties = start(workspace).get_properties()
    assert properties["azureml.git.branch"] == properties["mlflow.source.git.branch"] == "release"
    assert properties["azureml.git.build_id"] == "42"


def test_a_repository_without_commits(workspace: Workspace) -> None:
    Path("fresh").mkdir()
    git("init", "-q", "-b", "empty", "fresh")
    os.chdir("fresh")
    properties = start(workspace).get_properties()
    assert properties["azureml.git.branch"] == "empty"
    assert "azureml.git.commit" not in properties


def test_a_start_does_not_wait_for_git(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_until
) -> None:
    fake_git(tmp_path, f"while [ ! -e {tmp_path}/go ]; do sleep 0.01; done\necho slow")
    monkeypatch.setenv("PATH", path_with(tmp_path))
    runs = [start(workspace) for _ in range(3)]
    store = workspace._store
    assert [store.labels.properties(run.id) for run in runs] == [{}, {}, {}]
    for run in runs:
        run.complete()
    (tmp_path / "go").touch()
    assert [run.get_properties()["azureml.git.commit"] for run in runs] == ["slow"] * 3
    # and another process sees them when they are there
    wait_until(lambda: all("azureml.git.commit" in store.labels.properties(run.id) for run in runs))


@pytest.mark.parametrize("warnings", ["default", "error"])
def test_a_run_that_is_deleted_before_git_answers(
    workspace: Workspace, repository: str, tmp_path: Path, run_python: Callable[..., str], warnings: str
) -> None:
    program = """
    import sys
    from localtrack.core import Experiment, Workspace
    experiment = Experiment(Workspace.from_config(), "train")
    run = experiment.start_logging(outputs=False, run_id="deleted")
    run.complete()
    run.delete()
    open(sys.argv[1], "w").close()
    for _ in range(2):
        print(experiment.start_logging(outputs=False).get_properties()["azureml.git.commit"])
    """
    fake_git(tmp_path, f'while [ ! -e {tmp_path}/go ]; do sleep 0.01; done\nexec {shutil.which("git")} "$@"')
    environment = {"PATH": path_with(tmp_path), "PYTHONWARNINGS": warnings}
    output = run_python(program, tmp_path / "go", env=environment)
    assert output.count(repository) == 2
    assert "Run deleted does not have what git knows" in output


def test_a_git_that_hangs_is_asked_once(workspace: Workspace, tmp_path: Path, run_python: Callable[..., str]) -> None:
    program = """
    import os
    from localtrack.core import Experiment, Workspace
    from localtrack.executor import git
    git.SECONDS = 0.3
    experiment = Experiment(Workspace.from_config(), "train")
    print([experiment.start_logging(outputs=False).get_properties() for _ in range(3)])
    os.chdir("elsewhere")
    print(experiment.start_logging(outputs=False).get_properties())
    """
    (tmp_path / "asked").touch()
    fake_git(tmp_path, f"echo asked >> {tmp_path}/asked\nexec sleep 60")
    git("init", "-q", "elsewhere")
    output = run_python(program, env={"PATH": path_with(tmp_path), "PYTHONWARNINGS": "always"})
    assert "[{}, {}, {}]\n" in output and output.endswith("{}\n")
    project = workspace._layout.project
    for folder in (project, f"{project}/elsewhere"):
        assert output.count(f"git has not answered for 0.3 s in {folder}, so its runs lack") == 1
    assert (tmp_path / "asked").read_text().count("asked") <= 2


def test_a_run_that_starts_when_the_program_ends(run_python, repository: str, workspace: Workspace) -> None:
    program = """
    import atexit
    from localtrack.core import Experiment, Workspace
    experiment = Experiment(Workspace.from_config(), "train")
    atexit.register(lambda: experiment.start_logging(outputs=False, run_id="last").complete())
    """
    assert run_python(program) == ""
    run = workspace.get_run("last")
    assert (run.get_status(), run.get_properties()["azureml.git.commit"]) == ("Completed", repository)


def test_a_program_that_can_have_no_more_threads(
    workspace: Workspace, repository: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert start(workspace).get_properties()["azureml.git.commit"] == repository
    assert start(workspace).get_properties()["azureml.git.commit"] == repository


def test_without_git(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert start(workspace).get_properties() == {}


def test_a_program_that_ends_at_once_keeps_them(run_python, repository: str, workspace: Workspace) -> None:
    run_id = run_python(
        """
        from localtrack.core import Experiment, Workspace
        run = Experiment(Workspace.from_config(), "train").start_logging(outputs=False)
        run.complete()
        print(run.id)
        """
    ).strip()
    assert workspace.get_run(run_id).get_properties()["azureml.git.commit"] == repository


def test_a_forked_worker_does_not_wait_for_its_parents_thread(workspace: Workspace, run_python) -> None:
    output = run_python(
        """
        import multiprocessing
        from localtrack.core import Experiment, Workspace

        def work(run):
            child = run.child_run()
            print(sorted(child.get_properties())[:1], flush=True)
            child.complete()

        run = Experiment(Workspace.from_config(), "train").start_logging(outputs=False)
        process = multiprocessing.get_context("fork").Process(target=work, args=(run,))
        process.start()
        process.join()
        run.complete()
        """
    )
    assert output.strip() == "['azureml.git.branch']"
