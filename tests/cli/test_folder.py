"""``localtrack folder attach``."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from localtrack.core import CondaDependencies, RunConfiguration, Workspace


def test_attach_returns_the_keys_of_the_sdk(cli):
    done = cli("folder", "attach", "-w", "demo", "-g", "group", "-e", "train", "--subscription-id", "s")
    assert json.loads(done.out) == {
        "Experiment name": "train",
        "Project path": str(cli.folder),
        "Resource group": "group",
        "Subscription id": "s",
        "Workspace name": "demo",
    }
    assert done.err == ""
    content = json.loads((cli.folder / ".azureml" / "config.json").read_text())
    scope = "/subscriptions/s/resourceGroups/group/providers/Microsoft.MachineLearningServices/workspaces/demo"
    assert content == {"Id": "train", "Scope": f"{scope}/projects/train"}


@pytest.mark.parametrize(("folder", "experiment"), [("My project", "My_project"), ("-été-", "t_-"), ("...", "demo")])
def test_the_experiment_is_by_default_the_folder_s_name_made_valid(cli, folder, experiment):
    done = cli("folder", "attach", "-w", "demo", "--path", f"./{folder}", "--query", '"Experiment name"', "-o", "tsv")
    assert done.out == f"{experiment}\n"
    assert (cli.folder / folder / ".azureml" / "localtrack.db").exists()


def test_attaching_again_changes_only_the_experiment_given(attached):
    names = ["--query", "values(@)", "-o", "json"]
    before = json.loads(attached("folder", "attach", "-w", "demo", *names).out)
    assert {str(attached.folder), "group", "train", "demo"} < set(before)
    after = json.loads(attached("folder", "attach", "-w", "demo", "-g", "group", "-e", "other", *names).out)
    assert sorted(after) == sorted({*before, "other"} - {"train"})
    assert json.loads(attached("folder", "attach", "-w", "demo", *names).out) == after


@pytest.mark.parametrize("names", [["-w", "else"], ["-w", "demo", "-g", "else"]])
def test_a_folder_is_not_attached_to_another_workspace(attached, names):
    before = (attached.folder / ".azureml" / "config.json").read_bytes()
    error = attached("folder", "attach", *names, code=1).err
    assert "'demo' of the resource group 'group' already" in error
    assert (attached.folder / ".azureml" / "config.json").read_bytes() == before


def test_an_azure_configuration_is_kept(cli):
    azure = {"subscription_id": "s", "resource_group": "g", "workspace_name": "azure"}
    cli.write(".azureml/config.json", json.dumps(azure))
    done = cli("folder", "attach", "-w", "azure", "-e", "train")
    assert json.loads(done.out)["Resource group"] == "g"


def test_an_ignore_file_is_written_once(cli):
    ignore = cli.folder / ".amlignore"
    cli("folder", "attach", "-w", "demo")
    assert "/outputs/" in ignore.read_text().splitlines()
    ignore.write_text("mine\n")
    cli("folder", "attach", "-w", "demo")
    assert ignore.read_text() == "mine\n"


def test_a_gitignore_goes_on_to_count(cli):
    cli.write(".gitignore", "data/\n")
    cli("folder", "attach", "-w", "demo")
    assert not (cli.folder / ".amlignore").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-w", "x y"], "'x y' can't be a workspace's name"),
        (["-w", "demo", "-e", "a b"], "'a b' can't be an experiment's name"),
        (["-w", "demo", "--path", "file"], "can't be a project's folder"),
    ],
)
def test_what_can_t_be_attached_is_refused_before_anything_is_made(cli, arguments, message):
    cli.write("file", "")
    done = cli("folder", "attach", *arguments, code=1)
    assert message in done.err
    assert len(done.err.splitlines()) == 1
    assert os.listdir(cli.folder) == ["file"]


def test_wrong_usage(cli):
    done = cli("folder", "attach", code=2)
    assert done.out == ""
    assert done.err.splitlines() == [
        "ERROR: localtrack folder attach: the following arguments are required: --workspace-name/-w",
        "See 'localtrack folder attach --help'.",
    ]


def test_nothing_is_written_to_the_user_s_home(cli):
    cli()
    cli("--version")
    cli("run", "list", code=1)
    assert os.listdir(cli.home) == [cli.folder.name]
    cli("folder", "attach", "-w", "demo")
    written = {path.relative_to(cli.home).parts[0] for path in Path(cli.home).rglob("*") if path.is_file()}
    assert written <= {cli.folder.name, "data", "localtrack"}


def test_warnings_go_to_stderr_without_the_place_in_the_code(cli, monkeypatch):
    monkeypatch.setenv("LOCALTRACK_HOME", str(cli.write("file", "")))
    done = cli("folder", "attach", "-w", "demo")
    assert json.loads(done.out)["Workspace name"] == "demo"
    assert done.err.startswith("WARNING: The workspace 'demo' is usable")
    assert len(done.err.splitlines()) == 1
    assert cli("folder", "attach", "-w", "demo", "--only-show-errors").err == ""


def test_the_files_that_a_project_begins_with(cli):
    cli("folder", "attach", "-w", "demo")
    folder = cli.folder / ".azureml"
    assert {".gitignore", "conda_dependencies.yml", "config.json", "local.runconfig"} <= set(os.listdir(folder))
    assert not [name for name in os.listdir(folder) if name.startswith("docker")]

    configuration = RunConfiguration.load(cli.folder, "local")
    python = configuration.environment.python
    assert (python.user_managed_dependencies, python.interpreter_path) == (True, "python")
    assert (configuration.script, configuration.arguments, configuration.target) == ("", [], "local")
    assert configuration.environment.name == "project_environment"
    assert configuration.environment_variables == {}
    plain = yaml.safe_load((folder / "local.runconfig").read_text())
    assert plain["communicator"] == "None" and plain["environment"]["python"]["userManagedDependencies"] is True
    named = cli.folder / plain["environment"]["python"]["condaDependenciesFile"]
    assert list(CondaDependencies(named).conda_packages) == list(CondaDependencies().conda_packages)


def test_what_people_change_may_be_committed_and_the_rest_may_not(cli):
    cli("folder", "attach", "-w", "demo")
    ours = [
        "localtrack.db",
        "localtrack.db-wal",
        "localtrack.lock",
        "journal/x",
        "runs/r/outputs/a.yml",
        "models/m/1/x",
    ]
    theirs = ["local", "local.runconfig", "conda_dependencies.yml", "config.json", "notifications.yml", ".gitignore"]
    subprocess.run(["git", "init", "--quiet"], cwd=cli.folder, check=True, timeout=60)
    paths = [f".azureml/{name}" for name in (*ours, *theirs)]
    ignored = subprocess.run(
        ["git", "check-ignore", *paths], cwd=cli.folder, capture_output=True, text=True, timeout=60
    ).stdout
    assert ignored.split() == paths[: len(ours)]


def test_files_that_are_there_stay(cli):
    for name in ("local.runconfig", "conda_dependencies.yml", ".gitignore"):
        cli.write(f".azureml/{name}", f"# {name} of mine\n")
    cli("folder", "attach", "-w", "demo")
    for name in ("local.runconfig", "conda_dependencies.yml", ".gitignore"):
        assert (cli.folder / ".azureml" / name).read_text() == f"# {name} of mine\n"


@pytest.mark.parametrize("name", [".azureml/local", "aml_config/local.runconfig", "aml_config/local"])
def test_a_run_configuration_of_that_name_is_not_hidden_by_another(cli, name):
    cli.write(name, "script: mine.py\n")
    cli("folder", "attach", "-w", "demo")
    assert not (cli.folder / ".azureml" / "local.runconfig").exists()
    assert RunConfiguration.load(cli.folder, "local").script == "mine.py"


def test_an_older_folder_s_conda_file_is_named(cli):
    cli.write("aml_config/conda_dependencies.yml", "dependencies: [python=3.11, numpy]\n")
    cli("folder", "attach", "-w", "demo")
    assert not (cli.folder / ".azureml" / "conda_dependencies.yml").exists()
    configuration = RunConfiguration.load(cli.folder, "local")
    assert list(configuration.environment.python.conda_dependencies.conda_packages) == ["python=3.11", "numpy"]


def test_a_folder_of_a_workspace_elsewhere_stays_one(attached, monkeypatch):
    monkeypatch.chdir(attached.folder)
    Workspace.from_config().write_config("other")
    attached("folder", "attach", "-w", "demo", "-e", "second", "--path", "other")
    assert not (attached.folder / "other" / ".azureml" / "localtrack.db").exists()
    workspace = Workspace.from_config("other")
    assert workspace.get_details()["path"] == str(attached.folder / ".azureml")
    assert json.loads((attached.folder / "other" / ".azureml" / "config.json").read_text())["Id"] == "second"
