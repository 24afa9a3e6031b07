"""``localtrack workspace``."""

import json
import os
import shutil
import subprocess

import pytest

from localtrack.core import Experiment, Workspace


def test_a_workspace_from_create_to_delete(cli):
    words = ["-n", "demo", "-g", "group", "--subscription-id", "s", "--path", "sub/project"]
    texts = ["--friendly-name", "A demo", "--description", "for a test", "--tags", "a=1", "b", "--tags", "c=x=y"]
    done = cli("workspace", "create", *words, *texts, "-l", "westus", "--sku", "basic", "--yes")
    details = json.loads(done.out)
    project = cli.folder / "sub" / "project"
    assert (details["name"], details["resourceGroup"], details["subscriptionId"]) == ("demo", "group", "s")
    assert (details["friendlyName"], details["description"]) == ("A demo", "for a test")
    assert details["tags"] == {"a": "1", "b": None, "c": "x=y"}
    assert details["path"] == str(project / ".azureml")
    assert done.err == ""

    assert json.loads(cli("workspace", "show", "--path", project).out) == details
    assert json.loads(cli("workspace", "show", "-w", "demo").out) == details  # by its name, from anywhere
    changed = json.loads(cli("workspace", "update", "-n", "demo", "-d", "else", "--tags", "z=1").out)
    assert changed == {**details, "description": "else", "tags": {"z": "1"}}

    header, _, row = cli("workspace", "list", "-o", "table").out.splitlines()
    assert header.split() == ["Name", "ResourceGroup", "FriendlyName", "Tags", "Folder"]
    assert row.split()[:2] == ["demo", "group"] and row.endswith(str(project))

    (project / ".azureml" / "own.runconfig").write_text("script: a.py\n")
    Experiment(Workspace.from_config(project), "train").start_logging(outputs=False).complete()
    done = cli("workspace", "delete", "-w", "demo", "--yes", "--all-resources", "--no-wait")
    assert f"'demo' in {project} goes, and with it 1 run with all files.\n" in done.err
    assert done.out == ""
    assert os.listdir(project / ".azureml") == ["own.runconfig"]
    assert json.loads(cli("workspace", "list").out) == []


def test_a_folder_is_made_one_workspace_once(attached):
    assert "add --exist-ok" in attached("workspace", "create", "-w", "demo", code=1).err
    assert "choose another folder" in attached("workspace", "create", "-w", "else", "--exist-ok", code=1).err
    made = attached("workspace", "create", "-w", "demo", "--exist-ok", "-f", "Mine", "--query", "friendlyName")
    assert made.out == '"Mine"\n'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-w", "x y"], "'x y' can't be a workspace's name"),
        (["-w", "demo", "--tags", "=1"], "tag"),
        (["-w", "demo", "--path", "file/sub"], "can't be a project's folder"),
    ],
)
def test_what_can_t_be_made_leaves_nothing(cli, arguments, message):
    cli.write("file", "")
    assert message in cli("workspace", "create", *arguments, code=1).err
    assert os.listdir(cli.folder) == ["file"]


def test_what_means_something_only_in_azure_is_refused_by_name(attached):
    for command, flag in (
        (["create", "-w", "new", "--path", "new"], "--storage-account"),
        (["create", "-w", "new", "--path", "new", "--pe-name", "x"], "--pe-name"),
        (["update"], "--image-build-compute"),
    ):
        error = attached("workspace", *command, flag, "x", code=2).err
        assert f"{flag} means something only in Azure: leave it out" in error
    assert not (attached.folder / "new").exists()
    assert "--storage-account" not in attached("workspace", "create", "--help").out


def test_workspaces_that_are_gone_or_can_t_be_read_are_named(cli):
    for name in ("good", "gone", "broken"):
        cli("workspace", "create", "-w", name, "-g", name, "--path", name)
    shutil.rmtree(cli.folder / "gone")
    (cli.folder / "broken" / ".azureml" / "config.json").write_text("{\x1b[2J")
    done = cli("workspace", "list", "--query", "[].name")
    assert json.loads(done.out) == ["good"]
    assert f"The workspace 'gone' is not listed, for it is not in {cli.folder / 'gone'} any more." in done.err
    assert "The workspace 'broken' in" in done.err and "is not JSON" in done.err
    assert "\x1b" not in done.err
    assert json.loads(cli("workspace", "list", "-g", "else").out) == []


def test_two_of_one_name_are_told_apart_by_their_folders(cli):
    for folder in ("one", "two"):
        cli("workspace", "create", "-w", "demo", "--path", folder)
    assert "--path FOLDER" in cli("workspace", "show", "-w", "demo", code=1).err
    shown = json.loads(cli("workspace", "show", "-w", "demo", "--path", "two").out)
    assert shown["path"] == str(cli.folder / "two" / ".azureml")
    assert "give what is to change: --friendly-name" in cli("workspace", "update", "--path", "two", code=2).err


def test_delete_asks_and_needs_a_terminal_for_it(attached):
    process = attached.start("workspace", "delete", stdin=subprocess.DEVNULL)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "'demo'" in err and "Add --yes" in err

    for answer, code in (("n\n", 1), ("y\n", 0)):
        ours, theirs = os.openpty()
        try:
            process = attached.start("workspace", "delete", stdin=theirs)
            os.write(ours, answer.encode())
            out, err = process.communicate(timeout=60)
        finally:
            os.close(ours)
            os.close(theirs)
        assert process.returncode == code, err
        assert "Delete it? (y/N): " in err
        assert (attached.folder / ".azureml").exists() == bool(code)


def test_a_workspace_with_a_run_that_goes_on_stays(attached):
    run = Experiment(Workspace.from_config(attached.folder), "train").start_logging(outputs=False)
    assert run.id in attached("workspace", "delete", "--yes", code=1).err
    assert run.get_status() == "Running"
    run.complete()


def test_help_has_examples(cli):
    for command in ("create", "show", "list", "update", "delete"):
        text = cli("workspace", command, "--help").out
        assert f"localtrack workspace {command}" in text.partition("Examples")[2]
