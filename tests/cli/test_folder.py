"""``localtrack folder attach``."""

import json
import os
from pathlib import Path

import pytest


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
