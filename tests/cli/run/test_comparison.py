"""``localtrack run compare``."""

import json
import os
from pathlib import Path

import pytest

from localtrack.core import Experiment, Run, ScriptRunConfig, Workspace
from localtrack.printable import printable

HOSTILE = "\x1b[2J\nnew\u202e \N{GRINNING FACE}"


@pytest.fixture
def experiment(attached) -> Experiment:
    return Experiment(Workspace.from_config(attached.folder), "train")


def differences(cli, *arguments) -> dict[tuple[str, str], dict[str, object]]:
    found = json.loads(cli("run", "compare", *arguments).out)
    return {(each["group"], each["name"]): each["values"] for each in found["differences"]}


def test_only_what_differs_is_shown(attached, experiment):
    for run_id, kind, loss in (("a", "x", 0.5), ("b", "y", 0.25)):
        with experiment.start_logging(run_id=run_id, outputs=False, tags={"kind": kind, "same": "1"}) as run:
            run.add_properties({"seed": run_id, "same": "1"})
            run.log("loss", 9)
            run.log("loss", loss)
            run.log("same", 1)
            if run_id == "b":
                run.tag("marked")
                run.log("only", float("nan"))
                run.fail("no data")
    same = {"a": "1", "b": "1"}
    found = differences(attached, "a", "b")
    assert found == {
        ("run", "status"): {"a": "Completed", "b": "Failed"},
        ("run", "error"): {"b": "no data"},
        ("tags", "kind"): {"a": "x", "b": "y"},
        ("tags", "marked"): {"b": None},
        ("metrics", "loss"): {"a": 0.5, "b": 0.25},
        ("metrics", "only"): {"b": "NaN"},
        ("properties", "seed"): {"a": "a", "b": "b"},
    }
    everything = differences(attached, "a", "b", "--all")
    assert found.items() <= everything.items()
    assert everything["tags", "same"] == everything["properties", "same"] == same
    assert everything["metrics", "same"] == {"a": 1, "b": 1}

    header, _, ids, *rows = attached("run", "compare", "b", "a", "-o", "table").out.splitlines()
    assert header.split() == ["What", "Run", "1", "Run", "2"]
    assert ids.split() == ["id", "b", "a"]
    cells = {row[: row.index("  ")]: row[row.index("  ") :].split() for row in rows}
    assert cells["metrics: loss"] == ["0.25", "0.5"]
    assert cells["tags: marked"] == ["(no", "value)"]
    assert len(rows) == len(found)


def test_the_code_the_arguments_and_the_interpreter_of_scripts(attached, experiment):
    source = attached.folder / "source"
    attached.write("source/train.py", "import sys\nprint(1)\n")
    attached.write("source/same.py", "same\n")
    attached.write("source/old.py", "old\n")
    first = submit(experiment, source, ["in.csv", "--rate", "-0.5", "--fast", "--sizes", "1", "2"])
    attached.write("source/train.py", "import sys\nprint(2)\n")
    (source / "old.py").unlink()
    (source / "data.bin").write_bytes(b"\xff\0")
    attached.write("source/new.py", "\x1b[2Jnew\n")
    second = submit(experiment, source, ["in.csv", "--rate=-0.25", "--sizes", "1", "3"])

    found = differences(attached, first.id, second.id)
    arguments = {name: values for (group, name), values in found.items() if group == "arguments"}
    assert arguments == {
        "--rate": {first.id: "-0.5", second.id: "-0.25"},
        "--fast": {first.id: True},
        "--sizes": {first.id: ["1", "2"], second.id: ["1", "3"]},
    }
    code = {name: set(values) for (group, name), values in found.items() if group == "code"}
    assert code == {
        "train.py": {first.id, second.id},
        "old.py": {first.id},
        "new.py": {second.id},
        "data.bin": {second.id},
    }
    assert not any(group in ("configuration", "packages", "machine") for group, _ in found)
    everything = differences(attached, first.id, second.id, "--all")
    assert ("code", "same.py") in everything
    assert set(everything["configuration", "interpreter"]) == {first.id, second.id}

    diff = attached("run", "compare", first.id, second.id, "--diff").out.splitlines()
    assert f"{first.id}/data.bin and {second.id}/data.bin differ, and are not both short texts" in diff
    start = diff.index(f"--- {first.id}/train.py")
    assert diff[start : start + 6] == [
        f"--- {first.id}/train.py",
        f"+++ {second.id}/train.py",
        "@@ -1,2 +1,2 @@",
        " import sys",
        "-print(1)",
        "+print(2)",
    ]
    assert ["--- /dev/null", f"+++ {second.id}/new.py", "@@ -0,0 +1 @@", "+\\x1b[2Jnew"] == diff[
        diff.index("--- /dev/null") : diff.index("--- /dev/null") + 4
    ]
    assert not any("same.py" in line for line in diff)


