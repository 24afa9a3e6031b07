"""The commands of the article "Start, monitor, and track run history", in a shell, quoted as a shell needs them.

They are as the article has them, with its own names for a run, an experiment and a workspace.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from localtrack.core import Experiment, Run, Workspace
from localtrack.store import status

SCRIPT = """
from azureml.core import Run
Run.get_context().log("message", "Hello from run!")
"""
AUTHOR = "[?properties.author=='azureml-user']"
ANOTHER_LOOK = "[?tags.keys(@)[?starts_with(@, 'worth another look')]]"
BOTH = "[?properties.author=='azureml-user' && tags.quality=='fantastic run']"


@pytest.fixture(params=["localtrack", "az ml"])
def shell(request, cli, tmp_path, monkeypatch) -> Callable[[str], str]:
    """Run lines of the article's in bash, and return what they print; by both names."""
    path = tmp_path / "bin" / "localtrack"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -m localtrack "$@"\n')
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}:{Path(shutil.which('bash')).parent}:/usr/bin:/bin")
    start = 'set -eu -o pipefail\neval "$(localtrack shell-init bash)"\n'

    def run(lines: str, folder: Path = cli.folder) -> str:
        if request.param == "localtrack":
            lines = lines.replace("az ml ", "localtrack ").replace("az ", "localtrack ")
        done = subprocess.run(["bash", "-c", start + lines], cwd=folder, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def start(folder: Path, experiment: str, run_id: str | None = None) -> Run:
    return Experiment(Workspace.from_config(folder), experiment).start_logging(outputs=False, run_id=run_id)


def test_start_a_run(shell, cli):
    cli.write("train.py", SCRIPT)
    said = shell("""
    az login
    az account set -s "my subscription"
    az ml folder attach -w myworkspace -g myresourcegroup
    """)
    assert json.loads(said)["Workspace name"] == "myworkspace"
    # The article's own run configuration, by the text before .runconfig.
    shutil.copy(cli.folder / ".azureml" / "local.runconfig", cli.folder / ".azureml" / "sklearn.runconfig")
    submitted = json.loads(shell("az ml run submit-script -c sklearn -e testexperiment train.py"))
    assert (submitted["status"], submitted["_experiment_name"]) == ("Completed", "testexperiment")
    run = Workspace.from_config(cli.folder).get_run(submitted["run_id"])
    assert run.get_metrics() == {"message": "Hello from run!"}


def test_monitor_tag_and_find_runs(shell, cli):
    shell("az ml folder attach -w myworkspace -g myresourcegroup")
    first, second, other = (start(cli.folder, "experiment", run_id) for run_id in ("runid", "second", "other"))
    start(cli.folder, "elsewhere").tag("worth another look")
    for run in (first, second):
        run.add_properties({"author": "azureml-user"})
    other.tag("quality", "fantastic run")
    other.tag("worth another look, or two")

    listed = json.loads(shell("az ml run list --experiment-name experiment"))
    assert [run["run_id"] for run in listed] == ["other", "second", "runid"]
    assert json.loads(shell("az ml run show -r runid"))["run_id"] == "runid"

    updated = json.loads(shell("az ml run update -r runid --add-tag quality='fantastic run'"))
    assert updated["tags"] == {"quality": "fantastic run"}
    assert first.get_tags() == {"quality": "fantastic run"}

    for expression, found in ((AUTHOR, ["second", "runid"]), (ANOTHER_LOOK, ["other"]), (BOTH, ["runid"])):
        lines = (
            f'az ml run list --experiment-name experiment "{expression}"\n'
            f'echo ,; az ml run list --experiment-name experiment --query "{expression}"\n'
        )
        for runs in json.loads(f"[{shell(lines)}]"):
            assert [run["run_id"] for run in runs] == found, expression


def test_cancel_a_run(shell, cli, tmp_path):
    shell("az ml folder attach -w workspace_name -g myresourcegroup")
    run = start(cli.folder, "experiment_name", "runid")
    shell("az ml run cancel -r runid -w workspace_name -e experiment_name", folder=tmp_path)
    assert run.get_status() == status.CANCELED
