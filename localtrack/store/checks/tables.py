"""Rows against each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from localtrack.store.checks.finding import Finding, Step
from localtrack.store.database import Database
from localtrack.store.status import STATUSES, TERMINAL

_TERMINAL = f"({', '.join(map(repr, sorted(TERMINAL)))})"  # Python quotes these names as SQL does
_KNOWN = f"({', '.join(map(repr, STATUSES))})"
_BACKUP = "It was left as it is: nothing tells what is right. Put a backup in the database's place if you have one."


class _Rule(NamedTuple):
    """Something that holds for all rows.

    Attributes:
        query: Returns a row for each row for which it doesn't hold, with what the text needs.
        text: Makes the sentence of such a row.
        repair: The statement that makes it hold for all; None where nothing tells what is right.
        remedy: What that does.
    """

    kind: str
    query: str
    text: Callable[..., str]
    repair: str | None = None
    remedy: str = _BACKUP


# The first column of each is the run's id, or, where it is about no run, the name.
_RULES = (
    _Rule(
        "parent-missing",
        "SELECT runs.id FROM runs LEFT JOIN runs AS parents ON parents.key = runs.parent "
        "WHERE runs.parent IS NOT NULL AND parents.key IS NULL",
        lambda run: f"The parent of run {run} is not there",
    ),
    _Rule(
        "experiment-missing",
        "SELECT runs.id FROM runs LEFT JOIN experiments ON experiments.key = runs.experiment "
        "WHERE experiments.key IS NULL",
        lambda run: f"The experiment of run {run} is not there, so no list shows the run",
    ),
    _Rule(
        "root-wrong",
        "SELECT runs.id FROM runs LEFT JOIN runs AS parents ON parents.key = runs.parent "
        "WHERE (runs.parent IS NULL AND runs.root IS NOT NULL) "
        "OR (parents.key IS NOT NULL AND runs.root IS NOT ifnull(parents.root, parents.key))",
        lambda run: f"The topmost run above {run} is not the one that its parent has",
        """
        WITH RECURSIVE tree (key, root) AS (
            SELECT key, NULL FROM runs WHERE parent IS NULL
            UNION ALL
            SELECT runs.key, ifnull(tree.root, tree.key) FROM runs JOIN tree ON runs.parent = tree.key
        )
        UPDATE runs SET root = tree.root FROM tree WHERE runs.key = tree.key AND runs.root IS NOT tree.root
        """,
        "It is found again by the parents.",
    ),
    _Rule(
        "status-unknown",
        f"SELECT id, status FROM runs WHERE status NOT IN {_KNOWN}",
        lambda run, status: f"Run {run} has the status {status!r}, which there is not",
    ),
    _Rule(
        "status-without-event",
        "SELECT runs.id, runs.status, events.new_status FROM runs LEFT JOIN events "
        "ON events.key = (SELECT max(key) FROM events WHERE run = runs.key) WHERE events.new_status IS NOT runs.status",
        lambda run, status, last: f"Run {run} is {status}, but by its last event it is {last or 'nothing yet'}",
    ),
    _Rule(
        "end-missing",
        f"SELECT id, status FROM runs WHERE status IN {_TERMINAL} AND ended IS NULL",
        lambda run, status: f"Run {run} is {status}, but when it ended is not there",
        f"""
        UPDATE runs SET ended = (SELECT time FROM events WHERE run = runs.key ORDER BY key DESC LIMIT 1)
        WHERE status IN {_TERMINAL} AND ended IS NULL
        """,
        "It is taken from the run's last event.",
    ),
    _Rule(
        "end-of-open-run",
        f"SELECT id, status FROM runs WHERE status NOT IN {_TERMINAL} AND ended IS NOT NULL",
        lambda run, status: f"Run {run} is {status}, but has ended at some time",
    ),
    _Rule(
        "document-damaged",
        "SELECT id FROM runs WHERE (definition IS NOT NULL AND NOT json_valid(definition)) "
        "OR (processes IS NOT NULL AND NOT json_valid(processes)) OR (error IS NOT NULL AND NOT json_valid(error))",
        lambda run: f"The definition, the processes or the error of run {run} is no JSON",
    ),
    _Rule(
        "number-behind",
        "SELECT experiments.name FROM experiments JOIN runs ON runs.experiment = experiments.key "
        "GROUP BY experiments.key HAVING max(runs.number) > experiments.last_number",
        lambda name: f"The experiment {name!r} would give the number of a run to another one",
        """
        UPDATE experiments SET last_number = most FROM
        (SELECT experiment, max(number) AS most FROM runs GROUP BY experiment) AS numbers
        WHERE numbers.experiment = experiments.key AND most > last_number
        """,
        "The next number is put behind the last run's.",
    ),
    # By jumps through the index: there may be millions of points.
    _Rule(
        "metric-missing",
        """
        WITH RECURSIVE stored (series) AS (
            SELECT min(series) FROM points
            UNION ALL
            SELECT (SELECT min(points.series) FROM points WHERE points.series > stored.series) FROM stored
            WHERE stored.series IS NOT NULL
        )
        SELECT 'series ' || series, (SELECT count(*) FROM points WHERE points.series = stored.series) FROM stored
        WHERE series IS NOT NULL AND series NOT IN (SELECT series FROM metrics)
        """,
        lambda name, count: f"{count:,} values of {name} belong to no metric of any run",
    ),
)
_OF_NO_RUN = ("number-behind", "metric-missing")


class Tables:
    """The check of rows against each other."""

    name = "tables"

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, step: Step) -> list[Finding]:
        """Return the rows that contradict others; each rule is one statement, which sees one state."""
        found = []
        for rule in _RULES:
            step("Checking tables")
            found += [self._finding(rule, row) for row in self._database.tuples(rule.query)]
        return found

    def repair(self, findings: list[Finding]) -> None:
        """Make those rules hold by which nothing is lost."""
        kinds = {each.kind for each in findings}
        for rule in _RULES:
            if rule.repair is not None and rule.kind in kinds:
                with self._database.transaction(durable=True) as connection:
                    connection.execute(rule.repair)

    def _finding(self, rule: _Rule, row: tuple[Any, ...]) -> Finding:
        subject = {"name" if rule.kind in _OF_NO_RUN else "run_id": row[0]}
        return Finding(self.name, rule.kind, rule.text(*row), rule.remedy, fixable=rule.repair is not None, **subject)
