"""What becomes of names and values that are given to the run history, and in which shapes metrics are read back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import permutations
from typing import Any

Labels = dict[str, str | None]
Point = tuple[str, str, int | None, Any]  # metric, kind, step, value

_VALUES, _TABLES = ("scalar", "list"), ("row", "table")


class Refused(Exception):
    """A call was refused with this class of error."""

    def __init__(self, kind: str = "UserErrorException", text: str = "") -> None:
        super().__init__(f"{kind}\n{text}")
        self.kind = kind

    __repr__ = Exception.__str__


class OneOf:
    """Any of several values: of a metric that was logged in several ways, no order of the ways is promised."""

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = list(values)


def name_of(given: Any) -> str:
    name = text_of(given)
    if not name:
        raise Refused
    return name


def text_of(given: Any) -> str:
    text = str(given)
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise Refused
    return text


def scalar_of(given: Any) -> Any:
    if isinstance(given, list | range):
        raise Refused
    if isinstance(given, str):
        return text_of(given)
    return given if isinstance(given, float | int | None) else repr(given)


def labels_of(given: Any) -> Labels:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Refused
    return {name_of(name): None if value is None else text_of(value) for name, value in given.items()}


def without(labels: Labels, names: Any) -> Labels:
    if not isinstance(names, list):
        raise Refused
    gone = {text_of(name) for name in names}
    return {name: value for name, value in labels.items() if name not in gone}


def filter_of(given: Any) -> dict[str, Any]:
    """Return what ``get_runs`` is given to choose by: names with values, or with an ellipsis where any will do."""
    if given is None:
        return {}
    if isinstance(given, str):
        return {text_of(given): ...}
    return {text_of(name): None if value is None else text_of(value) for name, value in given.items()}


def fits(labels: Labels, wanted: dict[str, Any]) -> bool:
    return all(name in labels and value in (..., labels[name]) for name, value in wanted.items())


def file_name_of(given: str) -> str:
    parts = [part for part in given.split("/") if part not in ("", ".")]
    if not parts or given.startswith("/") or ".." in parts or re.search(r"[\0-\x1f:\ud800-\udfff]", given):
        raise Refused
    return "/".join(parts)


def metrics_of(points: list[Point], name: str | None = None) -> dict[str, Any]:
    """Return what ``get_metrics`` gives."""
    names = dict.fromkeys(each for each, *_ in points if name in (None, each))
    return {each: _shaped([point for point in points if point[0] == each]) for each in names}


def canonical(value: Any) -> Any:
    """Return something that is equal for values that are the same to the bit: NaN is, 1 and True are not."""
    if isinstance(value, dict):
        return {name: canonical(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(each) for each in value]
    return hex(value) if type(value) is int else repr(value)


def differences(expected: Any, actual: Any, place: str = "") -> Iterator[str]:
    """Yield where two values are not the same, for people to read."""
    if isinstance(expected, OneOf):
        if all(any(differences(each, actual)) for each in expected.values):
            yield f"{place}: {actual!r} instead of one of {expected.values!r}"
    elif isinstance(expected, dict) and isinstance(actual, dict) and expected.keys() == actual.keys():
        for name in expected:
            yield from differences(expected[name], actual[name], f"{place}[{name!r}]")
    elif isinstance(expected, list | tuple) and isinstance(actual, list | tuple) and len(expected) == len(actual):
        for index, pair in enumerate(zip(expected, actual, strict=True)):
            yield from differences(*pair, f"{place}[{index}]")
    elif canonical(expected) != canonical(actual):
        yield f"{place}: {actual!r} instead of {expected!r}"


def _shaped(points: list[Point]) -> Any:
    kinds = {kind for _, kind, _, _ in points}
    orders = [
        (*values, *tables)
        for values in permutations(kind for kind in _VALUES if kind in kinds)
        for tables in permutations(kind for kind in _TABLES if kind in kinds)
    ]
    return OneOf(_in_order(points, order) for order in orders)


def _in_order(points: list[Point], kinds: Iterable[str]) -> Any:
    values: list[Any] = []
    columns: dict[str, list[Any]] = {}
    for wanted in kinds:
        for _, kind, _, value in points:
            if kind != wanted:
                continue
            if kind == "scalar":
                values.append(value)
            elif kind == "list":
                values += value
            else:
                for column, cell in value.items():
                    columns.setdefault(column, []).extend([cell] if kind == "row" else cell)
    if columns:
        values.append({column: _single(cells) for column, cells in columns.items()})
    return _single(values)


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
