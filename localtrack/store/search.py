"""Finds runs by a filter, from what ingest keeps of each metric; logged values are not read."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.store.database import Database, warn
from localtrack.store.filter_sql import Sql, condition, other_values, sort_keys, value
from localtrack.store.filter_tree import Node, Order, Source
from localtrack.store.ingest import Ingest
from localtrack.store.run_record import SELECT, RunRecord, record

_READER_SECONDS = 5.0  # a reader that is locked out for so long searches what is there
_MAX_KEYS = 20
_INT64 = 1 << 63
_ROWS = 500  # read by one statement


class Search:
    """The search of a workspace's runs."""

    def __init__(self, database: Database, ingest: Ingest) -> None:
        self._database = database
        self._ingest = ingest

    def runs(
        self,
        filter_text: str = "",
        *,
        experiment_id: str | None = None,
        order_by: str | Sequence[str] | None = None,
        max_results: int | None = None,
    ) -> list[RunRecord]:
        """Return the runs for which a filter holds, newest first where the order says nothing else.

        Args:
            filter_text: The filter; all runs if it is empty.
            experiment_id: Only the runs of this experiment.
            order_by: Keys, each with ASC or DESC behind it or nothing, which is ASC.
            max_results: The most that are returned; all if None.

        Raises:
            UserErrorException: The filter, the order or the number can't be used.
        """
        from localtrack.store.filter_grammar import parse_filter, parse_order

        if not isinstance(filter_text, str):
            raise UserErrorException(f"The filter is a text, not {filter_text!r:.100}.")
        if max_results is not None and (type(max_results) is not int or max_results < 1):
            raise UserErrorException(f"max_results is an integer from 1 on, or None for all, not {max_results!r:.100}.")
        node = parse_filter(filter_text)
        keys = [key for text in _texts(order_by) for key in parse_order(text)]
        if len(keys) > _MAX_KEYS:
            raise UserErrorException(f"Runs can be ordered by {_MAX_KEYS} keys at most, not by {len(keys)}.")
        self._take()
        wanted = _Wanted(node, experiment_id, keys, max_results, time.time_ns())
        with self._database.snapshot():
            found = self._keys(wanted)
            records: dict[int, RunRecord] = {}
            for start in range(0, len(found), _ROWS):
                part = found[start : start + _ROWS]
                marks = ", ".join("?" * len(part))
                for row in self._database.rows(f"{SELECT} WHERE runs.key IN ({marks})", part):
                    records[row["key"]] = record(row)
        try:
            return [records[key] for key in found]
        except KeyError as error:  # both queries are of one state: an index is damaged
            raise self._database.contradiction(error) from error

    def _take(self) -> None:
        """Bring the tables up to date, or say what they lack."""
        reason = "it is read-only"
        if not self._database.read_only:
            try:
                self._ingest.take(seconds=_READER_SECONDS)
            except ServiceException as error:
                reason = str(error)
            else:
                return
        lacking = len(self._ingest.tail())
        if lacking:
            warn(
                f"Not searched: {lacking} logged values that are in journals still, because "
                f"{self._database.layout.root} can't be changed: {reason}"
            )

    def _keys(self, wanted: _Wanted) -> list[int]:
        """Return the keys of the runs, in their order."""
        only = [key.left.source is Source.LAST and not self._rows(other_values(key.left.name)) for key in wanted.order]
        most = wanted.max_results
        if most is None or not (only and only[0]):
            return [key for (key, *_) in self._rows(wanted.sorted(only, most))]
        # By an index, until there are enough; the runs without the metric stand behind all others.
        found = [key for (key, *_) in self._rows(wanted.walked(only, most))]
        if len(found) < most:
            found += [key for (key, *_) in self._rows(wanted.sorted(only, most - len(found), without_first=True))]
        return found

    def _rows(self, query: Sql) -> list[Any]:
        return self._database.tuples(query.text, query.parameters)


class _Wanted(NamedTuple):
    """What is searched for, and the queries that find the runs' keys."""

    filter: Node | None
    experiment_id: str | None
    order: list[Order]
    max_results: int | None
    now: int

    def sorted(self, only_numbers: list[bool], most: int | None, *, without_first: bool = False) -> Sql:
        """Return the query that looks at all runs.

        Args:
            only_numbers: Of each key of the order, whether it is a metric that has no other values.
            most: The most that are found.
            without_first: Whether it is only runs that lack the metric that they are ordered by first.
        """
        conditions = self._conditions("runs.key")
        start = 0
        if without_first:
            first = value(self.order[0].left, self.now)
            conditions.append(Sql(f"{first.text} IS NULL", first.parameters))
            start = 1
        values = [value(key.left, self.now) for key in self.order[start:]]
        return _query("runs", values, conditions, self.order[start:], only_numbers[start:], most)

    def walked(self, only_numbers: list[bool], most: int) -> Sql:
        """Return the query that follows an index of the metric that runs are ordered by first."""
        has_number = Sql("ordered.name = ? AND ordered.last IS NOT NULL", (self.order[0].left.name,))
        values = [Sql("ordered.last"), *(value(key.left, self.now) for key in self.order[1:])]
        source = "metrics AS ordered CROSS JOIN runs ON runs.key = ordered.run"
        return _query(source, values, [has_number, *self._conditions("ordered.run")], self.order, only_numbers, most)

    def _conditions(self, key: str) -> list[Sql]:
        found = [] if self.filter is None else [condition(self.filter, key, self.now)]
        if self.experiment_id is not None:
            found.append(Sql("runs.experiment = (SELECT key FROM experiments WHERE id = ?)", (self.experiment_id,)))
        return found


def _query(
    source: str,
    values: list[Sql],
    conditions: list[Sql],
    order: list[Order],
    only_numbers: list[bool],
    most: int | None,
) -> Sql:
    names = [f"value{number}" for number in range(len(order))]
    columns = "".join(f", {each.text} AS {name}" for each, name in zip(values, names, strict=True))
    where = " AND ".join(f"({each.text})" for each in conditions) or "TRUE"
    text = f"SELECT runs.key AS run_key, runs.created AS created{columns} FROM {source} WHERE {where}"
    terms = [
        sort_keys(key, name, numbers_only=only) for key, name, only in zip(order, names, only_numbers, strict=True)
    ]
    if any(len(each) > 1 for each in terms):  # a value is looked up once, and not again by each term
        text = f"WITH chosen AS MATERIALIZED ({text}) SELECT * FROM chosen"
    by = ", ".join([*itertools.chain(*terms), "created DESC", "run_key DESC"])
    parameters = [parameter for each in (*values, *conditions) for parameter in each.parameters]
    return Sql(f"{text} ORDER BY {by} LIMIT ?", (*parameters, -1 if most is None else min(most, _INT64 - 1)))


def _texts(order_by: str | Sequence[str] | None) -> list[str]:
    if order_by is None:
        return []
    texts = [order_by] if isinstance(order_by, str) else order_by
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise UserErrorException(f"order_by is a list of texts such as ['metrics.mse DESC'], not {order_by!r:.100}.")
    return list(texts)
