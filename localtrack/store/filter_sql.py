"""Makes SQL of a filter's tree. Every name and value of the user's is a parameter; the text is made of constants.

The values of metrics are columns as `localtrack.values` makes them, and SQLite orders columns by their type first:
NULL, numbers, TEXT, BLOB. So each comparison says of which type it is.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from localtrack.store.filter_tree import All, Comparison, Left, Moment, Node, Not, Order, Source, Value
from localtrack.values import BIG_INT, BOOL, DOCUMENT, NAN

_INT64 = 1 << 63


class Sql(NamedTuple):
    """A piece of SQL, the parameters of its question marks, and how much of it SQLite's parser keeps in mind."""

    text: str
    parameters: tuple[Any, ...] = ()
    depth: int = 0


def condition(node: Node, key: str, now: int) -> Sql:
    """Return what stands behind WHERE of a query of ``runs``; it is true for the runs for which the filter holds.

    Args:
        node: The filter.
        key: The column that has the runs' keys.
        now: The end of those runs that have none yet, in nanoseconds since 1970.
    """
    if isinstance(node, Comparison):
        return _comparison(node, key, now)
    if isinstance(node, Not):
        inner = condition(node.part, key, now)
        return Sql(f"({inner.text}) IS NOT TRUE", inner.parameters, inner.depth + 1)
    return _joined([condition(part, key, now) for part in node.parts], "AND" if isinstance(node, All) else "OR")


def value(left: Left, now: int) -> Sql:
    """Return the value by which a query of ``runs`` is ordered; NULL where it is missing, NaN or no single value."""
    if left.source is Source.ATTRIBUTE:
        return Sql(_attribute(left.name, now))
    if left.source is Source.COUNT:
        return Sql("(SELECT ifnull(sum(count), 0) FROM metrics WHERE run = runs.key AND name = ?)", (left.name,))
    column, table = _COLUMNS[left.source]
    chosen = f"SELECT {column} FROM {table} WHERE run = runs.key AND name = ?"
    if left.source is Source.LAST:  # + keeps SQLite from an index that has no run in front
        return Sql(f"({chosen} AND +{_IS_VALUE} AND +last <> x'{NAN.hex()}' ORDER BY kind LIMIT 1)", (left.name,))
    if table == "metrics":
        return Sql(f"({chosen} AND {column} IS NOT NULL ORDER BY kind LIMIT 1)", (left.name,))
    return Sql(f"({chosen})", (left.name,))


def sort_keys(key: Order, column: str, *, numbers_only: bool) -> list[str]:
    """Return what stands behind ORDER BY: numbers before others, what is missing last in both directions.

    Args:
        key: What runs are ordered by.
        column: The column that has its `value`.
        numbers_only: Whether the metric has no values but numbers of 64 bits.
    """
    direction, opposite = ("DESC", "ASC") if key.descending else ("ASC", "DESC")
    if key.left.source is not Source.LAST or numbers_only:
        return [f"{column} {direction} NULLS LAST"]
    large, small = _LARGE.inside(column), _SMALL.inside(column)
    return [
        f"CASE WHEN {column} < '' OR {large} OR {small} THEN 0 WHEN {column} IS NULL THEN 2 ELSE 1 END",
        f"CASE WHEN {large} THEN length({column}) WHEN {small} THEN -length({column}) ELSE 0 END {direction}",
        f"CASE WHEN {small} THEN NULL ELSE {column} END {direction}",
        f"{column} {opposite}",
    ]


def other_values(name: str) -> Sql:
    """Return a query that has a row if a metric has values that are not numbers of 64 bits."""
    return Sql("SELECT 1 FROM metrics WHERE name = ? AND last >= '' LIMIT 1", (name,))


class _Range(NamedTuple):
    """Columns that follow each other in SQLite's order: from ``first`` on and before ``after``."""

    first: str
    after: str

    def inside(self, column: str) -> str:
        return f"({column} >= {self.first} AND {column} < {self.after})"


def _starting_with(start: bytes) -> _Range:
    return _Range(f"x'{start.hex()}'", f"x'{(start[:-1] + bytes([start[-1] + 1])).hex()}'")


