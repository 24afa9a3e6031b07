"""Finding, making and naming a workspace; and the wrong way."""

import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localtrack.core import Experiment, Run, ScriptRunConfig, Workspace
from localtrack.exceptions import CloudOnlyException, UserErrorException, WorkspaceException

AZURE = {"subscription_id": "sub", "resource_group": "group", "workspace_name": "cloud"}
SCOPE = "/subscriptions/sub/resourceGroups/group/providers/Microsoft.MachineLearningServices/workspaces/cloud"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def test_made_and_found_again(folder: Path) -> None:
    made = Workspace.create(name="demo", subscription_id="s", resource_group="g")
    (folder / "deep" / "below").mkdir(parents=True)
    found = Workspace.from_config(folder / "deep" / "below")
    assert (found.name, found.subscription_id, found.resource_group, found.location) == ("demo", "s", "g", "local")
    assert str(found) == str(made) == "Workspace.create(name='demo', subscription_id='s', resource_group='g')"
    assert json.loads((folder / ".azureml" / "config.json").read_text()) == {
        "Id": None,
        "Scope": "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/demo",
    }


@pytest.mark.parametrize("place", [".azureml/config.json", "aml_config/project.json", "config.json"])
@pytest.mark.parametrize("content", [AZURE, {"Id": None, "Scope": SCOPE}, {"Id": "e", "Scope": SCOPE + "/projects/e"}])
def test_a_configuration_of_azure_is_used_as_it_is(folder: Path, place: str, content: dict[str, str]) -> None:
    write(folder / place, content)
    before = (folder / place).read_text()
    assert Workspace.from_config().name == "cloud"
    assert (folder / place).read_text() == before
    assert (folder / ".azureml" / "localtrack.db").exists()


def test_a_config_in_azureml_above_beats_one_here(folder: Path) -> None:
    write(folder / ".azureml" / "config.json", {**AZURE, "workspace_name": "above"})
    write(folder / "sub" / "config.json", AZURE)
    assert Workspace.from_config(folder / "sub").name == "above"
    assert Workspace.from_config(folder / "sub" / "config.json").name == "cloud"


def test_no_workspace(folder: Path) -> None:
    with pytest.raises(UserErrorException) as caught:
        Workspace.from_config()
    text = str(caught.value)
    assert str(folder) in text and str(folder.parent) in text
    assert "localtrack folder attach -w NAME -g GROUP" in text
    assert os.listdir(folder) == []


@pytest.mark.parametrize("content", ["{not json", "[1]", "{}", '{"Scope": "nonsense"}', '{"Scope": 3}', "[" * 5000])
def test_a_configuration_that_is_none(folder: Path, content: str) -> None:
    write(folder / ".azureml" / "config.json", content)
    with pytest.raises(WorkspaceException, match=r"config\.json"):
        Workspace.from_config()
    assert (folder / ".azureml" / "config.json").read_text() == content
    assert os.listdir(folder / ".azureml") == ["config.json"]


def test_there_is_one_already(folder: Path) -> None:
    Workspace.create(name="demo")
    with pytest.raises(WorkspaceException, match="'demo'"):
        Workspace.create(name="demo")
    with pytest.raises(WorkspaceException, match="'demo'"):
        Workspace.create(name="other", exist_ok=True)
    assert Workspace.create(name="demo", exist_ok=True).name == "demo"


@pytest.mark.parametrize("place", [".azureml/config.json", "aml_config/project.json", "config.json"])
def test_create_keeps_what_azure_has_written(folder: Path, place: str) -> None:
    write(folder / place, AZURE)
    Experiment(Workspace.from_config(), "train").start_logging(outputs=False).complete()
    with pytest.raises(WorkspaceException, match=f"'cloud' in .* by .*{place}"):
        Workspace.create(name="demo")
    workspace = Workspace.create(name="cloud", exist_ok=True)
    assert (workspace.subscription_id, list(workspace.experiments)) == ("sub", ["train"])
    assert json.loads((folder / place).read_text()) == AZURE
    assert Workspace.from_config().name == "cloud"


