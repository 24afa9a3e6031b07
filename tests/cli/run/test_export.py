"""``localtrack run export``."""

import csv
import io
import json
import math
import os

import pytest

from localtrack.core import Experiment, Workspace

HOSTILE = "\x1b[2J\nnew\u202e\x7f\x9b \N{GRINNING FACE}, \"'"


@pytest.fixture
def project(attached):
    """Four runs: one with a bit of everything, its child, an empty one, and one of another experiment."""
    workspace = Workspace.from_config(attached.folder)
    experiment = Experiment(workspace, "train")
    with experiment.start_logging(run_id="a", outputs=False, display_name="=1+1", tags={"kind": "x"}) as run:
        for step in range(3):
            run.log("loss", 0.5 / (step + 1), step=step)
        run.log("nan", math.nan)
        run.log("least", -math.inf)
        run.log("epochs", 3)
        run.log("done", True)
        run.log_list("list", [1, 2])
        run.add_properties({"seed": "7"})
        with run.child_run(run_id="child") as child:
            child.log("loss", -1.25)
    tags = {"=cmd|' /C calc'!A0": "@sum", "minus": "-1", "text": "-x", "tab": "\tx", "plus": "+1e5", HOSTILE: HOSTILE}
    experiment.start_logging(run_id="b", outputs=False, tags=tags).fail("no")
    Experiment(workspace, "other").start_logging(run_id="c", outputs=False).complete()
    return attached


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_has_the_columns_of_to_pandas(project):
    found = rows(project("run", "export", "--format", "csv").out)
    assert [row["run_id"] for row in found] == ["b", "child", "a"]
    table = Experiment(Workspace.from_config(project.folder), "train").to_pandas()
    assert list(found[0]) == table.columns.to_list()

    of_a = found[2]
    assert (of_a["experiment"], of_a["number"], of_a["status"]) == ("train", "1", "Completed")
    assert (of_a["metrics.loss"], of_a["metrics.epochs"], of_a["metrics.done"]) == (repr(0.5 / 3), "3", "True")
    assert (of_a["metrics.nan"], of_a["metrics.least"]) == ("nan", "-inf")
    assert (of_a["tags.kind"], of_a["properties.seed"]) == ("x", "7")
    assert of_a["start_time"].endswith("Z")
    assert "metrics.list" not in of_a
    assert (found[1]["parent_id"], found[1]["metrics.loss"], found[1]["tags.kind"]) == ("a", "-1.25", "")


def test_a_text_is_no_formula(project):
    (_, _, of_a) = rows(project("run", "export", "--format", "csv").out)
    (of_b,) = rows(project("run", "export", "--format", "csv", "run_id = 'b'").out)
    assert of_a["display_name"] == "'=1+1"
    assert of_b["tags.=cmd|' /C calc'!A0"] == "'@sum"
    assert (of_b["tags.text"], of_b["tags.tab"]) == ("'-x", "'\tx")
    assert (of_b["tags.minus"], of_b["tags.plus"]) == ("-1", "+1e5")
    assert of_b[f"tags.{HOSTILE}"] == HOSTILE


def test_json_has_full_documents(project):
    done = project("run", "export")
    assert all(char == "\n" or " " <= char <= "~" for char in done.out)
    documents = json.loads(done.out, parse_constant=pytest.fail)
    of_b, _, of_a = documents
    assert of_b["tags"][HOSTILE] == HOSTILE
    metrics = of_a.pop("metrics")
    assert metrics == {
        "loss": 0.5 / 3,
        "nan": "NaN",
        "least": "-Infinity",
        "epochs": 3,
        "done": True,
        "list": [1, 2],
    }
    assert of_a == json.loads(project("run", "show", "-r", "a").out)

    (of_a,) = json.loads(project("run", "export", "--history", "metrics.epochs = 3").out)
    loss = of_a["metric_history"]["loss"]
    assert [(point["step"], point["value"]) for point in loss] == [(step, 0.5 / (step + 1)) for step in range(3)]
    assert [point["time"] for point in loss] == sorted(point["time"] for point in loss)


