"""The quickstart as a new user runs it: in a process of its own, from a copy of the examples."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from localtrack.core import Run, Workspace

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = pytest.mark.timeout(240)

ROW = re.compile(r"(diabetes_\w+) +(\S+) +(\S+) +(Completed|Failed) +(\d+\.\d) s")


class Quickstart:
    """One run of the quickstart, and what it left behind."""

    def __init__(self, folder: Path, script: str | None = None) -> None:
        shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns(".azureml", "outputs", "__pycache__"))
        if script is not None:
            (folder / "diabetes" / "train.py").write_text(script)
        self.project = folder / "diabetes"
        self.done = subprocess.run(
            [sys.executable, folder / "quickstart.py"],
            cwd=folder.parent,
            env={**os.environ, "LOCALTRACK_HOME": str(folder.parent / "home")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
        )

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The table: run id, alpha, mse, status and seconds."""
        return [match.groups() for match in map(ROW.fullmatch, self.done.stdout.splitlines()) if match]

    def children(self) -> list[Run]:
        (parent,) = Workspace.from_config(self.project).experiments["diabetes"].get_runs()
        return list(parent.get_children())


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quickstart]:
    yield Quickstart(tmp_path_factory.mktemp("quickstart") / "examples")


def test_prints_a_table_with_the_best_run_first(quickstart):
    assert quickstart.done.returncode == 0, quickstart.done.stderr
    assert sorted(float(row[1]) for row in quickstart.rows) == [0.01, 0.1, 1, 10]
    errors = [float(row[2]) for row in quickstart.rows]
    assert errors == sorted(errors)
    assert len(set(errors)) == 4
    assert {row[3] for row in quickstart.rows} == {"Completed"}
    assert all(float(row[4]) > 0 for row in quickstart.rows)


def test_shows_the_log_of_a_run_and_how_many_have_ended(quickstart):
    assert "alpha 10: step 500, loss " in quickstart.done.stdout
    assert "4 of 4 runs have ended\n" in quickstart.done.stdout
    assert "\r" not in quickstart.done.stdout


def test_says_where_things_are(quickstart):
    places = dict(re.findall(r"^(Database|Run folders): +(.+)$", quickstart.done.stdout, re.MULTILINE))
    with closing(sqlite3.connect(places["Database"])) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    folders = set(os.listdir(places["Run folders"]))
    (parent,) = folders - {row[0] for row in quickstart.rows}
    assert os.listdir(os.path.join(places["Run folders"], parent, "logs")) == ["user_log.txt"]


def test_leaves_nothing_outside_of_its_project(quickstart):
    folder = quickstart.project.parent
    assert sorted(os.listdir(folder)) == ["article", "diabetes", "quickstart.py"]
    assert sorted(os.listdir(folder.parent)) == ["examples", "home"]


def test_every_child_has_its_metrics_and_files(quickstart, tmp_path):
    printed = {row[0]: row for row in quickstart.rows}
    children = quickstart.children()
    assert {child.id for child in children} == set(printed)
    for child in children:
        metrics = child.get_metrics()
        assert f"{metrics['alpha']:g}" == printed[child.id][1] == f"{float(child.tags['alpha']):g}"
        assert f"{metrics['mse']:.1f}" == printed[child.id][2]
        assert len(metrics["loss"]) == 2000
        assert metrics["loss"][-1] < metrics["loss"][0]
        (image,) = [name for name in child.get_file_names() if name.endswith(".png")]
        assert metrics["fit"].endswith(f"/{image}")
        child.download_file(image, tmp_path / "fit.png")
        assert (tmp_path / "fit.png").read_bytes().startswith(b"\x89PNG")
        child.download_file("outputs/model.pkl", tmp_path / "model.pkl")
        assert (tmp_path / "model.pkl").stat().st_size > 0


def test_the_parent_has_completed(quickstart):
    (parent,) = Workspace.from_config(quickstart.project).experiments["diabetes"].get_runs()
    assert parent.get_status() == "Completed"


def test_a_failed_child_is_told_with_its_error(tmp_path):
    script = "import sys\nif sys.argv[2] == '1':\n    raise ValueError('alpha is one')\n"
    failing = Quickstart(tmp_path / "examples", script)
    assert (failing.done.returncode, len(failing.rows)) == (1, 4), failing.done.stderr
    (failed,) = [child for child in failing.children() if child.get_status() == "Failed"]
    assert f"Run {failed.id} is Failed" in failing.done.stderr
    assert "ValueError: alpha is one" in failing.done.stderr
    (parent,) = Workspace.from_config(failing.project).experiments["diabetes"].get_runs()
    assert parent.get_status() == "Failed"
