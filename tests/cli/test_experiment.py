"""``localtrack experiment``."""

import json

from localtrack.core import Experiment, Workspace


def test_experiments_are_listed(attached):
    assert json.loads(attached("experiment", "list").out) == []
    assert attached("experiment", "list", "-o", "table").out.strip() == ""

    workspace = Workspace.from_config(attached.folder)
    train, old, empty = (Experiment(workspace, name) for name in ("train", "old", "empty"))
    with train.start_logging(outputs=False) as run:
        run.create_children(1200)[0].complete()
    train.tag("team", "vision\x1b[31m")
    old.start_logging(outputs=False).complete()
    old.archive()

    empty_id = empty.id  # which makes it

    first, second = json.loads(attached("experiment", "list").out)
    assert (first["experimentId"], first["name"], first["archivedTime"]) == (train.id, "train", None)
    assert first["tags"] == {"team": "vision\x1b[31m"}
    assert first["createdUtc"] < first["lastRunUtc"]
    assert first["runCount"] == 1201
    assert (second["experimentId"], second["runCount"], second["lastRunUtc"]) == (empty_id, 0, None)
    assert set(first) == {
        *("experimentId", "name", "createdUtc", "archivedTime", "tags", "description"),
        *("runCount", "lastRunUtc"),
    }

    header, _, *rows = attached("experiment", "list", "-o", "table").out.splitlines()
    assert header.split() == ["Name", "Runs", "Last", "run", "Created"]
    last, created = (first[key][:16].split("T") for key in ("lastRunUtc", "createdUtc"))
    assert rows[0].split() == ["train", "1", "201", *last, *created]
    assert rows[1].split()[:2] == ["empty", "0"]

    (archived,) = json.loads(attached("experiment", "list", "--view-type", "ArchivedOnly").out)
    assert archived["name"] == "old"
    assert archived["archivedTime"].endswith("Z")
    names = attached("experiment", "list", "--view-type", "All", "--query", "[].name", "-o", "tsv").out.split()
    assert names == ["train", "old", "empty"]
    assert "Archived" in attached("experiment", "list", "--view-type", "All", "-o", "table").out.splitlines()[0]
    assert "'Odd'" in attached("experiment", "list", "--view-type", "Odd", code=2).err


def test_help_has_an_example(cli):
    assert "localtrack experiment list" in cli("experiment", "list", "--help").out
