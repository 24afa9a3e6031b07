"""What is kept of each metric, so that a search need not read its points, against the points."""

from __future__ import annotations

from localtrack.store.checks.finding import Finding, Step
from localtrack.store.database import Database

_PAGE = 200  # series of one statement

_NUMBER = "CASE WHEN typeof(value) IN ('integer', 'real') THEN value END"

# Of values with the same time, logged by several processes or threads, the last taken in counts as the last.
_DIFFERENT = f"""
SELECT metrics.series, runs.id, metrics.name, metrics.count, ifnull(stored.count, 0)
FROM metrics LEFT JOIN runs ON runs.key = metrics.run LEFT JOIN (
    SELECT series, count(*) AS count, min({_NUMBER}) AS least, max({_NUMBER}) AS greatest FROM points
    WHERE series BETWEEN :first AND :last GROUP BY series
) AS stored ON stored.series = metrics.series
WHERE metrics.series BETWEEN :first AND :last AND (
    metrics.count IS NOT ifnull(stored.count, 0)
    OR metrics.least IS NOT stored.least
    OR metrics.greatest IS NOT stored.greatest
    OR (stored.count > 0 AND NOT EXISTS (
        SELECT 1 FROM points
        WHERE points.series = metrics.series AND points.time = metrics.last_time AND points.value IS metrics.last
    ))
)
"""
_RECOMPUTE = f"""
UPDATE metrics SET
    count = (SELECT count(*) FROM points WHERE points.series = metrics.series),
    last_time = (SELECT max(time) FROM points WHERE points.series = metrics.series),
    last = (
        SELECT value FROM points WHERE points.series = metrics.series
        ORDER BY time DESC, owner DESC, position DESC LIMIT 1
    ),
    least = (SELECT min({_NUMBER}) FROM points WHERE points.series = metrics.series),
    greatest = (SELECT max({_NUMBER}) FROM points WHERE points.series = metrics.series)
WHERE series = ?
"""


class Summaries:
    """The check of what is kept of each metric."""

    name = "metrics"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._series: dict[tuple[str | None, ...], int] = {}

    def find(self, step: Step) -> list[Finding]:
        """Return the metrics whose count, last, least or greatest value is not that of their points.

        Points and summary are changed by one transaction, and compared by one statement.
        """
        found = []
        last = -1
        while page := self._database.tuples(
            f"SELECT series FROM metrics WHERE series > ? ORDER BY series LIMIT {_PAGE}", (last,)
        ):
            step("Checking metrics")
            bounds = {"first": page[0][0], "last": (last := page[-1][0])}
            for row in self._database.rows(_DIFFERENT, bounds):
                each = self._finding(*row[1:])
                self._series[each.subject] = row[0]
                found.append(each)
        return found

    def repair(self, findings: list[Finding]) -> None:
        """Compute them again from the points."""
        for each in findings:
            with self._database.transaction() as connection:
                connection.execute(_RECOMPUTE, (self._series[each.subject],))

    def _finding(self, run_id: str | None, name: str, count: int, stored: int) -> Finding:
        missing = f": {count - stored:,} of them are missing" if count > stored else ""
        return Finding(
            self.name,
            "summary-wrong",
            f"What is kept of the metric {name!r} of run {run_id} is not what its {stored:,} values say, "
            f"by it there are {count:,}{missing}",
            "It is computed again from the values that are there.",
            run_id=run_id,
            name=name,
            fixable=True,
        )
