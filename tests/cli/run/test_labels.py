"""``localtrack run``: update, tag, untag."""

import json

import pytest
from knack.help_files import helps

import localtrack.cli.run  # noqa: F401  which adds to what helps has
from localtrack.core import Experiment, Run, ScriptRunConfig, Workspace

HOSTILE = "\x1b[2J red\nnew\u200f line \N{SNOWMAN}"
SHOWN = "\\x1b[2J red\\nnew\\u200f line \N{SNOWMAN}"


@pytest.fixture
def run(attached, monkeypatch) -> Run:
    monkeypatch.chdir(attached.folder)
    run = Experiment(Workspace.from_config(attached.folder), "train").start_logging(outputs=False, run_id="baseline")
    run.complete()
    return run


def test_update_changes_a_run_and_returns_it_with_the_keys_of_the_azure_cli(attached, run):
    run.tag("draft")
    run.add_properties({"git_commit": "abc"})
    changes = ["--add-tag", "my_quality=fantastic run", "--add-tag", "formula=a=b", "--add-tag", "just_there"]
    more = ["--remove-tag", "draft", "--display-name", "best one", "--description", "with bigger steps"]
    done = attached("run", "update", "-r", "base", *changes, *more)
    assert done.err == ""
    updated = json.loads(done.out)
    tags = {"my_quality": "fantastic run", "formula": "a=b", "just_there": None}
    assert (run.get_tags(), run.get_details()["properties"]) == (tags, {"git_commit": "abc"})
    shown = json.loads(attached("run", "show", "-r", "baseline").out)
    assert (shown["display_name"], shown["description"]) == ("best one", "with bigger steps")
    assert updated == {
        "runId": "baseline",
        "runNumber": 1,
        "rootRunId": "baseline",
        "experimentId": shown["experiment_id"],
        "experimentName": "train",
        "name": "run_baseline",
        "displayName": "best one",
        "description": "with bigger steps",
        "status": "Completed",
        "createdUtc": shown["created_utc"],
        "startTimeUtc": shown["start_time_utc"],
        "endTimeUtc": shown["end_time_utc"],
        "tags": tags,
        "properties": {"git_commit": "abc"},
        "target": "local",
    }


def test_the_definition_of_a_script_s_run_keeps_its_keys(attached):
    attached.write("train.py", "")
    experiment = Experiment(Workspace.from_config(attached.folder), "train")
    config = ScriptRunConfig(str(attached.folder), script="train.py")
    config.run_config.environment_variables["MY_STEPS"] = "1"
    experiment.submit(config).wait_for_completion()
    updated = json.loads(attached("run", "update", "-r", "last", "--add-tag", "a=b").out)
    shown = json.loads(attached("run", "show", "-r", "last").out)
    assert updated["runDefinition"] == shown["run_definition"]
    assert updated["runDefinition"]["environmentVariables"] == {"MY_STEPS": "1"}
    assert updated["createdBy"] == {"userName": shown["created_by"]["user_name"]}
    assert (updated["scriptName"], updated["exitCode"]) == ("train.py", 0)


def test_an_empty_text_takes_the_name_and_the_description_away(attached, run):
    run.display_name, run.description = "name", "text"
    updated = json.loads(attached("run", "update", "-r", "last", "--display-name", "", "--description", "").out)
    assert "displayName" not in updated
    assert "description" not in updated


def test_tag_and_untag_take_several_by_position(attached, run):
    tagged = attached("run", "tag", "-r", "baseline", "quality=fantastic run", "new", "-o", "table").out
    assert tagged.splitlines()[2].endswith("new, quality=fantastic run")
    untagged = attached("run", "untag", "-r", "baseline", "new", "never there", "--query", "tags")
    assert json.loads(untagged.out) == {"quality": "fantastic run"} == run.get_tags()


def test_what_can_t_be_kept_is_refused_and_changes_nothing(attached, run):
    refused = attached("run", "update", "-r", "last", "--display-name", "new", "--add-tag", "=value", code=1)
    assert len(refused.err.splitlines()) == 1
    assert refused.out == ""
    refused = attached("run", "update", "-r", "last", "--add-tag", "a=b", "--description", "\udcff", code=1)
    assert len(refused.err.splitlines()) == 1
    assert "no run 'nobody'" in attached("run", "tag", "-r", "nobody", "a", code=1).err
    shown = json.loads(attached("run", "show", "-r", "last").out)
    assert shown["tags"] == {}
    assert not {"display_name", "description"} & shown.keys()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["update", "-r", "last"], "localtrack run update: give what is to change: --add-tag"),
        (["tag", "-r", "last"], "arguments are required: KEY[=VALUE]"),
    ],
)
def test_wrong_usage(cli, arguments, message):
    assert message in cli("run", *arguments, code=2).err


def test_tags_can_t_give_orders_to_the_terminal(attached, run):
    done = attached("run", "tag", "-r", "last", f"{HOSTILE}={HOSTILE}", "-o", "table")
    assert done.out.splitlines()[2].endswith(f"{SHOWN}={SHOWN}")
    assert len(done.out.splitlines()) == 3
    assert json.loads(attached("run", "update", "-r", "last", "--display-name", HOSTILE).out)["displayName"] == HOSTILE
    assert run.get_tags() == {HOSTILE: HOSTILE}
    refused = attached("run", "untag", "-r", HOSTILE, "x", code=1)
    assert "\x1b" not in refused.err
    assert "\u200f" not in refused.err


def test_help_has_examples():
    for command in ("update", "tag", "untag"):
        assert f"text: localtrack run {command} -" in helps[f"run {command}"]