# Integers of more than 64 bits, hexadecimal: those of one sign and length are in the order of their amounts.
_LARGE = _starting_with(bytes([BIG_INT]) + b"0x")
_SMALL = _starting_with(bytes([BIG_INT]) + b"-0x")
_TEXT = _Range("''", "x''")
_IS_VALUE = f"last < x'{bytes([DOCUMENT]).hex()}'"  # lists, rows and tables are documents, and no value to compare

_ATTRIBUTES = {
    "run_id": "runs.id",
    "parent": "(SELECT id FROM runs AS parents WHERE parents.key = runs.parent)",
    "experiment": "(SELECT name FROM experiments WHERE experiments.key = runs.experiment)",
    "start_time": "runs.started",
    "end_time": "runs.ended",
}
_COLUMNS = {
    Source.LAST: ("last", "metrics"),
    Source.LEAST: ("least", "metrics"),
    Source.GREATEST: ("greatest", "metrics"),
    Source.TAG: ("value", "tags"),
    Source.PROPERTY: ("value", "properties"),
}
_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _attribute(name: str, now: int) -> str:
    if name == "duration":
        return f"((ifnull(runs.ended, {now:d}) - runs.started) / 1e9)"
    return _ATTRIBUTES.get(name, f"runs.{name}")


def _comparison(node: Comparison, key: str, now: int) -> Sql:
    source, name = node.left.source, node.left.name
    if source is Source.COUNT:
        return _count(node, key)
    if source is Source.ATTRIBUTE:
        whole = _joined(_tests(node, _attribute(name, now)), "OR")
        return Sql(f"NOT ({whole.text})", whole.parameters) if node.negated else whole
    column, table = _COLUMNS[source]
    chosen = f"SELECT run FROM {table} WHERE name = ?"
    if node.operator == "null":
        return Sql(f"{key} {'IN' if node.negated else 'NOT IN'} ({chosen} AND {column} IS NOT NULL)", (name,))
    tests = _tests(node, column)
    if node.negated:
        positive = _joined(tests, "OR")
        there = _IS_VALUE if source is Source.LAST else f"{column} IS NOT NULL"
        return Sql(f"{key} IN ({chosen} AND {there} AND NOT ({positive.text}))", (name, *positive.parameters))
    # Not OR, because each test is a range of an index.
    return Sql(
        f"{key} IN ({' UNION ALL '.join(f'{chosen} AND {test.text}' for test in tests)})",
        tuple(parameter for test in tests for parameter in (name, *test.parameters)),
    )


def _count(node: Comparison, key: str) -> Sql:
    """A run without the metric has a count of 0, and no row."""
    tests = _joined(_tests(node, "sum(count)"), "OR")
    compare = _HOLDS.get(node.operator)
    zero = compare(0, node.values[0]) if compare else (0 in node.values) != node.negated
    wanted = f"NOT ({tests.text})" if node.negated != zero else tests.text
    rows = f"SELECT run FROM metrics WHERE name = ? GROUP BY run HAVING {wanted}"
    return Sql(f"{key} {'NOT IN' if zero else 'IN'} ({rows})", (node.left.name, *tests.parameters))


def _tests(node: Comparison, column: str) -> list[Sql]:
    """Return the conditions on a column of which one is true where a comparison, without its NOT, holds."""
    is_metric = node.left.source is Source.LAST  # else all its values are of one type
    if node.operator == "null":
        return [Sql(f"{column} IS NULL")]
    if node.operator in ("like", "ilike"):
        pattern = Sql(f"{column} GLOB ?", (_glob(str(node.values[0]), ignore_case=node.operator == "ilike"),))
        return [Sql(f"{_TEXT.inside(column)} AND {pattern.text}", pattern.parameters)] if is_metric else [pattern]
    first = node.values[0]
    if isinstance(first, Moment):
        return [_at(column, node.operator, first)]
    if node.operator in ("=", "in"):
        columns = [each for value in node.values for each in _equal_columns(value)]
        return [Sql(f"{column} IN ({', '.join('?' * len(columns))})", tuple(columns))]
    if isinstance(first, str):
        same_type = f" AND {_TEXT.inside(column)}" if is_metric else ""
        return [Sql(f"{column} {node.operator} ?{same_type}", (first,))]
    tests = [_against_number(column, node.operator, first)]
    return tests + _big_against_number(column, node.operator, first) if is_metric else tests


