"""Values, names and steps: what comes back, in what order, and what is refused before anything is written."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy
import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack import journal
from localtrack.core import Experiment, Run, Workspace
from localtrack.exceptions import UserErrorException
from localtrack.store import metrics
from localtrack.store.store import Store

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = TEXTS.filter(bool)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
STEPS = st.none() | st.integers(-(2**63), 2**63 - 1)
LOGGED = st.lists(st.tuples(NAMES, SCALARS, STEPS), max_size=20)
COLUMNS = st.dictionaries(NAMES | st.just("\0int"), st.just(None), min_size=1, max_size=4)

round_trips = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "train")


@pytest.fixture
def run(experiment: Experiment) -> Run:
    return experiment.start_logging(outputs=False)


def exactly(value: Any) -> Any:
    """Return what tells 1 from 1.0 and True, 0.0 from -0.0, and is equal for NaN."""
    if isinstance(value, list):
        return [exactly(item) for item in value]
    if isinstance(value, dict):
        return {name: exactly(item) for name, item in value.items()}
    return type(value), "nan" if isinstance(value, float) and math.isnan(value) else repr(value)


@round_trips
@given(LOGGED)
def test_every_call_is_in_a_metric_s_history(experiment: Experiment, logged: list[tuple[str, Any, int | None]]) -> None:
    run = experiment.start_logging(outputs=False)
    for name, value, step in logged:
        run.log(name, value, step=step)
    for name in {name for name, _, _ in logged}:
        expected = [(exactly(value), step) for each, value, step in logged if each == name]
        assert [(exactly(value), step) for value, step, _ in run.get_metric_history(name)] == expected
    assert run.get_metrics().keys() == {name for name, _, _ in logged}


@round_trips
@given(st.lists(st.lists(SCALARS, min_size=1, max_size=5), min_size=1, max_size=3))
def test_lists_come_back_as_what_they_were(experiment: Experiment, lists: list[list[Any]]) -> None:
    run = experiment.start_logging(outputs=False)
    for values in lists:
        run.log_list("m", values)
    together = [value for values in lists for value in values]
    assert exactly(run.get_metrics()["m"]) == exactly(together if len(together) > 1 else together[0])
    assert exactly([point.value for point in run.get_metric_history("m")]) == exactly(lists)


@round_trips
@given(st.data(), COLUMNS, st.integers(2, 4))
def test_tables_come_back_as_what_they_were(
    experiment: Experiment, data: st.DataObject, columns: dict[str, None], rows: int
) -> None:
    run = experiment.start_logging(outputs=False)
    table = {name: data.draw(st.lists(SCALARS, min_size=rows, max_size=rows)) for name in columns}
    run.log_table("m", table)
    assert exactly(run.get_metrics()["m"]) == exactly(table)
    assert exactly(run.get_metric_history("m")[0].value) == exactly(table)


def test_a_history_has_values_steps_and_times(run: Run) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    run.log("m", 1, step=-(2**63))
    run.log("m", 0.5)
    run.log("m", None, step=2**63 - 1)
    run.log("other", 2)
    history = run.get_metric_history("m")
    assert [point[:2] for point in history] == [(1, -(2**63)), (0.5, None), (None, 2**63 - 1)]
    times = [before, *(point.time for point in history), datetime.now(UTC) + timedelta(seconds=1)]
    assert times == sorted(times)
    assert {time.tzinfo for time in times} == {UTC}
    assert run.get_metric_history("absent") == []


def test_a_history_has_what_each_call_was_given(run: Run) -> None:
    run.log("m", "first")
    run.log_list("m", [1])
    run.log_row("m", a=1, b="x")
    run.log_table("m", {"a": [2, 3], "b": ["y", "z"]})
    run.log("m", "last")
    assert [point.value for point in run.get_metric_history("m")] == [
        "first",
        [1],
        {"a": 1, "b": "x"},
        {"a": [2, 3], "b": ["y", "z"]},
        "last",
    ]


def test_a_history_as_a_data_frame(run: Run) -> None:
    for step in range(3):
        run.log("loss", 1 / (step + 1), step=step)
    frame = pandas.DataFrame(run.get_metric_history("loss"))
    assert frame["value"].to_list() == [1, 1 / 2, 1 / 3]
    assert frame["step"].to_list() == [0, 1, 2]
    assert frame["time"].is_monotonic_increasing


class Tensor:
    """As torch's: an array, which is a scalar if it has no dimensions."""

    def __init__(self, values: Any) -> None:
        self._values = numpy.asarray(values)
        self.ndim = self._values.ndim

    def item(self) -> Any:
        return self._values.item()

    def __iter__(self) -> Iterator["Tensor"]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (Tensor(value) for value in self._values)


