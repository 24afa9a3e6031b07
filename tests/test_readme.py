"""What the README shows works as it stands there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.timeout(240)


def blocks(language: str) -> list[str]:
    """The README's blocks of code; those of a list are indented."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", README, re.MULTILINE | re.DOTALL)
    return [re.sub(f"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


@pytest.fixture
def demo(tmp_path):
    """The project folder that the README makes."""
    folder = tmp_path / "demo"
    folder.mkdir()
    shutil.copy(CHECKOUT / "examples" / "diabetes" / "train.py", folder)
    return folder


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "LOCALTRACK_HOME": str(folder.parent / "home")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_python_examples_run(demo):
    example, asked, configured, by_hand, dropin, _ = blocks("python")
    printed = run(demo, "-c", f"{example}\n{asked}\n{configured}\n{by_hand}\n{dropin}\nimport azureml.core")
    assert "alpha 0.1: step 500, loss " in printed
    assert re.search(r"^\{'mse': \d+\.\d+\}$", printed, re.MULTILINE)
    assert "'outputs/model.pkl'" in printed
    assert "metrics.mse" in printed and "1 models/model.pkl" in printed


def test_the_test_example_runs(tmp_path):
    (tmp_path / "my_project.py").write_text(
        "import localtrack.dropin\nlocaltrack.dropin.install()\nfrom azureml.core import Run\n\n"
        "def train():\n    for step in (1, 2):\n        Run.get_context().log('loss', 1 / step)\n"
    )
    (tmp_path / "test_it.py").write_text(blocks("python")[-1])
    assert "1 passed" in run(tmp_path, "-m", "pytest", "-q", "test_it.py")


def test_the_command_line_example_runs(demo):
    (commands,) = [code.splitlines() for code in blocks("sh") if code.startswith("localtrack ")]
    printed = []
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "localtrack"
        run_ids = re.findall(r'"run_id": "(\w+)"', "".join(printed))
        known = {"ID": run_ids[-1]} if run_ids else {}
        printed.append(run(demo, "-m", "localtrack", *(known.get(each, each) for each in arguments)))
    attached, _, listed, shown = printed
    assert '"Workspace name": "demo"' in attached
    assert run_ids[-1] in listed
    assert '"status": "Completed"' in shown


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_the_files_that_it_links_to_are_there(target):
    assert (CHECKOUT / target).is_file()
