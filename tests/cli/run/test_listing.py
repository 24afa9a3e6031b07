"""``localtrack run list`` and ``run show``."""

import json

import pytest

from localtrack.core import Experiment, Run, Workspace


def experiment(cli, name: str = "train") -> Experiment:
    return Experiment(Workspace.from_config(cli.folder), name)


def start_run(cli, name: str = "train", **options) -> Run:
    return experiment(cli, name).start_logging(outputs=False, **options)


def test_a_table_says_what_was_cut(attached):
    with start_run(attached, run_id="parent") as parent:
        for child in parent.create_children(1200):
            child.complete()
    for number in range(11):
        start_run(attached, run_id=f"run-{number}", tags={"even": None} if number % 2 == 0 else {}).complete()

    listed = attached("run", "list", "-o", "table")
    assert listed.err == "The newest 10 of 12 runs; --last N shows more.\n"
    assert len(listed.out.splitlines()) == 12
    children = attached("run", "list", "--parent-run-id", "parent", "--last", "2", "-o", "table")
    assert children.err == "The newest 2 of 1 200 runs; --last N shows more.\n"
    tagged = attached("run", "list", "--tags", "even", "--last", "6", "-o", "table")
    assert (tagged.err, len(tagged.out.splitlines())) == ("", 8)
    assert attached("run", "list", "-o", "table", "--last", "3", "--only-show-errors").err == ""
    as_json = attached("run", "list")
    assert (len(json.loads(as_json.out)), as_json.err) == (10, "")


def test_each_run_of_a_list_has_its_own_labels(attached):
    for run_id, tags in (("a", {"kind": "x", "good": None}), ("b", {}), ("c", {"kind": "y"})):
        with start_run(attached, run_id=run_id, tags=tags) as run:
            run.add_properties({"of": run_id})
    found = json.loads(attached("run", "list").out)
    assert [(run["run_id"], run["tags"], run["properties"]["of"]) for run in found] == [
        ("c", {"kind": "y"}, "c"),
        ("b", {}, "b"),
        ("a", {"good": None, "kind": "x"}, "a"),
    ]
    minimal = json.loads(attached("run", "list", "--minimal", "--last", "1").out)
    assert minimal[0]["Tags"] == {"kind": "y"}
    none = attached("run", "list", "--last", "0")
    assert (json.loads(none.out), none.err) == ([], "")
    filtered = attached("run", "list", "--tags", "kind=\x1b[31m", "--tags", "\u202e", "--status", "Failed")
    assert filtered.err == (
        "WARNING: No run in the experiment train fits --status Failed --tags kind=\\x1b[31m, \\u202e.\n"
    )


def test_pipelines_are_refused(attached):
    done = attached("run", "list", "--pipeline-run-id", "x", code=1)
    assert done.err.startswith("ERROR: --pipeline-run-id: pipelines are in Azure only.")
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["list", "show", "metrics", "search", "compare", "export"])
def test_help_has_an_example(cli, command):
    text = cli("run", command, "--help").out
    assert f"localtrack run {command}" in text[text.index("Examples") :]
