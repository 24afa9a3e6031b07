"""Values as they are written in a filter, and which of them a left side can be compared with."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from lark import Token

from localtrack.store.filter_error import FilterRefusal
from localtrack.store.filter_tree import Holds, Left, Moment, Source, Value, check_status


class Placed(NamedTuple):
    """A value or a left side, and where it stands."""

    is_: Any
    token: Token


def text(token: Token) -> str:
    """Return what is between the quotes of a text."""
    quote = token[0]
    return re.sub(rf"\\([\\'\"])|{quote}{quote}", lambda found: found[1] or quote, token[1:-1])


def number(token: Token) -> float | int:
    """Return a number.

    Raises:
        FilterRefusal: It is more than a number can be.
    """
    place = token.start_pos or 0
    if re.fullmatch(r"[+-]?\d+", token):
        try:
            return int(token)
        except ValueError:  # Python reads no longer ones
            raise FilterRefusal("this number has too many digits.", place) from None
    real = float(token)
    if math.isinf(real) and any(char.isdigit() for char in token):
        raise FilterRefusal("this is more than a number with a decimal point can be; infinity is written inf.", place)
    return real


def checked(left: Left, value: Placed) -> Value:
    """Return a value as a left side is compared with it.

    Raises:
        FilterRefusal: It can't be.
    """
    given, place = value.is_, value.token.start_pos or 0
    holds = left.holds
    if holds is Holds.TIME:
        return _moment(given, place)
    fits = {
        Holds.TEXT: isinstance(given, str),
        Holds.NUMBER: isinstance(given, int | float) and not isinstance(given, bool) and not math.isnan(_finite(given)),
        Holds.ANYTHING: True,
    }[holds]
    if not fits:
        hint = f": '{value.token}'" if holds is Holds.TEXT else ""
        raise FilterRefusal(f"{_written(left)} is compared with {holds.value}{hint}.", place)
    if left == Left(Source.ATTRIBUTE, "status"):
        check_status(given, place)
    fitting: Value = given
    return fitting


def _finite(number: float | int) -> float:
    return number if isinstance(number, float) else 0.0


def _written(left: Left) -> str:
    if left.source is Source.ATTRIBUTE:
        return left.name
    if left.source in (Source.LEAST, Source.GREATEST, Source.COUNT):
        return f"{left.source.value}(metrics.{left.name[:100]})"
    return f"{left.source.value}.{left.name[:100]}"


def _moment(given: object, place: int) -> Moment:
    if isinstance(given, str):
        try:
            at = datetime.fromisoformat(given)
        except ValueError:
            raise FilterRefusal(f"{given[:100]!r} is no time: write {Holds.TIME.value}.", place) from None
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        microseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        return Moment(microseconds * 1000, (microseconds + 1) * 1000)
    if isinstance(given, int | float) and not isinstance(given, bool) and given % 1 == 0:
        milliseconds = int(given)
        return Moment(milliseconds * 1_000_000, (milliseconds + 1) * 1_000_000)
    raise FilterRefusal(f"a time is {Holds.TIME.value}.", place)
