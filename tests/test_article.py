"""What the article "Start, monitor, and track run history" does in Python, in the order in which it does it.

The programs say ``azureml``, as people's programs do.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from localtrack.core import Experiment, Run, ScriptRunConfig, Workspace

SLEEPS = "import time\nprint('started', flush=True)\ntime.sleep(60)\n"
HAS_CHILDREN = """
from azureml.core import Run

run = Run.get_context()
for number in range(5):
    with run.child_run() as child:
        child.log(name="Hello from child run", value=number)
"""
SUBMITS_CHILDREN = """
from azureml.core import Run, ScriptRunConfig, Workspace

run = Run.get_context()
ws = run.experiment.workspace
compute_target = ws.compute_targets["gpu-cluster"]
for fruit in ["Apple", "Banana", "Orange"]:
    run.log("Status", f"Launching {fruit}")
    child = ScriptRunConfig(
        source_directory=".", script="child.py", arguments=["--fruit", fruit], compute_target=compute_target
    )
    run.submit_child(child)
for child in run.get_children():
    child.wait_for_completion()
"""
LOGS_TO_THE_ROOT = """
import sys
from azureml.core import Run

def root_run(run):
    return run if run.parent is None else root_run(run.parent)

child_run = Run.get_context()
print(child_run.parent.id)
root_run(child_run).log("MyMetric", f"Data from child run {child_run.id}")
root_run(child_run).log("Fruit", sys.argv[2])
"""


@pytest.fixture
def exp(workspace: Workspace) -> Experiment:
    return Experiment(workspace=workspace, name="explore-runs")


@pytest.fixture
def source(tmp_path: Path) -> Callable[[dict[str, str]], str]:
    def write(scripts: dict[str, str]) -> str:
        folder = tmp_path / "source"
        folder.mkdir()
        for name, text in scripts.items():
            (folder / name).write_text(text)
        return str(folder)

    return write


def test_the_version(run_python: Callable[..., str]) -> None:
    program = """
    import localtrack.dropin
    localtrack.dropin.install()
    import azureml.core
    print(azureml.core.VERSION)
    """
    assert re.fullmatch(r"\d+\.\d+\.\d+\+localtrack\..+", run_python(program).strip())


def test_set_up_and_start(workspace: Workspace, run_python: Callable[..., str]) -> None:
    program = """
    import localtrack.dropin
    localtrack.dropin.install()

    import azureml.core
    from azureml.core import Workspace, Experiment, Run
    from azureml.core import ScriptRunConfig

    ws = Workspace.from_config()
    exp = Experiment(workspace=ws, name="explore-runs")
    notebook_run = exp.start_logging()
    notebook_run.log(name="message", value="Hello from run!")
    print(notebook_run.get_status())
    print(notebook_run.get_details()["runId"] == notebook_run.id)
    notebook_run.complete()
    print(notebook_run.get_status())
    """
    assert run_python(program).split() == ["Running", "True", "Completed"]
    (run,) = workspace.experiments["explore-runs"].get_runs()
    assert run.get_metrics() == {"message": "Hello from run!"}


def test_a_with_block(exp: Experiment, capsys: pytest.CaptureFixture[str]) -> None:
    with exp.start_logging() as notebook_run:
        notebook_run.log(name="message", value="Hello from run!")
        print(notebook_run.get_status())
    print(notebook_run.get_status())
    assert capsys.readouterr().out == "Running\nCompleted\n"


def test_properties_and_tags(exp: Experiment) -> None:
    local_run = exp.start_logging()
    local_run.add_properties({"author": "azureml-user"})
    assert local_run.get_properties() == {"author": "azureml-user"}
    with pytest.raises(Exception, match="'azureml-user' and can't become 'different-user'"):
        local_run.add_properties({"author": "different-user", "reviewer": "me"})
    assert local_run.get_properties() == {"author": "azureml-user"}

    local_run.tag("quality", "great run")
    assert local_run.get_tags() == {"quality": "great run"}
    local_run.tag("quality", "fantastic run")
    assert local_run.get_tags() == {"quality": "fantastic run"}
    local_run.tag("worth another look")
    assert local_run.get_tags() == {"quality": "fantastic run", "worth another look": None}

    exp.start_logging().tag("quality", "fantastic run")  # another author's
    found = list(exp.get_runs(properties={"author": "azureml-user"}, tags={"quality": "fantastic run"}))
    assert [run.id for run in found] == [local_run.id]
    found = list(exp.get_runs(properties={"author": "azureml-user"}, tags="worth another look"))
    assert [run.id for run in found] == [local_run.id]


def test_cancel_a_script(exp: Experiment, source: Callable[[dict[str, str]], str], wait_until) -> None:
    src = ScriptRunConfig(source_directory=source({"hello_with_delay.py": SLEEPS}), script="hello_with_delay.py")
    local_run = exp.submit(src)
    assert local_run.get_status() in ("Queued", "Preparing", "Starting", "Running")
    wait_until(lambda: local_run.get_status() == "Running")
    local_run.cancel()
    assert local_run.get_status() == "Canceled"


def test_fail_a_run_that_had_finished(exp: Experiment, source: Callable[[dict[str, str]], str]) -> None:
    local_run = exp.submit(ScriptRunConfig(source({"train.py": "print('the wrong script')"}), "train.py"))
    local_run.wait_for_completion()
    local_run.fail()
    assert local_run.get_status() == "Failed"


def test_fail_a_script_that_is_running(exp: Experiment, source: Callable[[dict[str, str]], str]) -> None:
    local_run = exp.submit(ScriptRunConfig(source({"hello_with_delay.py": SLEEPS}), "hello_with_delay.py"))
    local_run.fail()
    assert local_run.get_status() == "Failed"


def test_a_script_with_children(
    exp: Experiment, source: Callable[[dict[str, str]], str], capsys: pytest.CaptureFixture[str]
) -> None:
    src = ScriptRunConfig(
        source_directory=source({"hello_with_children.py": HAS_CHILDREN}), script="hello_with_children.py"
    )
    local_run = exp.submit(src)
    local_run.wait_for_completion(show_output=True)
    assert local_run.get_status() == "Completed"
    assert f"RunId: {local_run.id}" in capsys.readouterr().out
    children = list(local_run.get_children())
    assert [child.get_metrics() for child in children] == [{"Hello from child run": n} for n in (4, 3, 2, 1, 0)]
    assert {child.get_status() for child in children} == {"Completed"}


def test_children_in_a_with_block(exp: Experiment) -> None:
    with exp.start_logging() as parent_run:
        for c, _ in enumerate(range(5)):
            with parent_run.child_run() as child:
                child.log(name="Hello from child run", value=c)
        parent_run.create_children(count=5)
    assert "list(...)" in repr(parent_run.get_children())
    assert len(list(parent_run.get_children())) == 10
    statuses = [child.get_status() for child in parent_run.get_children()]
    assert (parent_run.get_status(), statuses) == ("Completed", ["Running"] * 5 + ["Completed"] * 5)


def test_submit_children_to_a_compute_target(
    workspace: Workspace, exp: Experiment, source: Callable[[dict[str, str]], str]
) -> None:
    with workspace._store.database.transaction() as connection:
        connection.execute(
            "INSERT INTO targets (name, type, max_nodes, created) VALUES ('gpu-cluster', 'AmlCompute', 2, 0)"
        )
    assert workspace.compute_targets["gpu-cluster"].max_nodes == 2
    folder = source({"parent.py": SUBMITS_CHILDREN, "child.py": LOGS_TO_THE_ROOT})
    parent = exp.submit(ScriptRunConfig(source_directory=folder, script="parent.py"))
    parent.wait_for_completion()
    children = list(parent.get_children())
    assert [child.get_details()["target"] for child in children] == ["gpu-cluster"] * 3
    assert {child.get_status() for child in children} == {"Completed"}
    for child in children:
        assert child.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"] == f"{parent.id}\n"
    metrics = parent.get_metrics()
    assert metrics["Status"] == [f"Launching {fruit}" for fruit in ("Apple", "Banana", "Orange")]
    assert sorted(metrics["MyMetric"]) == sorted(f"Data from child run {child.id}" for child in children)
    assert sorted(metrics["Fruit"]) == ["Apple", "Banana", "Orange"]
    assert list(Run.list_by_compute(workspace.compute_targets["gpu-cluster"])) == []


def test_a_tree_of_children(exp: Experiment) -> None:
    parent_run = exp.start_logging()
    child = parent_run.child_run()
    grandchild = child.child_run()
    assert [run.id for run in parent_run.get_children()] == [child.id]
    assert [run.id for run in parent_run.get_children(recursive=True)] == [grandchild.id, child.id]
    assert grandchild.parent.parent.id == parent_run.id
