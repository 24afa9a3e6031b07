"""Values that programs should not give: kept as what they are, or refused before anything is written."""

import math
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pytest

from localtrack.core import Experiment, Run, Workspace
from localtrack.exceptions import UserErrorException

LARGE = 100 << 20  # bytes


@pytest.fixture
def run(workspace: Workspace) -> Any:
    run = Experiment(workspace, "train").start_logging(outputs=False)
    yield run
    run.complete()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        *(
            (value, value)
            for value in (math.inf, -math.inf, -0.0, 5e-324, 1.8e308, 2**63, -(2**63) - 1, 10**4000, True)
        ),
        *((value, value) for value in (None, "", "\0", "nan", "é🎉", "\x1b[2J", "\u2028")),
        *((numpy.float16(0.5), 0.5), (numpy.array([7]), 7), (numpy.array(None), None), (numpy.datetime64("NaT"), None)),
        *(
            (value, repr(value))
            for value in (b"\xff", 1 + 2j, Decimal("NaN"), Fraction(1, 3), (1, 2), {"a": 1}, {1}, ...)
        ),
        *((value, repr(value)) for value in (int, len, ZeroDivisionError("x"), bytearray(b"x"))),
    ],
)
def test_a_value_comes_back(run: Run, given: Any, kept: Any) -> None:
    run.log("m", given)
    back = run.get_metrics()["m"]
    assert (back, type(back)) == (kept, type(kept))
    if isinstance(kept, float):
        assert math.copysign(1, back) == math.copysign(1, kept)


def test_what_is_too_large_is_refused_before_the_write(workspace: Workspace, run: Run) -> None:
    large = "x" * LARGE
    for keep in (
        lambda: run.tag("t", large),
        lambda: run.set_tags({"good": "x", "t": large}),
        lambda: run.add_properties({"p": large}),
        lambda: run.log("m", large),
        lambda: run.log_list("m", [1, large]),
        lambda: run.log_row("m", a=large),
        lambda: run.log_table("m", {"a": [large]}),
        lambda: run.child_run(name=large),
        lambda: Experiment(workspace, "other").start_logging(tags={"t": large}),
    ):
        with pytest.raises(UserErrorException, match=r"bytes.*at most") as refused:
            keep()
        assert len(str(refused.value)) < 300
    assert (run.get_metrics(), run.get_tags(), run.get_properties()) == ({}, {}, {})
    assert list(run.get_children()) == [] and len(list(Experiment(workspace, "train").get_runs())) == 1


class Broken:
    """An object whose text can't be had."""

    def __repr__(self) -> str:
        raise ZeroDivisionError("no text")


def test_an_object_that_fails_is_its_own_s_error_and_keeps_nothing(run: Run) -> None:
    deep: Any = ()
    for _ in range(10 * sys.getrecursionlimit()):
        deep = (deep,)
    for keep in (
        lambda: run.log("m", Broken()),
        lambda: run.log_row("m", a=1, b=Broken()),
        lambda: run.tag("good", Broken()),
        lambda: run.set_tags({"good": "x", "t": Broken()}),
    ):
        with pytest.raises(ZeroDivisionError):
            keep()
    with pytest.raises((RecursionError, UserErrorException)):
        run.log("m", deep)
    assert (run.get_metrics(), run.get_tags()) == ({}, {})
    run.log("m", 1)
    assert run.get_metrics() == {"m": 1}


def test_steps_of_all_sizes_in_any_order(run: Run) -> None:
    steps = [2**63 - 1, 0, -(2**63), 5, 5, -1, 1_000_000]
    for step in steps:
        run.log("m", step, step=step)
    for step in (2**63, -(2**63) - 1, 1.0, "1", math.nan):
        with pytest.raises(UserErrorException, match="step"):
            run.log("m", 0, step=step)
    assert [point.step for point in run.get_metric_history("m")] == steps
    assert run.get_metrics() == {"m": steps}


def test_a_hundred_thousand_metrics_in_one_run(workspace: Workspace, run: Run) -> None:
    for number in range(100_000):
        run.log(f"metric {number}", number)
    assert len(run.get_metrics()) == 100_000
    assert [each.id for each in workspace.search_runs("metrics.`metric 99999` = 99999")] == [run.id]
