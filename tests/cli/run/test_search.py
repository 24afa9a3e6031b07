"""``localtrack run search``."""

import json

import pytest

from localtrack.core import Experiment, Workspace


@pytest.fixture
def project(attached):
    """Runs of two experiments; ``train`` is the folder's own."""
    workspace = Workspace.from_config(attached.folder)
    for name, run_id, mse in (("train", "a", 3.0), ("train", "b", 1.0), ("other", "c", 2.0), ("train", "d", 5.0)):
        with Experiment(workspace, name).start_logging(run_id=run_id, outputs=False) as run:
            run.log("mse", mse)
            with run.child_run(run_id=f"{run_id}-child") as child:
                child.log("mse", mse + 0.5)
    return attached


def test_runs_are_found_in_their_order(project):
    def found(*arguments):
        return project("run", "search", "--query", "[].run_id", "-o", "tsv", *arguments).out.split()

    assert found("metrics.mse < 4", "--order-by", "metrics.mse") == ["b", "b-child", "a", "a-child"]
    assert found("metrics.mse < 3", "--all-experiments", "--order-by", "metrics.mse DESC") == [
        "c-child",
        "c",
        "b-child",
        "b",
    ]
    assert found("-e", "other") == ["c-child", "c"]
    # An expression behind the filter.
    assert project("run", "search", "metrics.mse < 1.2", "-o", "tsv", "[].run_id").out == "b\n"
    assert found("parent is null", "--order-by", "status", "--order-by", "metrics.mse desc") == ["d", "a", "b"]
    (document,) = json.loads(project("run", "search", "run_id = 'a'").out)
    assert document == json.loads(project("run", "show", "-r", "a").out)


def test_what_was_cut_is_said(project):
    table = project("run", "search", "metrics.mse > 0", "--last", "2", "-o", "table")
    assert table.err == "The first 2 of 6 runs; --last N shows more.\n"
    assert [line.split()[0] for line in table.out.splitlines()[2:]] == ["d-child", "d"]
    assert project("run", "search", "-o", "table", "--max", "6").err == ""
    assert project("run", "search", "-o", "table", "--max", "5").err == "The first 5 of 6 runs; --last N shows more.\n"
    as_json = project("run", "search", "--last", "5")
    assert (len(json.loads(as_json.out)), as_json.err) == (5, "The first 5 of more runs; --last N shows more.\n")


def test_where_nothing_was_found(project):
    done = project("run", "search", "run_id = 'c'")
    assert (json.loads(done.out), done.err) == (
        [],
        "There are none in the experiment train; --all-experiments looks in all.\n",
    )
    done = project("run", "search", "-e", "no\x1b[31msuch", "-o", "table")
    assert (done.out, done.err) == (
        "",
        "WARNING: There are no runs in the experiment no\\x1b[31msuch; -e NAME chooses another.\n",
    )
    done = project("run", "search", "-e", "other", "run_id = 'a'")
    assert done.err == "WARNING: No run in the experiment other fits the filter.\n"


def test_a_filter_that_can_t_be_used(project):
    error = project("run", "search", "metrics.mse <> < 3", code=2).err
    assert error.startswith("ERROR: The filter can't be used")
    _, shown, mark = error.splitlines()
    assert shown == "    metrics.mse <> < 3" and mark.strip() == "^"
    assert "The order_by can't be used" in project("run", "search", "--order-by", "mse \x1b[31m", code=2).err
    assert "\x1b" not in project("run", "search", "\x1b[31m", code=2).err
    assert "--last/--max" in project("run", "search", "--last", "-1", code=2).err
