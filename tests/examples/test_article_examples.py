"""The walk through the article as a new user runs it: in a process of its own, with the scripts beside it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from localtrack.core import Workspace

ARTICLE = Path(__file__).parents[2] / "examples" / "article"
TITLES = [
    "Monitor run performance",
    "Tag runs",
    "Find runs",
    "Cancel a run",
    "Fail a run",
    "Create child runs",
    "Submit child runs",
    "On the command line",
]
RUN_ID = r"explore-runs_\d+_\w{8}"

pytestmark = pytest.mark.timeout(240)


def walk(working_folder: Path, *arguments: object) -> str:
    """Run the walk and return what it printed."""
    done = subprocess.run(
        [sys.executable, ARTICLE / "walk.py", *map(str, arguments)],
        cwd=working_folder,
        env={**os.environ, "LOCALTRACK_HOME": str(working_folder / "home"), "TMPDIR": str(working_folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("article")


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    return walk(folder, folder / "project")


@pytest.fixture
def parts(printed: str) -> dict[str, str]:
    """What was printed under each title."""
    found = re.split(r"^(.+)\n-+\n", printed, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_goes_through_the_article_in_its_order(printed, parts):
    assert re.match(r"azureml\.core \d+\.\d+\.\d+\+localtrack\.", printed)
    assert list(parts) == TITLES


def test_monitors_runs(parts):
    lines = parts["Monitor run performance"].splitlines()
    assert lines[0] == "A run that was started is Running"
    assert {"runId", "status", "startTimeUtc"} <= set(re.findall(r"\w+", lines[1]))
    assert lines[2:5] == [
        "After complete() it is Completed",
        "Inside of its block it is Running",
        "Behind the block it is Completed",
    ]
    assert re.search(rf"^Hello from {RUN_ID}$", "\n".join(lines), re.MULTILINE)
    assert "The script has logged {'message': 'Hello from a script!'}" in lines


def test_tags_and_finds_runs(parts):
    author, refused, tags, changed = parts["Tag runs"].splitlines()[:4]
    assert author == "author = azureml-user"
    assert re.fullmatch(rf"A property stays: .* of run {RUN_ID} is 'azureml-user' and can't become .*", refused)
    assert tags == "Tags: {'quality': 'great run'}"
    assert changed == "Tags can change: {'quality': 'fantastic run', 'worth another look': None}"
    assert parts["Find runs"].split("\n")[:2] == [
        "By a tag's value: the run is found",
        "By a tag's name: the run is found",
    ]


def test_cancels_and_fails_runs(parts):
    assert parts["Cancel a run"].split("\n")[:2] == [
        "A script that takes long is not over: True",
        "After cancel() it is Canceled",
    ]
    assert parts["Fail a run"].split("\n")[:2] == [
        "A run that had completed is Failed",
        "Because: It was the wrong script.",
    ]


def test_has_children(parts):
    text = parts["Create child runs"]
    assert re.findall(r"^Child (\d) is \S+$", text, re.MULTILINE) == list("01234")
    assert "The script is Completed and has 5 children\n" in text
    assert "A run of this process has 8 children\n" in text


def test_submits_children_to_a_compute_target(parts):
    lines = parts["Submit child runs"].strip().splitlines()
    assert lines[0] == "Succeeded: up to 2 runs go at once on 'gpu-cluster'."
    fruits = [f"On gpu-cluster: {fruit}, Completed; of this parent: True" for fruit in ("Apple", "Banana", "Orange")]
    assert lines[1:4] == fruits
    assert lines[4] == "The parent has logged Launching Apple, Launching Banana, Launching Orange"
    assert lines[5] == "Its children have logged to it: 3 values"


def test_asks_the_command_line(parts):
    values = re.findall(r"^  (.+)$", parts["On the command line"], re.MULTILINE)
    assert values == ["Completed", "Completed"]


def test_the_runs_stay_in_the_folder_that_was_given(printed, folder):
    ws = Workspace.from_config(folder / "project")
    runs = list(ws.experiments["explore-runs"].get_runs(include_children=True))
    assert len(runs) == 9 + 5 + 8 + 3
    assert {run.get_status() for run in runs} == {"Completed", "Failed", "Canceled"}
    assert sorted(os.listdir(folder)) == ["home", "project"]
    assert sorted(os.listdir(folder / "project")) == [".azureml", "outputs"]


def test_runs_again_in_the_same_folder(printed, folder):
    again = walk(folder, folder / "project")
    assert re.findall(r"^(.+)\n-+\n", again, re.MULTILINE) == TITLES
    assert "By a tag's value: the run is found" in again


def test_without_a_folder_nothing_stays(tmp_path):
    assert "On the command line" in walk(tmp_path)
    assert os.listdir(tmp_path) == ["home"]
    assert not (ARTICLE / ".azureml").exists()
