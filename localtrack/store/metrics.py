"""What was logged, read back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from localtrack.exceptions import ServiceException
from localtrack.store.database import Database, warn
from localtrack.store.ingest import Ingest
from localtrack.values import from_column

_READER_SECONDS = 5.0  # a reader that is locked out for so long reads the journals itself


class Series(NamedTuple):
    """One metric of one run.

    Attributes:
        run_id: The run's id.
        name: The metric's name.
        kind: The journal's metric kind.
        points: (time in ns, step, value) of each logged value, ordered by time, then owner, then position.
    """

    run_id: str
    name: str
    kind: int
    points: list[tuple[int, int | None, Any]]


class Metrics:
    """The metrics of a workspace."""

    def __init__(self, database: Database, ingest: Ingest) -> None:
        self._database = database
        self._ingest = ingest

    def series(self, run_ids: Sequence[str], name: str | None = None) -> list[Series]:
        """Return all that was logged to runs, by the order in which their metrics were first seen.

        Args:
            run_ids: The runs.
            name: One metric's name, or None for all.
        """
        tail = self._take()
        wanted = set(run_ids)
        found = {}
        for part in _parts(run_ids):
            found.update(self._stored(part, name))
        for point in tail:
            if point.run_id in wanted and name in (None, point.name):
                key = (point.run_id, point.name, point.kind)
                found.setdefault(key, []).append(point[3:])
        result = []
        for (run_id, metric, kind), points in found.items():
            if tail:
                points.sort(key=itemgetter(0, 1, 2))
            result.append(
                Series(run_id, metric, kind, [(at, step, from_column(value)) for at, _, _, step, value in points])
            )
        return result

    def _take(self) -> list[Any]:
        """Bring the tables up to date, or return what they lack."""
        if not self._database.read_only:
            try:
                self._ingest.take(seconds=_READER_SECONDS)
            except ServiceException as error:
                warn(f"Reading the journals beside the database, because it can't be changed: {error}")
            else:
                return []
        else:
            warn(f"{self._database.layout.root} is read-only: what is still in journals is read from there.")
        return self._ingest.tail()

    def _stored(self, run_ids: Sequence[str], name: str | None) -> dict[tuple[str, str, int], list[Any]]:
        marks = ",".join("?" * len(run_ids))
        chosen = f"FROM metrics JOIN runs ON runs.key = metrics.run WHERE runs.id IN ({marks})"
        parameters = list(run_ids)
        if name is not None:
            chosen += " AND metrics.name = ?"
            parameters.append(name)
        with self._database.snapshot():
            named = self._database.rows(
                f"SELECT series, runs.id, metrics.name, kind {chosen} ORDER BY series",
                parameters,
            )
            rows = self._database.tuples(
                "SELECT series, time, owner, position, step, value FROM points "
                f"WHERE series IN (SELECT series {chosen}) ORDER BY series, time, owner, position",
                parameters,
            )
        keys = {row["series"]: (row["id"], row["name"], row["kind"]) for row in named}
        return {keys[series]: [row[1:] for row in group] for series, group in groupby(rows, key=itemgetter(0))}


def _parts(run_ids: Sequence[str]) -> list[Sequence[str]]:
    """Cut a list so that each part can be the parameters of one statement."""
    return [run_ids[start : start + 500] for start in range(0, len(run_ids), 500)]
