"""`Run.get_context` where nobody has submitted: recorded, with one outcome."""

import os
from pathlib import Path

import pytest

import localtrack
from localtrack.core import Run, Workspace
from localtrack.exceptions import RunEnvironmentException

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

    def start(end: str, **options: object) -> tuple[int, str]:
        process = start_python(TRAIN.format(end=end), env={"PYTHONPATH": path}, **options)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output

    return start


@pytest.mark.parametrize(
    ("end", "code", "status"),
    [
        ("", 0, "Completed"),
        ("raise ValueError('bad')", 1, "Failed"),
        ("sys.exit(3)", 3, "Failed"),
        ("sys.exit(0)", 0, "Completed"),
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


def test_a_status_that_the_program_has_set_stays(workspace: Workspace, train) -> None:
    assert train("run.fail('no good')")[0] == 0
    (run,) = workspace.experiments["offline"].get_runs()
    assert run.get_status() == "Failed"


def test_a_forked_worker_does_not_end_it(workspace: Workspace, train) -> None:
    end = """
import os
if os.fork() == 0:
    Run.get_context().log("w", 1)
    sys.exit(0)
os.wait()
print("still", run.get_status())
"""
    code, output = train(end)
    assert code == 0 and "still Running" in output, output


def test_without_a_project_it_is_the_user_s_own_workspace(tmp_path: Path, train, monkeypatch) -> None:
    (tmp_path / "nowhere").mkdir()
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    code, output = train("", cwd=tmp_path / "nowhere")
    assert code == 0, output
    assert os.listdir(tmp_path / "nowhere") == []
    (run,) = Workspace.get("default").experiments["offline"].get_runs()
    assert run.get_status() == "Completed"


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