def test_an_array_of_one_element_is_that_element(run: Run) -> None:
    run.log("loss", numpy.array([[0.25]]))
    run.log("loss", pandas.Series([3]))
    assert run.get_metrics() == {"loss": [0.25, 3]}


@pytest.mark.parametrize("array", [numpy.array, Tensor])
def test_arrays_come_back_as_lists_of_what_they_hold(run: Run, array: Any) -> None:
    run.log("scalar", array(2.5))
    run.log("scalar", array(7))
    run.log("scalar", array(True))
    run.log_list("list", array([1, 2**62, -3]))
    run.log_list("list", array([0.5, float("inf"), -0.0]))
    run.log_table("table", {"x": array([True, False]), "y": [array(1), array(0.5)]})
    run.log_row("row", x=array(3))
    assert exactly(run.get_metrics()) == exactly(
        {
            "scalar": [2.5, 7, True],
            "list": [1, 2**62, -3, 0.5, float("inf"), -0.0],
            "table": {"x": [True, False], "y": [1, 0.5]},
            "row": {"x": 3},
        }
    )


def test_a_table_of_a_data_frame(run: Run) -> None:
    frame = pandas.DataFrame({"n": [1, 2], "x": [0.5, numpy.nan], "text": ["é", "b"], 3: [True, False]}, index=[5, 6])
    run.log_table("m", frame)
    assert exactly(run.get_metrics()["m"]) == exactly(
        {"n": [1, 2], "x": [0.5, math.nan], "text": ["é", "b"], "3": [True, False]}
    )


def test_cells_that_are_one_value_each_are_kept_as_their_text(run: Run) -> None:
    run.log_table("m", {"bytes": b"ab", "dict": {"a": 1}, "text": "ab"})
    assert run.get_metrics()["m"] == {"bytes": "b'ab'", "dict": "{'a': 1}", "text": "ab"}


@pytest.mark.parametrize("table", [pandas.DataFrame([[1, 2]], columns=["a", "a"]), {1: [0], "1": [0]}])
def test_columns_of_one_name_are_refused(run: Run, table: Any) -> None:
    with pytest.raises(UserErrorException, match="Two columns of the table 'm' have one name"):
        run.log_table("m", table)
    assert run.get_metrics() == {}


def broken() -> Iterator[int]:
    yield 1
    raise ValueError("broken")


def test_a_generator_that_breaks_off_logs_nothing(run: Run) -> None:
    with pytest.raises(ValueError, match="broken"):
        run.log_list("m", broken())
    assert run.get_metrics() == {}


@pytest.mark.parametrize(
    "log",
    [
        lambda run: run.log("", 1),
        lambda run: run.log("x" * 20_000, 1),
        lambda run: run.log("m", 1, step=-(2**63) - 1),
        lambda run: run.log("m", "\ud800"),
        lambda run: run.log("m", object()),
        lambda run: run.log("m", numpy.zeros(2)),
        lambda run: run.log_list("m", numpy.array(1)),
        lambda run: run.log_list("m", b"bytes"),
        lambda run: run.log_list("m", numpy.zeros((2, 2))),
        lambda run: run.log_list("m", [1, object()]),
        lambda run: run.log_list("m", [1], "\ud800"),
        lambda run: run.log_row("m", **{"\ud800": 1}),
        lambda run: run.log_row("m", **{"": 1}),
        lambda run: run.log_row("m", a=1, b=object()),
        lambda run: run.log_table("m", {"a": [1, "\ud800"]}),
    ],
)
def test_what_cannot_be_kept_is_refused_before_anything_is_written(run: Run, log: Any) -> None:
    with pytest.raises(UserErrorException, match=r"'m'|metric|description|column"):
        log(run)
    assert run.get_metrics() == {}


