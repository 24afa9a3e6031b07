"""What is logged comes back as what it was, or is refused by name before anything is written."""

import decimal
import enum
import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localtrack import values
from localtrack.exceptions import UserErrorException

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)


def round_trip(value: object) -> object:
    return values.from_column(values.to_column(*values.encode(value, "m")))


@given(SCALARS)
def test_scalars_come_back_as_what_they_were(value: object) -> None:
    back = round_trip(value)
    assert type(back) is type(value)
    if isinstance(value, float):
        assert (
            math.isnan(back)
            if math.isnan(value)
            else (back, math.copysign(1, back)) == (value, math.copysign(1, value))
        )
    else:
        assert back == value


class Colour(enum.IntEnum):
    RED = 3


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [
        (numpy.float64(1.5), 1.5),
        (numpy.float32(0.5), 0.5),
        (numpy.int64(-7), -7),
        (numpy.uint64(2**64 - 1), 2**64 - 1),
        (numpy.bool_(True), True),
        (numpy.str_("é"), "é"),
        (numpy.array(2.5), 2.5),
        (Colour.RED, 3),
        ({"a": 1}, "{'a': 1}"),
        ((1, 2), "(1, 2)"),
        (decimal.Decimal("1.10"), "Decimal('1.10')"),
        ("a\0b\n", "a\0b\n"),
    ],
)
def test_other_objects(given_value: object, kept: object) -> None:
    back = round_trip(given_value)
    assert back == kept
    assert type(back) is type(kept)


def test_an_integer_of_any_size() -> None:
    assert round_trip(-(10**5000)) == -(10**5000)


class Tensor:
    """As torch's: a scalar without being a number."""

    ndim = 0

    def item(self) -> float:
        return 0.25


def test_a_tensor_is_its_item() -> None:
    assert round_trip(Tensor()) == 0.25


@pytest.mark.parametrize("value", [[1], range(3), (x for x in "a"), numpy.zeros(3), iter([1])])
def test_many_values_are_not_one(value: object) -> None:
    with pytest.raises(UserErrorException, match=r"'m'.*log_list"):
        values.encode(value, "m")


@pytest.mark.parametrize("value", ["\ud800", object()])
def test_what_cannot_be_kept_is_refused_by_name(value: object) -> None:
    with pytest.raises(UserErrorException, match="'m'"):
        values.encode(value, "m")


def test_too_long_a_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "MAX_BYTES", 10)
    with pytest.raises(UserErrorException, match="11 bytes"):
        values.encode("é" * 5 + "x", "m")


@pytest.mark.parametrize("name", ["", "\udfff", "x" * 20_000])
def test_bad_names(name: str) -> None:
    with pytest.raises(UserErrorException, match=r"metric|name"):
        values.check_name(name, "metric")


def test_other_objects_name_by_their_text() -> None:
    assert values.check_name(3, "tag") == "3"
    assert values.check_name("a\n\u202eb", "tag") == "a\n\u202eb"
