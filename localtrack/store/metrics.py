"""What was logged, read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from localtrack.exceptions import ServiceException
from localtrack.store.database import Database, warn
from localtrack.store.ingest import Ingest, Point
from localtrack.store.parts import parts
from localtrack.values import from_column

_READER_SECONDS = 5.0  # a reader that is locked out for so long reads the journals itself

_ALL = "time, owner, position, step, value"
_Key = tuple[str, str, int]  # run id, name, kind
_Rows = dict[_Key, list[tuple[Any, ...]]]


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


class Values(NamedTuple):
    """One metric of one run, without times and steps; as `Series` otherwise."""

    run_id: str
    name: str
    kind: int
    values: list[Any]


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of one metric of one run without reading its values.

    Attributes:
        run_id: The run's id.
        name: The metric's name.
        kind: The journal's metric kind.
        count: How many values were logged.
        last: The last of them.
        least: The least of the numbers among them, None if there are none; NaN, bools and integers of more than 64
            bits are passed over.
        greatest: The greatest, likewise.
    """

    run_id: str
    name: str
    kind: int
    count: int
    last: Any
    least: float | int | None
    greatest: float | int | None


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
        with self._current() as tail:
            found = self._found(run_ids, name, tail, _ALL)
        with self._as_written():
            return [
                Series(*key, [(at, step, from_column(value)) for at, _, _, step, value, _ in rows])
                for key, rows in found.items()
            ]

    def values(self, run_ids: Sequence[str], name: str | None = None) -> list[Values]:
        """Return the values alone of what `series` gives, in a fraction of the time.

        Args:
            run_ids: The runs.
            name: One metric's name, or None for all.
        """
        with self._current() as tail:
            found = self._found(run_ids, name, tail, _ALL if tail else "value")
        place = itemgetter(-2)
        with self._as_written():
            return [
                Values(*key, [value if type(value) is not bytes else from_column(value) for value in map(place, rows)])
                for key, rows in found.items()
            ]

    def summaries(self, run_ids: Sequence[str], kind: int | None = None) -> list[Summary]:
        """Return what is known of the metrics of runs without reading their values, however many there are.

        Args:
            run_ids: The runs.
            kind: One of the journal's metric kinds, or None for all.

        Returns:
            One for each run, name and kind, by the order in which the metrics were first seen. What the tables lack
            where they can't be changed is in it too.
        """
        wanted = set(run_ids)
        found = {}
        with self._current() as tail:
            for part in parts(run_ids):
                found.update(self._summarized(part, kind))
        for point in sorted(tail, key=attrgetter("time", "owner", "position")):
            if point.run_id in wanted and kind in (None, point.kind):
                key = (point.run_id, point.name, point.kind)
                found[key] = _with_point(found.get(key, (0, 0, None, None, None)), point)
        with self._as_written():
            return [
                Summary(*key, count, from_column(last), least, greatest)
                for key, (count, _, last, least, greatest) in found.items()
            ]

    def extremes(self, experiment_id: str, names: Sequence[str], *, besides: str) -> dict[str, tuple[float, float]]:
        """Return the least and the greatest last value of metrics among an experiment's completed runs.

        Args:
            experiment_id: The experiment.
            names: The metrics' names.
            besides: The id of a run that does not count.
        """
        marks = ",".join("?" * len(names))
        rows = self._database.tuples(
            "SELECT metrics.name, min(last), max(last) FROM metrics JOIN runs ON runs.key = metrics.run "
            f"WHERE metrics.name IN ({marks}) AND typeof(last) IN ('integer', 'real') AND runs.status = 'Completed' "
            "AND runs.id <> ? AND runs.experiment = (SELECT key FROM experiments WHERE id = ?) GROUP BY metrics.name",
            (*names, besides, experiment_id),
        )
        return {name: (least, greatest) for name, least, greatest in rows}

    @contextmanager
    def _current(self) -> Iterator[list[Point]]:
        """Let queries see one state of the tables: up to date, or with what they lack as the context's value."""
        complete = self._take()
        with self._database.snapshot():
            yield [] if complete else self._ingest.tail()

    def _take(self) -> bool:
        """Bring the tables up to date; false if they can't be changed."""
        if self._database.read_only:
            warn(f"{self._database.layout.root} is read-only: what is still in journals is read from there.")
            return False
        try:
            self._ingest.take(seconds=_READER_SECONDS)
        except ServiceException as error:
            warn(f"Reading the journals beside the database, because it can't be changed: {error}")
            return False
        return True

    @contextmanager
    def _as_written(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, IndexError, RecursionError) as error:  # a value that nobody has written
            raise self._database.contradiction(error) from error

    def _found(self, run_ids: Sequence[str], name: str | None, tail: list[Point], columns: str) -> _Rows:
        """Return the points' columns, of which the last is the series, by time, owner and position.

        A tail can only be put in if there are all columns.
        """
        found: _Rows = {}
        for part in parts(run_ids):
            found.update(self._stored(part, name, columns))
        if tail:
            wanted = set(run_ids)
            for point in tail:
                if point.run_id in wanted and name in (None, point.name):
                    found.setdefault((point.run_id, point.name, point.kind), []).append((*point[3:], None))
            for rows in found.values():
                rows.sort(key=itemgetter(0, 1, 2))
        return found

    def _stored(self, run_ids: Sequence[str], name: str | None, columns: str) -> _Rows:
        chosen = _chosen(run_ids)
        parameters = list(run_ids)
        if name is not None:
            chosen += " AND metrics.name = ?"
            parameters.append(name)
        named = self._database.rows(
            f"SELECT series, runs.id, metrics.name, kind {chosen} ORDER BY series",
            parameters,
        )
        rows = self._database.tuples(
            f"SELECT {columns}, series FROM points "
            f"WHERE series IN (SELECT series {chosen}) ORDER BY series, time, owner, position",
            parameters,
        )
        keys = {row["series"]: (row["id"], row["name"], row["kind"]) for row in named}
        try:
            return {keys[series]: list(group) for series, group in groupby(rows, key=itemgetter(-1))}
        except KeyError as error:  # both queries are of one state: an index is damaged
            raise self._database.contradiction(error) from error

    def _summarized(self, run_ids: Sequence[str], kind: int | None) -> dict[tuple[str, str, int], tuple[Any, ...]]:
        chosen = _chosen(run_ids)
        parameters: list[Any] = list(run_ids)
        if kind is not None:
            chosen += " AND kind = ?"
            parameters.append(kind)
        rows = self._database.tuples(
            f"SELECT runs.id, metrics.name, kind, count, last_time, last, least, greatest {chosen} ORDER BY series",
            parameters,
        )
        return {row[:3]: row[3:] for row in rows}


def _chosen(run_ids: Sequence[str]) -> str:
    marks = ",".join("?" * len(run_ids))
    return f"FROM metrics JOIN runs ON runs.key = metrics.run WHERE runs.id IN ({marks})"


def _with_point(summary: tuple[Any, ...], point: Point) -> tuple[Any, ...]:
    """Return (count, last time, last, least, greatest) with one more value, as ingest would."""
    count, last_time, last, least, greatest = summary
    value = point.value
    if point.time >= last_time:
        last_time, last = point.time, value
    if isinstance(value, int | float):
        least = value if least is None else min(least, value)
        greatest = value if greatest is None else max(greatest, value)
    return count + 1, last_time, last, least, greatest
