"""What is deleted is gone from the disk too, and nothing of it turns up again."""

import io
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from localtrack.core import Experiment, Run, Workspace

LOG = "logs/user_log.txt"


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "train")


def finished(experiment: Experiment, run_id: str) -> Run:
    run = experiment.start_logging(run_id=run_id, outputs=False)
    run.upload_file("outputs/secret", io.BytesIO(b"secret"))
    with run:
        print("printed before")
    return run


def test_an_id_that_is_used_again_after_a_kill(
    workspace: Workspace, experiment: Experiment, start_python: Callable[..., "subprocess.Popen[str]"]
) -> None:
    program = """
    import os, shutil, signal
    from localtrack.core import Workspace
    run = Workspace.from_config().get_run("again")
    def die(*arguments, **options):
        os.kill(os.getpid(), signal.SIGKILL)
    os.rename = shutil.rmtree = die
    run.delete()
    """
    finished(experiment, "again")
    process = start_python(program)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert list(experiment.get_runs()) == []
    with experiment.start_logging(run_id="again", outputs=False) as run:
        assert run.get_file_names() == []
        print("printed now")
    assert run.get_details_with_logs()["logFiles"] == {LOG: "printed now\n"}
    assert [path.name for path in Path(run._folder.root).rglob("*")] == ["logs", "user_log.txt"]
    run.delete()
    assert os.listdir(workspace._layout.runs) == []


def test_a_folder_that_can_not_be_removed_keeps_no_other(
    workspace: Workspace, experiment: Experiment, unprivileged: Callable[..., str]
) -> None:
    program = """
    import os
    from localtrack.core import Workspace
    from localtrack.exceptions import ServiceException
    run = Workspace.from_config().get_run("top")
    os.chmod(".azureml/runs/top/outputs", 0o500)
    try:
        run.delete()
    except ServiceException as error:
        print(error)
    """
    top = finished(experiment, "top")
    for number in range(3):
        child = top.child_run(run_id=f"child-{number}")
        child.upload_file("a", io.BytesIO(b"1"))
        child.complete()
    runs = workspace._layout.runs
    message = unprivileged(program)
    (left,) = os.listdir(runs)
    assert f"Permission denied. Remove what is in {runs} and begins with .deleted- by hand" in message
    assert f"{runs}/{left}/outputs" in message or "secret" in message
    assert list(experiment.get_runs(include_children=True)) == []
    finished(experiment, "top").delete()


def test_a_run_s_folder_that_is_a_link(experiment: Experiment, workspace: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    run = experiment.start_logging(run_id="linked", outputs=False)
    run.complete()
    os.makedirs(workspace._layout.runs, exist_ok=True)
    Path(run._folder.root).symlink_to(outside)
    run.delete()
    assert os.listdir(workspace._layout.runs) == []
    assert (outside / "file").read_text() == "mine"
