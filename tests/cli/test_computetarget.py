"""``localtrack computetarget``: create, list, show, delete."""

import json
from collections.abc import Callable

import pytest

from localtrack.core import Experiment, ScriptRunConfig, Workspace
from localtrack.core.compute import ComputeTarget

CREATE = ["computetarget", "create", "amlcompute"]
WAITING = """
import pathlib, time
while not pathlib.Path({end!r}).exists():
    time.sleep(0.01)
"""


def workspace_of(cli) -> Workspace:
    return Workspace.from_config(cli.folder)


def test_a_target_from_create_to_delete(attached):
    flags = ["-s", "STANDARD_NC6", "-p", "lowpriority", "-l", "westeurope", "--min-nodes", 1, "--max-nodes", 4]
    more = ["--idle-seconds-before-scaledown", 60, "--tag", "team=a=b", "--tag", "new", "--description", "GPUs"]
    created = attached(*CREATE, "-n", "gpu-cluster", *flags, *more, "--no-wait")
    assert created.err == ""
    target = json.loads(created.out)
    assert target["name"] == "gpu-cluster"
    assert target["tags"] == {"team": "a=b", "new": None}
    assert target["properties"]["description"] == "GPUs"
    assert target["properties"]["properties"] == {
        "vmSize": "STANDARD_NC6",
        "vmPriority": "lowpriority",
        "scaleSettings": {"minNodeCount": 1, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT60S"},
    }
    assert target == ComputeTarget(workspace_of(attached), "gpu-cluster").serialize()
    assert json.loads(attached("computetarget", "show", "-n", "gpu-cluster").out) == target

    names = ["computetarget", "list", "--query", "[].name", "-o", "tsv"]
    assert attached(*names).out.splitlines() == ["local", "gpu-cluster"]
    assert attached("computetarget", "delete", "-n", "gpu-cluster").out == ""
    assert attached(*names).out.splitlines() == ["local"]


def test_only_the_name_and_max_nodes_are_needed(attached):
    attached(*CREATE, "-n", "two", "--max-nodes", 2)
    (target,) = (each for each in ComputeTarget.list(workspace_of(attached)) if each.name == "two")
    assert (target.max_nodes, target.vm_size, target.vm_priority, target.tags) == (2, "", "dedicated", {})
    assert target.scale_settings.idle_seconds_before_scaledown == 1800
    assert "--max-nodes" in attached(*CREATE, "-n", "three", code=2).err


def test_creating_again_changes_the_settings(attached):
    attached(*CREATE, "-n", "cpu", "--max-nodes", 2)
    attached(*CREATE, "-n", "cpu", "--max-nodes", 3)
    assert [each.max_nodes for each in ComputeTarget.list(workspace_of(attached)) if each.name == "cpu"] == [3]


def test_local_is_changed_as_others_are(attached):
    changed = json.loads(attached(*CREATE, "-n", "local", "--max-nodes", 4).out)
    assert changed["properties"]["status"]["scaleSettings"]["maxNodeCount"] == 4
    assert ComputeTarget(workspace_of(attached), "local").max_nodes == 4
    assert "only --max-nodes can be set" in attached(*CREATE, "-n", "local", "--max-nodes", 5, "-s", "X", code=2).err
    refused = attached("computetarget", "delete", "-n", "local", code=1).err
    assert "`localtrack computetarget create amlcompute -n local --max-nodes N`" in refused
    assert ComputeTarget(workspace_of(attached), "local").max_nodes == 4


def test_the_table_says_how_many_runs_are_on_it(attached, wait_until: Callable[..., None]):
    attached(*CREATE, "-n", "cpu", "-s", "SMALL", "--max-nodes", 2)
    end = attached.home / "end"
    attached.write("wait.py", WAITING.format(end=str(end)))
    workspace = workspace_of(attached)
    run = Experiment(workspace, "train").submit(
        ScriptRunConfig(str(attached.folder), script="wait.py", compute_target="cpu")
    )
    try:
        wait_until(lambda: run.get_status() == "Running")
        refused = attached("computetarget", "delete", "-n", "cpu", code=1)
        assert "cpu" in refused.err and run.id in refused.err
        header, _, local, row = attached("computetarget", "list", "-o", "table").out.splitlines()
        shown = attached("computetarget", "show", "-n", "cpu", "-o", "table").out.splitlines()
    finally:
        end.touch()
        run.wait_for_completion()
    assert header.split() == ["Name", "Type", "Running", "MaxNodes", "VmSize", "Created"]
    assert local.split()[:3] == ["local", "Local", "0"]
    created = ComputeTarget(workspace, "cpu").created_on
    assert row.split() == ["cpu", "AmlCompute", "1", "2", "SMALL", *f"{created:%Y-%m-%d %H:%M}".split()]
    assert shown[2].split() == row.split()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*CREATE, "-n", "1st", "--max-nodes", "2"], "'1st' can't be a compute target's name"),
        ([*CREATE, "-n", "cpu", "--max-nodes", "-1"], "max_nodes must be a whole number"),
        ([*CREATE, "-n", "cpu", "--max-nodes", "2", "--min-nodes", "3"], "max_nodes must not be smaller"),
        (["computetarget", "show", "-n", "cpu"], "no compute target 'cpu' in the workspace 'demo'. `localtrack"),
        (["computetarget", "delete", "-n", "cpu"], "no compute target 'cpu' in the workspace 'demo'. `localtrack"),
        (["computetarget", "delete", "-n", "local"], "'local' is always there and can't be deleted"),
    ],
)
def test_what_can_t_be_done_is_refused_and_changes_nothing(attached, arguments, message):
    done = attached(*arguments, code=1)
    assert message in done.err and len(done.err.splitlines()) == 1
    assert done.out == ""
    assert [each.name for each in ComputeTarget.list(workspace_of(attached))] == ["local"]


def test_a_workspace_is_found_by_its_name_or_path(attached, monkeypatch):
    attached(*CREATE, "-n", "cpu", "--max-nodes", 2)
    monkeypatch.setattr(attached, "folder", attached.home)
    assert attached("computetarget", "list", code=1).out == ""
    names = ["--query", "[].name", "-o", "tsv"]
    for place in (["-w", "demo", "-g", "group", "--subscription", "subscription", "-v"], ["--path", "My project"]):
        assert attached("computetarget", "list", *place, *names).out.splitlines() == ["local", "cpu"]


def test_help_has_examples(cli):
    for command in (["create", "amlcompute"], ["list"], ["show"], ["delete"]):
        text = cli("computetarget", *command, "--help").out
        assert f"localtrack computetarget {' '.join(command)}" in text.partition("Examples")[2]
