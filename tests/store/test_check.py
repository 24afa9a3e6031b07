"""What is broken in the tables is found by name, and what can be repaired without losing anything is."""

import math
import os
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack import journal
from localtrack.core import Experiment, Workspace
from localtrack.store.checks import machine
from localtrack.store.checks.finding import Finding
from localtrack.store.store import close_store


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    """A workspace with a parent, a child, a grandchild, metrics, a file and a model."""
    parent = Experiment(workspace, "train").start_logging(run_id="parent")
    for value in (3, 1.5, math.nan, "text", True, None, 2**70, -0.0, math.inf):
        parent.log("loss", value)
    child = parent.child_run(run_id="child")
    child.log_list("scores", [1, 2])
    grandchild = child.child_run(run_id="grandchild")
    for run in (grandchild, child, parent):
        run.tag("colour", "red")
        run.complete()
    parent.get_metrics()
    return workspace


def change(workspace: Workspace, *statements: str) -> None:
    """Change the database behind localtrack's back."""
    with closing(sqlite3.connect(workspace._layout.database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def kinds(found: list[Finding]) -> set[str]:
    return {each.kind for each in found}


def test_nothing_is_wrong_with_a_workspace_that_was_used(filled: Workspace) -> None:
    assert filled.check() == []
    assert filled.check(fix=True, deep=True) == []


REPAIRABLE = {
    "root-wrong": "UPDATE runs SET root = NULL WHERE id = 'grandchild'",
    "end-missing": "UPDATE runs SET ended = NULL WHERE id = 'child'",
    "number-behind": "UPDATE experiments SET last_number = 1",
    "summary-wrong": "UPDATE metrics SET count = count + 1 WHERE name = 'scores'",
}
ALIKE = {
    "summary-wrong": [
        "UPDATE metrics SET least = -7 WHERE name = 'loss'",
        "UPDATE metrics SET greatest = NULL WHERE name = 'loss'",
        "UPDATE metrics SET last = 'other' WHERE name = 'loss'",
        "UPDATE metrics SET last_time = last_time + 1 WHERE name = 'loss'",
        "DELETE FROM points WHERE series = (SELECT series FROM metrics WHERE name = 'scores')",
    ],
    "root-wrong": ["UPDATE runs SET root = key WHERE id = 'parent'"],
}


@pytest.mark.parametrize(
    ("kind", "statement"),
    [*REPAIRABLE.items(), *((kind, each) for kind, statements in ALIKE.items() for each in statements)],
)
def test_what_rows_tell_of_each_other_is_repaired(filled: Workspace, kind: str, statement: str) -> None:
    before = contents(filled)
    change(filled, statement)
    found = filled.check()
    assert kind in kinds(found)
    assert all(each.fixable and not each.fixed for each in found)
    assert filled.check() == found, "a check changes nothing"
    fixed = filled.check(fix=True)
    assert kinds(fixed) == kinds(found)
    assert all(each.fixed for each in fixed)
    assert filled.check() == []
    if "DELETE" not in statement:
        assert contents(filled) == before


def contents(workspace: Workspace) -> list[object]:
    queries = (
        "SELECT id, parent, root, status, ended IS NULL FROM runs ORDER BY key",
        "SELECT name, count, last_time, last, least, greatest FROM metrics ORDER BY series",
        "SELECT name, last_number FROM experiments",
    )
    return [workspace._store.database.tuples(query) for query in queries]


@pytest.mark.parametrize(
    ("statement", "kind", "subject"),
    [
        ("DELETE FROM runs WHERE id = 'parent'", "parent-missing", "child"),
        ("DELETE FROM experiments", "experiment-missing", "parent"),
        ("UPDATE runs SET status = 'Resting' WHERE id = 'parent'", "status-unknown", "parent"),
        ("UPDATE runs SET status = 'Failed' WHERE id = 'parent'", "status-without-event", "parent"),
        ("DELETE FROM events WHERE run = 1", "status-without-event", "parent"),
        ("UPDATE runs SET definition = '{' WHERE id = 'parent'", "document-damaged", "parent"),
        ("INSERT INTO tags VALUES (99, 'a', 'b')", "reference", "tags.runs"),
        ("DELETE FROM metrics WHERE name = 'loss'", "metric-missing", "series 1"),
    ],
)
def test_what_is_lost_is_named_and_left_as_it_is(filled: Workspace, statement: str, kind: str, subject: str) -> None:
    change(filled, statement)
    found = [each for each in filled.check() if each.kind == kind]
    assert (found[0].run_id or found[0].name) == subject
    assert found[0].severity == "error"
    assert not found[0].fixable
    assert found == [each for each in filled.check(fix=True) if each.kind == kind]


def test_a_damaged_page_ends_the_check(filled: Workspace) -> None:
    path = filled._layout.database
    for number in range(200):
        filled._store.settings.set({f"setting {number}": "x" * 1000})
    close_store(filled._layout)
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) - 20 * 4096)
        file.write(b"\xff" * 8 * 4096)
    (first, *rest) = filled.check(fix=True)
    assert {each.kind for each in (first, *rest)} == {"database-damaged"}
    assert first.path == path
    assert first.severity == "error"


def test_a_row_that_ended_runs_have_in_their_last_moment_is_no_finding(filled: Workspace) -> None:
    """Values that were logged by threads are not taken in by the order of their times."""
    run = Experiment(filled, "train").start_logging()
    writer = journal.writer(filled._layout.journals)
    writer.log(run.id, "m", 1)
    writer._last = 0
    change_clock = journal.time_ns
    try:
        journal.time_ns = lambda: change_clock() - 10**9  # type: ignore[attr-defined]
        writer.log(run.id, "m", 2)
    finally:
        journal.time_ns = change_clock  # type: ignore[attr-defined]
    run.complete()
    assert filled.check() == []


VALUES = st.one_of(
    st.integers(-(2**70), 2**70), st.floats(), st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.booleans(), st.none(),
)  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(VALUES, max_size=5), min_size=1, max_size=4))
def test_summaries_agree_with_any_values_however_they_are_taken_in(
    workspace: Workspace, batches: list[list[object]]
) -> None:
    run = Experiment(workspace, "any").start_logging()
    for batch in batches:
        for value in batch:
            run.log("m", value)
        workspace._store.ingest.take()
    assert workspace.check() == []
    change(workspace, "UPDATE metrics SET count = 0, last = NULL, last_time = NULL, least = NULL, greatest = NULL")
    before = len(workspace._store.metrics.summaries([run.id]))
    fixed = workspace.check(fix=True)
    assert all(each.fixed for each in fixed)
    assert len(workspace._store.metrics.summaries([run.id])) == before
    assert workspace.check() == []


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_knows_the_versions_of_sqlite_with_the_bug(version: tuple[int, ...], affected: bool) -> None:
    assert machine.has_wal_reset_bug(version) is affected


def test_the_write_lock_works_here(workspace: Workspace, tmp_path: object) -> None:
    assert machine.lock_fault(workspace._store.database) is None
    assert machine.journal_mode(workspace._store.database) == "wal"
    assert machine.file_system(str(tmp_path))