def test_a_workspace_of_azure_s_is_known_by_its_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "config.json", AZURE)
    Workspace.from_config()
    monkeypatch.chdir(tmp_path)
    assert Workspace.get("cloud").get_details()["path"] == str(folder / ".azureml")
    assert [str(each) for each in Workspace.list("sub")["cloud"]] == [str(Workspace.get("cloud"))]
    assert Workspace.list("other") == {}


def test_a_path_that_is_none(folder: Path) -> None:
    Workspace.create(name="demo")
    with pytest.raises(UserErrorException, match=r"no file or folder .*/confg\.json"):
        Workspace.from_config("confg.json")


@pytest.mark.parametrize(
    ("given", "name"), [({"container_registry": "r"}, "container_registry"), ({"hbi_workspace": True}, "hbi_workspace")]
)
def test_what_belongs_to_azure_is_refused(folder: Path, given: dict[str, object], name: str) -> None:
    with pytest.raises(CloudOnlyException, match=rf"create\({name}=...\) means something only in Azure"):
        Workspace.create(name="demo", **given)  # type: ignore[arg-type]
    assert os.listdir(folder) == []
    workspace = Workspace.create(name="demo")
    for part in ("images", "webservices", "linked_services", "private_endpoints", "discovery_url"):
        with pytest.raises(CloudOnlyException, match=f"Workspace.{part} means something only in Azure"):
            getattr(workspace, part)
    with pytest.raises(CloudOnlyException, match="update"):
        workspace.update(description="d", image_build_compute="cluster")
    assert "description" not in workspace.get_details()


def test_what_a_workspace_says_of_itself(folder: Path) -> None:
    workspace = Workspace.create(name="demo", tags={"team": 7}, friendly_name="The demo")
    assert workspace.update(description="é")["description"] == "é"
    workspace.update(tags={"other": None})
    details = Workspace.from_config().get_details()
    assert (details["friendlyName"], details["description"], details["tags"]) == ("The demo", "é", {"other": None})


def test_delete(folder: Path) -> None:
    workspace = Workspace.create(name="demo")
    write(folder / ".azureml" / "local.runconfig", {})
    experiment = Experiment(workspace, "train")
    run = experiment.start_logging(outputs=False)
    run.upload_file("file.txt", __file__)
    with pytest.raises(UserErrorException, match=f"{run.id} is Running, so nothing was deleted"):
        workspace.delete()
    assert run.get_file_names() == ["file.txt"]
    run.complete()
    workspace.delete()
    assert os.listdir(folder / ".azureml") == ["local.runconfig"]
    with pytest.raises(WorkspaceException, match="no workspace 'demo'"):
        Workspace.get("demo")
    with pytest.raises(WorkspaceException, match="no localtrack database"):
        list(experiment.get_runs())
    assert list(Experiment(Workspace.create(name="demo"), "train").get_runs()) == []


def test_setup_finds_or_makes_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    folder = tmp_path / "My project (2)"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert Workspace.setup().name == "My-project-2"
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    assert Workspace.setup().name == "My-project-2"


def test_what_is_asked_for_by_a_wrong_name(folder: Path) -> None:
    workspace = Workspace.create(name="demo")
    with pytest.raises(KeyError, match="no compute target 'gpu'; there are: local"):
        workspace.compute_targets["gpu"]
    with pytest.raises(KeyError, match="no model 'm'; there are: none"):
        workspace.models["m"]
    assert workspace.experiments.get("e") is None


