"""Models that submitted scripts register."""

import shutil
from pathlib import Path

from localtrack.core import Model, Workspace

SCRIPT = """
import os
from azureml.core import Run
from azureml.core.model import Model

run = Run.get_context()
os.makedirs("outputs/net", exist_ok=True)
open("outputs/net/weights", "w").write("weights")
open("outputs/model.pkl", "w").write("pickle")
model = run.register_model("net", "outputs/net", tags={"ü": "1"})
print(model.id, model.run.id == run.id, sorted(os.listdir(Model.get_model_path("net"))))
print(Model.register(run.experiment.workspace, "outputs/model.pkl", "local").id)
try:
    run.register_model("absent", "outputs/absent")
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_submitted_script_registers_what_it_has_just_written(workspace: Workspace, submit) -> None:
    run = submit(SCRIPT)
    run.wait_for_completion()
    first, second, third = Path(workspace._layout.run(run.id).std_log).read_text().splitlines()
    assert first == "net:1 True ['weights']"
    assert second == "local:1"
    assert third.startswith("ModelPathNotFoundException")
    assert "outputs/model.pkl, outputs/net/weights" in third
    model = Model(workspace, "net", run_id=run.id)
    assert (model.tags, model.experiment_name) == ({"ü": "1"}, "e")
    shutil.rmtree(workspace._layout.run(run.id).root)
    assert Path(model.download(), "weights").read_text() == "weights"
    assert Path(Model(workspace, "local").download()).read_text() == "pickle"


def test_the_models_of_a_script_that_has_ended_are_registered_from_outside(workspace: Workspace, submit) -> None:
    run = submit("import os; os.makedirs('outputs', exist_ok=True); open('outputs/model.pkl', 'w').write('pickle')")
    run.wait_for_completion()
    model = run.register_model("m", "outputs/model.pkl")
    assert Path(model.download()).read_text() == "pickle"