def test_a_mode_and_a_link_are_differences_of_code(attached, experiment):
    source = attached.folder / "source"
    attached.write("source/run.sh", "exit\n")
    os.symlink("run.sh", source / "link")
    with experiment.start_logging(run_id="a", outputs=False, snapshot_directory=source):
        pass
    os.chmod(source / "run.sh", 0o755)
    (source / "link").unlink()
    os.symlink("other", source / "link")
    with experiment.start_logging(run_id="b", outputs=False, snapshot_directory=source):
        pass
    found = {name: values for (group, name), values in differences(attached, "a", "b").items() if group == "code"}
    assert found["link"] == {"a": "link to run.sh", "b": "link to other"}
    assert found["run.sh"]["b"] == f"{found['run.sh']['a']} executable"
    diff = attached("run", "compare", "a", "b", "--diff").out
    assert "-link to run.sh\n+link to other\n" in diff
    assert "a/run.sh and b/run.sh differ in no line" in diff
    with experiment.start_logging(run_id="c", outputs=False):
        pass
    assert not any(group == "code" for group, _ in differences(attached, "a", "c"))
    assert "No code is kept with run c" in attached("run", "compare", "a", "c", "--diff", code=1).err


def test_runs_that_can_t_be_compared(attached, experiment):
    experiment.start_logging(run_id="a", outputs=False).complete()
    assert "give two runs or more" in attached("run", "compare", "a", code=2).err
    assert "Run a is named twice" in attached("run", "compare", "a", "last", code=2).err
    assert "There is no run 'b'" in attached("run", "compare", "a", "b", code=1).err
    assert "leave --all out" in attached("run", "compare", "a", "b", "--all", "--diff", code=2).err


def test_a_table_shows_what_differs_and_hostile_texts_don_t_break_it(attached, experiment):
    for run_id, end, loss in (("a", "first", 0.123456789), ("b", "other", 0.123456788)):
        tags = {HOSTILE: HOSTILE} if run_id == "a" else {}
        with experiment.start_logging(run_id=run_id, outputs=False, tags={**tags, "long": "x" * 500 + end}) as run:
            run.log("loss", loss)
    table = attached("run", "compare", "a", "b", "-o", "table").out
    assert table.count(printable(HOSTILE)) == 2
    assert len(table.splitlines()) == 6
    for shown in ("xfirst", "xother", "0.123456789", "0.123456788"):
        assert shown in table
    assert all(char.isprintable() or char == "\n" for char in table)


def test_a_reader_that_has_enough_of_a_diff_is_no_error(attached, experiment):
    source = attached.folder / "source"
    for run_id in ("a", "b"):
        attached.write("source/long.txt", f"{run_id}\n" * 100_000)
        experiment.start_logging(run_id=run_id, outputs=False, snapshot_directory=source).complete()
    comparing = attached.start("run", "compare", "a", "b", "--diff")
    assert comparing.stdout.readline() == "--- a/long.txt\n"
    comparing.stdout.close()
    assert comparing.wait(timeout=60) == 0
    assert comparing.stderr.read() == ""
    comparing.stderr.close()


def submit(experiment: Experiment, source: Path, arguments: list[str]) -> Run:
    run = experiment.submit(ScriptRunConfig(source, script="train.py", arguments=arguments))
    run.wait_for_completion()
    return run