def test_secrets_are_the_environment_s(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyvault = Workspace.create(name="demo").get_default_keyvault()
    monkeypatch.setenv("API_TOKEN", "s3cret")
    assert keyvault.get_secrets(["API_TOKEN", "api-token"]) == {"API_TOKEN": "s3cret", "api-token": "s3cret"}
    with pytest.raises(UserErrorException, match="Set no_such for this process"):
        keyvault.get_secret("no-such")
    with pytest.raises(CloudOnlyException, match="no secrets to files"):
        keyvault.set_secret("a", "b")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ws: Experiment("ws", "e"), "needs a Workspace first, not 'ws'"),
        (lambda ws: Experiment.list(None), "Experiment.list needs a Workspace first"),
        (lambda ws: Experiment.delete(ws, Experiment(ws, "e")), "needs the experiment's id"),
        (lambda ws: Run.get(Experiment(ws, "e"), "id"), "needs a Workspace first"),
        (lambda ws: Run.get(ws, 3), "by its id, a text, not by 3"),
        (lambda ws: Run(ws, "id"), r"Run\(...\) needs an Experiment first"),
        (lambda ws: Run.list(ws), "Run.list needs an Experiment first"),
        (lambda ws: Run.list(Experiment(ws, "e"), status="completed"), "Did you mean 'Completed'"),
        (lambda ws: Experiment(ws, "e").submit("train.py"), "needs a ScriptRunConfig, not 'train.py'"),
        (lambda ws: Experiment(ws, "e").start_logging().create_children(tag_key="a", tag_values="xyz"), r"\['xyz'\]"),
    ],
)
def test_the_wrong_thing_is_refused_by_name(folder: Path, call: Callable[[Workspace], object], message: str) -> None:
    workspace = Workspace.create(name="demo")
    with pytest.raises(UserErrorException, match=message):
        call(workspace)


@pytest.mark.parametrize("name", ["", "a", "-x", "a b", "../x", "x" * 40])
def test_names(folder: Path, name: str) -> None:
    with pytest.raises(UserErrorException, match="workspace's name"):
        Workspace.create(name=name)
    assert os.listdir(folder) == []