def test_which_runs_are_exported(project):
    def exported(*arguments):
        return [run["run_id"] for run in json.loads(project("run", "export", *arguments).out)]

    assert exported("--all-experiments") == ["c", "b", "child", "a"]
    assert exported("-e", "other") == ["c"]
    assert exported("-e", "nobody") == []
    assert exported("status = 'Failed'") == ["b"]
    header = project("run", "export", "-e", "nobody", "--format", "csv").out.splitlines()
    assert header[0].startswith("run_id,experiment,number") and len(header) == 1


def test_a_file_is_written_whole_or_not_at_all(project):
    there = project.write("runs.csv", "what was there")
    os.chmod(there, 0o640)
    os.symlink("runs.csv", project.folder / "link.csv")
    assert "--history is for --format json" in project("run", "export", "--file", "runs.csv", "--history", code=2).err
    project("run", "export", "--file", "runs.csv", "metrics.", code=2)
    assert there.read_text() == "what was there"

    done = project("run", "export", "--file", "link.csv")
    assert (done.out, done.err) == ("", "3 runs are in link.csv.\n")
    assert rows(there.read_bytes().decode()) == rows(project("run", "export", "--format", "csv").out)
    assert (project.folder / "link.csv").is_symlink()
    assert there.stat().st_mode & 0o777 == 0o640

    project("run", "export", "--file", "runs.txt", "--history")
    assert len(json.loads((project.folder / "runs.txt").read_text())) == 3
    for place in ("nowhere/runs.csv", "."):
        assert "give a name in a folder that exists" in project("run", "export", "--file", place, code=2).err
    assert sorted(each.name for each in project.folder.iterdir()) == [".azureml", "link.csv", "runs.csv", "runs.txt"]
    if os.path.exists("/dev/full"):
        assert "No space left" in project("run", "export", "--file", "/dev/full", code=1).err


@pytest.mark.parametrize("words", [["-o", "table"], ["--query", "[]"], ["-t", "x.json"], ["--output=json"]])
def test_what_shapes_a_result_is_refused(cli, words):
    done = cli("run", "export", *words, code=2)
    assert f"localtrack run export: {words[0].partition('=')[0]} is not for an export" in done.err
    assert len(done.err.splitlines()) == 2


def test_an_export_s_help_has_only_what_it_takes(cli):
    text = cli("run", "export", "--help").out
    assert "--only-show-errors" in text and "--format" in text
    assert not [flag for flag in ("--query", "--output ", "--output-metadata-file", "-o", "-t ") if f" {flag}" in text]
    assert "unrecognized arguments: [].run_id" in cli("run", "export", "status = 'x'", "[].run_id", code=2).err


def test_on_a_terminal_texts_give_no_orders(project):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    exporting = project.start("run", "export", "--format", "csv", stdout=theirs)
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 4096):
            text += part
    except OSError:
        pass  # how Linux says that the other end is closed
    os.close(ours)
    assert exporting.communicate(timeout=30)[1] == ""
    assert exporting.returncode == 0
    shown = text.decode().replace("\r\n", "\n")
    assert "\\x1b[2J" in shown
    assert all(char.isprintable() or char == "\n" for char in shown)


def test_a_reader_that_has_enough_is_no_error(project):
    experiment = Experiment(Workspace.from_config(project.folder), "train")
    with experiment.start_logging(outputs=False) as parent:
        for child in parent.create_children(1000):
            child.tag("long", "x" * 1000)
            child.complete()
    exporting = project.start("run", "export")
    assert exporting.stdout.readline() == "[\n"
    exporting.stdout.close()
    assert exporting.wait(timeout=60) == 0
    assert exporting.stderr.read() == ""
    exporting.stderr.close()