def _at(column: str, operator: str, moment: Moment) -> Sql:
    first, after = (max(-_INT64, min(time, _INT64 - 1)) for time in (moment.first, moment.after))
    if operator == "=":
        return Sql(f"{column} >= ? AND {column} < ?", (first, after))
    return {
        "<": Sql(f"{column} < ?", (first,)),
        "<=": Sql(f"{column} < ?", (after,)),
        ">": Sql(f"{column} >= ?", (after,)),
        ">=": Sql(f"{column} >= ?", (first,)),
    }[operator]


def _equal_columns(value: Value) -> list[Any]:
    """Return the columns that stand for a value, or for one that is equal to it."""
    if isinstance(value, bool):
        return [bytes([BOOL]) + (b"1" if value else b"0")]
    if isinstance(value, float):
        if value != value:
            return [NAN]
        big = _big(value)
        return [value] if big is None else [value, big]
    if isinstance(value, int):
        big = _big(value)
        if big is None:
            return [value]
        nearest = _nearest(value)
        return [big, nearest] if nearest == value else [big]
    return [value]


def _against_number(column: str, operator: str, number: float | int) -> Sql:
    """Return the comparison with a number, of numbers of 64 bits."""
    if not -_INT64 <= number < _INT64:
        nearest = _nearest(number)
        if nearest < number:
            operator = {"<": "<=", ">=": ">"}.get(operator, operator)
        elif nearest > number:
            operator = {"<=": "<", ">": ">="}.get(operator, operator)
        number = nearest
    numeric = f" AND {column} < ''" if operator.startswith(">") else ""  # below texts are numbers alone
    return Sql(f"{column} {operator} ?{numeric}", (number,))


def _big_against_number(column: str, operator: str, number: float | int) -> list[Sql]:
    """Return the comparison with a number, of integers of more than 64 bits."""
    less = operator.startswith("<")
    inner, outer = (_LARGE, _SMALL) if less else (_SMALL, _LARGE)  # with the number's sign they are compared by amount
    infinite = number in (float("inf"), float("-inf"))
    towards = (number > 0) == less
    if infinite:
        return [Sql(part.inside(column)) for part in (_LARGE, _SMALL)] if towards else []
    big = _big(number)
    if big is None:
        return [Sql(outer.inside(column))]
    part = inner if towards else outer
    amount = ("<" if towards else ">") + ("=" if operator.endswith("=") else "")
    compared = Sql(
        f"{part.inside(column)} AND (length({column}), {column}) {amount} (?, ?)",
        (len(big), big),
    )
    return [compared, Sql(outer.inside(column))] if towards else [compared]


def _big(number: float | int) -> bytes | None:
    """Return the column of an integer of more than 64 bits; None if it is no such number."""
    if -_INT64 <= number < _INT64 or number in (float("inf"), float("-inf")):
        return None
    return bytes([BIG_INT]) + hex(int(number)).encode()  # floats of that size are integers


def _nearest(number: float | int) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _glob(pattern: str, *, ignore_case: bool) -> str:
    """Return a pattern of LIKE as one of GLOB, which tells cases apart and uses indexes."""
    return "".join(_glob_part(char, ignore_case) for char in pattern)


def _glob_part(char: str, ignore_case: bool) -> str:
    if char in "%_":
        return "*" if char == "%" else "?"
    if char in "*?[":
        return f"[{char}]"
    forms = {form for form in (char, char.lower(), char.upper()) if len(form) == 1} if ignore_case else {char}
    return f"[{''.join(sorted(forms))}]" if len(forms) > 1 else char


def _joined(parts: Sequence[Sql], word: str) -> Sql:
    """Join conditions, the deepest first: SQLite's parser keeps in mind what stands before an open parenthesis."""
    if len(parts) == 1:
        return parts[0]
    first, *others = sorted(parts, key=lambda part: part.depth, reverse=True)
    return Sql(
        f" {word} ".join(f"({part.text})" for part in (first, *others)),
        tuple(parameter for part in (first, *others) for parameter in part.parameters),
        max(first.depth + 1, others[0].depth + 3),
    )