def test_by_name_from_anywhere(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Workspace.create(name="demo", subscription_id="s", resource_group="g")
    monkeypatch.chdir(tmp_path)
    assert Workspace.get("demo").get_details()["path"] == str(folder / ".azureml")
    assert Workspace("s", "g", "demo").name == "demo"
    with pytest.raises(WorkspaceException, match="no workspace 'nobody'"):
        Workspace.get("nobody")
    with pytest.raises(WorkspaceException, match="is in the subscription 's', not 'other': leave"):
        Workspace("other", "g", "demo")


def test_write_config_elsewhere(folder: Path, tmp_path: Path) -> None:
    workspace = Workspace.create(name="demo")
    workspace.write_config(tmp_path / "other")
    with Experiment(Workspace.from_config(tmp_path / "other"), "e").start_logging(outputs=False) as run:
        run.log("m", 1)
    assert workspace.get_run(run.id).get_metrics() == {"m": 1}
    assert os.listdir(tmp_path / "other" / ".azureml") == ["config.json"]


def test_write_config_here_changes_nothing(folder: Path) -> None:
    workspace = Workspace.create(name="demo")
    before = (folder / ".azureml" / "config.json").read_text()
    workspace.write_config()
    assert (folder / ".azureml" / "config.json").read_text() == before


def test_what_git_should_not_have_is_ignored(folder: Path) -> None:
    Workspace.create(name="demo")
    lines = (folder / ".azureml" / ".gitignore").read_text().splitlines()
    assert {"/*/", "*.*", "!config.json"} <= set(lines)


def test_experiments_by_name(folder: Path) -> None:
    workspace = Workspace.create(name="demo")
    assert workspace.experiments == {}
    Experiment(workspace, "never-used")
    with Experiment(workspace, "used").start_logging(outputs=False):
        pass
    assert list(workspace.experiments) == ["used"]


@pytest.mark.parametrize("name", ["", " ", "a/b", "-a", "x" * 256, None])
def test_experiment_names(workspace: Workspace, name: str) -> None:
    with pytest.raises(UserErrorException, match="experiment's name"):
        Experiment(workspace, name)


def test_a_run_that_is_not_there(workspace: Workspace) -> None:
    with pytest.raises(UserErrorException, match="no run 'nobody'"):
        workspace.get_run("nobody")


def test_a_project_whose_path_is_no_text(folder: Path) -> None:
    project = os.fsencode(folder) + b"/caf\xe9 'q\""
    os.mkdir(project)
    os.chdir(project)
    with open("x.py", "w") as file:
        file.write("from azureml.core import Run\nRun.get_context().log('m', 1)")
    workspace = Workspace.create(name="demo")
    run = Experiment(workspace, "e").submit(ScriptRunConfig(".", script="x.py"))
    run.wait_for_completion()
    assert run.get_metrics() == {"m": 1}


MAKE = """
import shutil, sys
from localtrack.core import Workspace
if sys.argv[1] == "deleted":
    Workspace.from_config().delete()
else:
    shutil.rmtree(".azureml")
Workspace.create(name="demo")
"""


@pytest.mark.parametrize("how", ["deleted", "removed"])
def test_a_workspace_that_another_process_makes_anew(folder: Path, run_python: Callable[..., str], how: str) -> None:
    experiment = Experiment(Workspace.create(name="demo"), "old")
    run = experiment.start_logging(outputs=False)
    run.complete()
    run_python(MAKE, how)
    for change in (
        lambda: run.tag("late"),
        lambda: run.fail(),
        lambda: run.upload_file("x", io.BytesIO(b"x")),
        lambda: experiment.start_logging(outputs=False),
        lambda: Experiment(experiment.workspace, "new").start_logging(outputs=False),
    ):
        with pytest.raises(WorkspaceException, match="was deleted or replaced since this process opened it"):
            change()
    workspace = Workspace.from_config()
    assert list(workspace.experiments) == []
    with Experiment(workspace, "new").start_logging(outputs=False) as run:
        run.log("m", 1)
    assert run_python(STATE).strip() == "{'new': [{'m': 1}]}"


STATE = """
from localtrack.core import Workspace
experiments = Workspace.from_config().experiments
print({name: [run.get_metrics() for run in experiments[name].get_runs()] for name in experiments})
"""


def test_a_folder_that_is_removed_and_a_workspace_made_anew_in_one_process(
    folder: Path, run_python: Callable[..., str]
) -> None:
    for number in range(3):
        workspace = Workspace.create(name="demo")
        with Experiment(workspace, f"e{number}").start_logging(outputs=False, tags={"number": number}) as run:
            run.log("m", number)
            run.tag("more")
            run.upload_file("x", io.BytesIO(b"x"))
        assert (run.get_metrics(), run.get_file_names()) == ({"m": number}, ["x"])
        assert run_python(STATE).strip() == str({f"e{number}": [{"m": number}]})
        shutil.rmtree(folder / ".azureml")


def test_a_run_that_starts_while_its_workspace_is_deleted(
    folder: Path, start_python: Callable[..., "subprocess.Popen[str]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = """
    import sys, time
    from localtrack.core import Experiment, Workspace
    from localtrack.exceptions import WorkspaceException
    experiment = Experiment(Workspace.from_config(), "e")
    sleep = time.sleep
    def wait(seconds):
        print("waits", flush=True)
        time.sleep = sleep
    print("ready", flush=True)
    sys.stdin.readline()
    time.sleep = wait
    try:
        print("started", experiment.start_logging(outputs=False), flush=True)
    except WorkspaceException as error:
        print("refused", error, flush=True)
    """
    workspace = Workspace.create(name="demo")
    process = start_python(program)
    assert process.stdout.readline() == "ready\n"
    real = os.unlink

    def unlink(path: str, **options: Any) -> None:
        if path == workspace._layout.config:  # it was found that no run goes on
            process.stdin.write("\n")
            process.stdin.flush()
            process.stdout.readline()
        real(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", unlink)
        workspace.delete()
    assert process.communicate(timeout=60)[0].startswith("refused")
    assert os.listdir(folder) == []
