"""The documents of charts: what they must look like, and why one does not.

A document is ``{"schema_type": ..., "schema_version": ..., "data": {...}}``. Keys beyond those that are named here are
kept as they are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from localtrack import journal
from localtrack.exceptions import UserErrorException

_Table = list[list[list[float]]]  # classes x thresholds x (TP, FP, TN, FN)

_LARGEST = 1 << 63  # of an integer that any reader of JSON takes
_TOLERANCE = 1e-6  # of sums of weights, which are rounded


class Chart(NamedTuple):
    """A kind of chart.

    Attributes:
        kind: The journal's metric kind.
        schema_type: What its documents call themselves.
        versions: The values of ``schema_version`` that are known; what has none is taken for the newest.
        check: Raises `_Fault` for what is wrong with the plain ``data`` of a document.
    """

    kind: int
    schema_type: str
    versions: tuple[str, ...]
    check: Callable[[dict[str, Any]], None]


def checked(chart: Chart, value: Any, name: str) -> dict[str, Any]:
    """Return a chart's document as plain dicts, lists, texts and numbers.

    Args:
        chart: What it must be.
        value: A dict, with numpy arrays in it perhaps, or the JSON text of one.
        name: The metric's name, for the error's text.

    Raises:
        UserErrorException: It is not one; the message says what is wrong where.
    """
    try:
        document = _plain(_parsed(value), "the document")
        _check_wrapper(chart, document)
        chart.check(document["data"])
    except _Fault as fault:
        raise UserErrorException(f"The {chart.schema_type} {name!r} can't be kept: {fault}.") from None
    except RecursionError:
        raise UserErrorException(f"The {chart.schema_type} {name!r} can't be kept: it is nested too deep.") from None
    return dict(document)


class _Fault(Exception):
    """What is wrong with a document, and where."""


def _parsed(value: Any) -> dict[Any, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise _Fault(f"it is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise _Fault(f"it must be a dict, or the JSON text of one, not {value!r:.100}")
    return value


def _plain(value: Any, place: str) -> Any:
    """Return what JSON can hold of a value, arrays as lists."""
    if hasattr(value, "ndim") and callable(to_list := getattr(value, "tolist", None)):
        value = to_list()
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise _Fault(f"{place} has the key {key!r:.100}, which is no text")
            _check_text(key, f"a key of {place}")
        return {str(key): _plain(item, _at(place, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, str):
        _check_text(value, place)
        return str.__str__(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not -_LARGEST <= value < _LARGEST:
            raise _Fault(f"{place} is an integer of more than 64 bits")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _Fault(f"{place} is {value}, which JSON can't hold")
        return float(value)
    raise _Fault(f"{place} is a {type(value).__name__}, which JSON can't hold")


def _check_text(text: str, place: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _Fault(f"{place} has a lone surrogate at position {error.start}, which no file can keep") from None


def _check_wrapper(chart: Chart, document: dict[str, Any]) -> None:
    kind = _required(document, "schema_type", "the document")
    if kind != chart.schema_type:
        raise _Fault(f"its schema_type is {kind!r:.100}; this call logs {chart.schema_type!r}")
    version = document.get("schema_version", chart.versions[0])
    if version not in chart.versions:
        raise _Fault(f"its schema_version is {version!r:.100}; known are {', '.join(chart.versions)}")
    data = _required(document, "data", "the document")
    if not isinstance(data, dict):
        raise _Fault(f"data must be a dict, not {data!r:.100}")


def _check_confusion_matrix(data: dict[str, Any]) -> None:
    classes = _classes(data)
    matrix = _items(data, "matrix", classes, "class_labels")
    for index, row in enumerate(matrix):
        place = f"data.matrix[{index}]"
        _check_counts(_sized(row, place, classes, "class_labels"), place)


def _check_accuracy_table(data: dict[str, Any]) -> None:
    classes = _classes(data)
    for what in ("probability", "percentile"):
        thresholds = _items(data, f"{what}_thresholds")
        _check_numbers(thresholds, f"data.{what}_thresholds")
        key = f"{what}_tables"
        table = _items(data, key, classes, "class_labels")
        for index, rows in enumerate(table):
            place = f"data.{key}[{index}]"
            for number, row in enumerate(_sized(rows, place, len(thresholds), f"{what}_thresholds")):
                _check_counts(_sized(row, f"{place}[{number}]", 4, "TP, FP, TN, FN"), f"{place}[{number}]")
        _check_constant(table, f"data.{key}")


def _check_residuals(data: dict[str, Any]) -> None:
    counts = _items(data, "bin_counts")
    _check_counts(counts, "data.bin_counts")
    _check_edges(data, len(counts))


def _check_predictions(data: dict[str, Any]) -> None:
    counts = _items(data, "bin_counts")
    _check_counts(counts, "data.bin_counts")
    for key in ("bin_averages", "bin_errors"):
        _check_numbers(_items(data, key, len(counts), "bin_counts"), f"data.{key}")
    _check_edges(data, len(counts))


def _check_constant(table: _Table, place: str) -> None:
    """Check that every threshold counts the same samples: of each class's own and others', and in all."""
    for index, rows in enumerate(table):
        for number, (true_positive, false_positive, true_negative, false_negative) in enumerate(rows):
            first = rows[0]
            sums = (
                ("TP + FN", true_positive + false_negative, first[0] + first[3]),
                ("TN + FP", true_negative + false_positive, first[2] + first[1]),
            )
            for what, found, expected in sums:
                if not _is_same(found, expected):
                    raise _Fault(
                        f"in {place}[{index}][{number}], {what} is {found}, and {expected} at the class's first "
                        "threshold; it is the same at all thresholds"
                    )
        total, expected = sum(rows[0]), sum(table[0][0])
        if not _is_same(total, expected):
            raise _Fault(
                f"in {place}[{index}], TP + FP + TN + FN is {total}, and {expected} for the first class; it is the "
                "same for all classes"
            )


def _is_same(found: float, expected: float) -> bool:
    if isinstance(found, int) and isinstance(expected, int):
        return found == expected
    return math.isclose(found, expected, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _check_edges(data: dict[str, Any], bins: int) -> None:
    edges = _items(data, "bin_edges")
    if len(edges) != bins + 1:
        raise _Fault(f"data.bin_edges has {len(edges)} items; {bins} bins (bin_counts) have {bins + 1} edges")
    _check_numbers(edges, "data.bin_edges")
    for index in range(bins):
        if not edges[index] < edges[index + 1]:
            raise _Fault(f"data.bin_edges[{index + 1}] is {edges[index + 1]}, not above {edges[index]} before it")


def _classes(data: dict[str, Any]) -> int:
    labels = _items(data, "class_labels")
    for index, label in enumerate(labels):
        if not isinstance(label, str | int | float):
            raise _Fault(f"data.class_labels[{index}] must be a text or a number, not {label!r:.100}")
    return len(labels)


def _items(data: dict[str, Any], key: str, size: int | None = None, like: str = "") -> list[Any]:
    return _sized(_required(data, key, "data"), f"data.{key}", size, like)


def _sized(value: Any, place: str, size: int | None, like: str) -> list[Any]:
    if not isinstance(value, list):
        raise _Fault(f"{place} must be a list, not {value!r:.100}")
    if size is not None and len(value) != size:
        raise _Fault(f"{place} has {len(value)} items, and must have {size} ({like})")
    if not value:
        raise _Fault(f"{place} is empty")
    return value


def _check_counts(numbers: list[Any], place: str) -> None:
    _check_numbers(numbers, place)
    for index, number in enumerate(numbers):
        if number < 0:
            raise _Fault(f"{place}[{index}] is {number}, and a count can't be negative")


def _check_numbers(numbers: list[Any], place: str) -> None:
    for index, number in enumerate(numbers):
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise _Fault(f"{place}[{index}] must be a number, not {number!r:.100}")


def _required(found: dict[str, Any], key: str, place: str) -> Any:
    if key not in found:
        raise _Fault(f"{place} has no {key!r}")
    return found[key]


def _at(place: str, key: str) -> str:
    return key if place == "the document" else f"{place}.{key}"


# "v1" is what Azure's own examples say.
CONFUSION_MATRIX = Chart(journal.CONFUSION_MATRIX, "confusion_matrix", ("1.0.0", "v1"), _check_confusion_matrix)
ACCURACY_TABLE = Chart(journal.ACCURACY_TABLE, "accuracy_table", ("1.0.1", "1.0.0", "v1"), _check_accuracy_table)
RESIDUALS = Chart(journal.RESIDUALS, "residuals", ("1.0.0", "v1"), _check_residuals)
PREDICTIONS = Chart(journal.PREDICTIONS, "predictions", ("1.0.0", "v1"), _check_predictions)
