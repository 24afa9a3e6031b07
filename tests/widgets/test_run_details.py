"""Runs as notebooks show them, in a real kernel; and where there is none."""

import json
import re

import nbformat
import pytest
from nbclient import NotebookClient

from localtrack.core import Experiment, Run
from localtrack.exceptions import CloudOnlyException, UserErrorException
from localtrack.widgets import ParallelRunStepDetails, RunDetails

START = """
from azureml.core import Experiment, Workspace
from azureml.widgets import RunDetails
experiment = Experiment(Workspace.from_config(), "train")
run = experiment.start_logging(outputs=False, tags={"quality": "<script>"})
"""

# The thread sends its last page while this cell runs, so that the client sees it.
WAIT = """
import threading
[each.join(60) for each in threading.enumerate() if run.id in each.name]
"""


@pytest.fixture
def run(workspace) -> Run:
    return Experiment(workspace, "train").start_logging(outputs=False)


@pytest.fixture
def notebook(workspace, monkeypatch):
    """Run cells in a new kernel, and return the notebook with what they show in the end."""
    from localtrack.paths import dropin_folder

    monkeypatch.setenv("PYTHONPATH", dropin_folder())
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")

    def execute(*cells: str) -> nbformat.NotebookNode:
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        NotebookClient(made, timeout=60, kernel_name="python3").execute(cwd=workspace._layout.project)
        return made

    return execute


def page(cell: nbformat.NotebookNode) -> str:
    [output] = [each for each in cell.outputs if each.output_type in ("display_data", "execute_result")]
    return output.data["text/html"]


def test_a_notebook_shows_a_run_until_its_end(notebook) -> None:
    shown = notebook(
        START,
        "RunDetails(run).show()",
        "for value in (3, 1, 2):\n    run.log('loss', value)",
        "run.complete()",
        WAIT,
        "run",
        "experiment.get_runs()",
    )
    details = page(shown.cells[1])
    assert "Completed" in details and "Running" not in details
    assert details.count("<svg") == 1 and "loss" in details
    assert "quality=&lt;script&gt;" in details
    assert "Completed" in page(shown.cells[5]) and "<table" in page(shown.cells[6])


def test_a_failure_to_read_is_shown_and_ends_it(notebook) -> None:
    breaking = """
from localtrack.exceptions import ServiceException
from localtrack.store.metrics import Metrics
def refuse(*arguments, **more):
    raise ServiceException("the <disk> is gone")
Metrics.summaries = refuse
"""
    shown = notebook(START, "RunDetails(run).show()", breaking, WAIT, "run.complete()")
    details = page(shown.cells[1])
    assert "Not kept up to date any more: ServiceException: the &lt;disk&gt; is gone" in details
    assert "Running" in details


def test_a_run_that_has_ended_is_shown_once(notebook) -> None:
    shown = notebook(START, "run.complete()", "import azureml\nazureml.widgets.RunDetails(run).show()", WAIT)
    assert "Completed" in page(shown.cells[2])
    assert not shown.cells[3].outputs[0].data["text/plain"].strip("[]")


def test_data(run: Run) -> None:
    for step, value in enumerate([1.0, float("nan"), 3, float("inf"), 2]):
        run.log("loss", value, step=10 * step)
    run.log("note", "text")
    run.log("huge", 10**400)
    run.log_list("list", [3, None, 10**400, 1])
    run.log_row("scores", precision=0.5)
    run.log_row("scores", precision=0.6, recall=0.1, who="me")
    run.log_row("scores", recall=0.2)
    child = run.child_run()
    data = RunDetails(run).get_widget_data({"debug": True})
    json.dumps(data, allow_nan=False)
    assert (data["status"], data["run_id"], data["loading"]) == ("Running", run.id, True)
    assert data["widget_settings"] == {"debug": True}
    assert [each["run_id"] for each in data["child_runs"]] == [child.id]
    metrics = {each["name"]: each for each in data["run_metrics"]}
    [loss] = metrics["loss"]["series"]
    assert (loss["over"], loss["categories"][::2], loss["data"]) == ("step", [0, 20, 40], [1, None, 3, None, 2])
    assert (metrics["note"]["series"], metrics["note"]["last"]) == ([], "text")
    assert metrics["huge"]["series"] == [] and metrics["huge"]["last"] == 10**400
    assert metrics["list"]["series"][0]["data"] == [3, None, None, 1]
    lines = {each["name"]: each for each in metrics["scores"]["series"]}
    assert lines["precision"]["data"] == [0.5, 0.6]
    assert lines["recall"]["data"] == [None, 0.1, 0.2]
    assert set(lines) == {"precision", "recall"}


def test_plain_python_prints(workspace, run_python) -> None:
    printed = run_python(
        """
        import sys
        from localtrack.core import Experiment, Workspace
        from localtrack.widgets import RunDetails
        with Experiment(Workspace.from_config(), "train").start_logging(outputs=False, tags={"a": "\\x1b[2J"}) as run:
            run.log("loss", 0.25)
            RunDetails(run).show(render_lib=None, widget_settings={})
        assert "IPython" not in sys.modules
        """
    )
    assert re.search(r"^Status: +Running$", printed, re.MULTILINE)
    assert re.search(r"^Metric: +loss = 0.25$", printed, re.MULTILINE)
    assert "a=\\x1b[2J" in printed and "<" not in printed


@pytest.mark.parametrize(
    "first",
    ["import sys; sys.modules['IPython'] = None", "from IPython import InteractiveShell; InteractiveShell.instance()"],
)
def test_without_a_kernel_it_prints(workspace, run_python, first, tmp_path) -> None:
    printed = run_python(
        f"""
        {first}
        from localtrack.core import Experiment, Workspace
        from localtrack.widgets import RunDetails
        run = Experiment(Workspace.from_config(), "train").start_logging(outputs=False)
        RunDetails(run).show()
        run.complete()
        """,
        env={"IPYTHONDIR": str(tmp_path)},
    )
    assert re.search(r"^Status: +Running$", printed, re.MULTILINE)


def test_what_cannot_be_shown(run: Run) -> None:
    with pytest.raises(UserErrorException, match="shows a run"):
        RunDetails("run")  # type: ignore[arg-type]
    with pytest.raises(CloudOnlyException, match="pipeline"):
        ParallelRunStepDetails(run)
    run.complete()
    run.delete()
    with pytest.raises(UserErrorException, match="any more"):
        RunDetails(run).show()