def test_names_of_any_unicode(run: Run) -> None:
    names = [
        "é",
        "e\u0301",
        "😀",
        "\U0010ffff",
        "\0",
        "a\0b",
        "\n",
        " ",
        "\u202e",
        "İ",
        "ß",
        "' OR 1=1 --",
        "%",
        "x" * 15_000,
    ]
    for number, name in enumerate(names):
        run.log(name, number)
        run.log_row(f"row {name}", **{name: name})
    found = run.get_metrics()
    assert {name: found[name] for name in names} == {name: number for number, name in enumerate(names)}
    assert [found[f"row {name}"] for name in names] == [{name: name} for name in names]
    assert [run.get_metrics(name) for name in names] == [{name: number} for number, name in enumerate(names)]


def test_a_megabyte_of_text(run: Run) -> None:
    text = "é😀\0x" * 131_072
    assert len(text.encode()) == 1 << 20
    run.log("m", text, text)
    run.log_list("list", [text, text])
    assert run.get_metrics() == {"m": text, "list": [text, text]}


def test_thousands_of_metrics_in_one_run(run: Run) -> None:
    expected = {f"metric {number}": number for number in range(12_000)}
    for name, value in expected.items():
        run.log(name, value)
    assert run.get_metrics() == expected


def summary_of(store: Store, run: Run, name: str) -> metrics.Summary:
    (found,) = [each for each in store.metrics.summaries([run.id]) if each.name == name]
    return found


def test_summaries_of_many_runs(store: Store, run: Run) -> None:
    children = run.create_children(count=3)
    for number, child in enumerate(children):
        for value in (number, math.nan, number + 0.5, "text", True):
            child.log("m", value)
    children[0].log_list("m", [1, 2])
    silent = run.child_run()
    found = store.metrics.summaries([child.id for child in [*children, silent]])
    assert [
        (each.run_id, each.name, each.kind, each.count, each.last, each.least, each.greatest) for each in found
    ] == [
        (children[0].id, "m", journal.SCALAR, 5, True, 0, 0.5),
        (children[1].id, "m", journal.SCALAR, 5, True, 1, 1.5),
        (children[2].id, "m", journal.SCALAR, 5, True, 2, 2.5),
        (children[0].id, "m", journal.LIST, 1, [1, 2], None, None),
    ]
    assert store.metrics.summaries([children[0].id], journal.LIST) == found[3:]
    assert store.metrics.summaries([]) == []


def test_summaries_read_no_values(store: Store, run: Run) -> None:
    run.log("m", 3)
    run.flush()
    with store.database.transaction() as connection:
        connection.execute("DROP TABLE points")
    assert summary_of(store, run, "m").last == 3


def test_summaries_of_a_reader_that_is_locked_out(store: Store, run: Run, hold_lock, monkeypatch) -> None:
    monkeypatch.setattr(metrics, "_READER_SECONDS", 0.05)
    for value in (3, 1):
        run.log("m", value)
    run.flush()
    process = hold_lock(store.layout.write_lock)
    for value in (4, math.nan, 2):
        run.log("m", value)
    run.log("new", "x")
    with pytest.warns(UserWarning, match="Reading the journals beside the database"):
        beside = store.metrics.summaries([run.id])
    process.kill()
    process.wait()
    assert beside == store.metrics.summaries([run.id])
    assert [(each.name, each.count, each.last, each.least, each.greatest) for each in beside] == [
        ("m", 5, 2, 1, 4),
        ("new", 1, "x", None, None),
    ]
