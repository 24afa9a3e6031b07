"""What a filter says, as a tree: comparisons, put together by and, or and not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from localtrack.store import status
from localtrack.store.filter_error import FilterRefusal


class Source(Enum):
    """Where the left side of a comparison is found."""

    LAST = "metrics"
    LEAST = "min"
    GREATEST = "max"
    COUNT = "count"
    TAG = "tags"
    PROPERTY = "properties"
    ATTRIBUTE = "attributes"


class Holds(Enum):
    """What a left side can be compared with."""

    ANYTHING = "a number, a text in quotes, true or false"
    NUMBER = "a number"
    TEXT = "a text in quotes"
    TIME = "a time in quotes such as '2026-11-23' or '2026-11-23T10:00:00Z', or whole milliseconds since 1970"


ATTRIBUTES = {
    "status": Holds.TEXT,
    "run_id": Holds.TEXT,
    "name": Holds.TEXT,
    "display_name": Holds.TEXT,
    "type": Holds.TEXT,
    "experiment": Holds.TEXT,
    "number": Holds.NUMBER,
    "target": Holds.TEXT,
    "description": Holds.TEXT,
    "submitted_by": Holds.TEXT,
    "parent": Holds.TEXT,
    "exit_code": Holds.NUMBER,
    "start_time": Holds.TIME,
    "end_time": Holds.TIME,
    "created": Holds.TIME,
    "duration": Holds.NUMBER,
}
_OTHER_NAMES = {"run_name": "name", "parent_run_id": "parent", "experiment_name": "experiment"}


@dataclass(frozen=True, slots=True)
class Left:
    """What is compared, or what runs are ordered by."""

    source: Source
    name: str

    @property
    def holds(self) -> Holds:
        """What it can be compared with."""
        if self.source is Source.ATTRIBUTE:
            return ATTRIBUTES[self.name]
        if self.source is Source.LAST:
            return Holds.ANYTHING
        return Holds.TEXT if self.source in (Source.TAG, Source.PROPERTY) else Holds.NUMBER


@dataclass(frozen=True, slots=True)
class Moment:
    """A time with the precision in which it was written: from ``first`` on and before ``after``, in nanoseconds."""

    first: int
    after: int


Value = float | int | str | bool | Moment


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison.

    Attributes:
        operator: ``= < <= > >= like ilike in null``; of ``in`` there are any number of values, of ``null`` none.
        negated: ``!=``, ``not like``, ``not in`` and ``is not null``.
    """

    left: Left
    operator: str
    values: tuple[Value, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The runs for which something does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """The runs for which all parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """The runs for which one of the parts holds, or several."""

    parts: tuple[Node, ...]


Node = Comparison | Not | All | Either


@dataclass(frozen=True, slots=True)
class Order:
    """What runs are ordered by, one key after the other."""

    left: Left
    descending: bool


def attribute(name: str, position: int) -> Left:
    """Return an attribute of runs by its name, however that is written.

    Raises:
        FilterRefusal: There is none of that name.
    """
    wanted = name.lower().replace(" ", "_")
    wanted = _OTHER_NAMES.get(wanted, wanted)
    if wanted not in ATTRIBUTES:
        import difflib

        close = difflib.get_close_matches(wanted[:100], [*ATTRIBUTES, *_OTHER_NAMES], 1)
        meant = f" Did you mean {close[0]}?" if close else ""
        raise FilterRefusal(
            f"there is no attribute {name[:100]!r} of runs.{meant} There are {', '.join(ATTRIBUTES)}; "
            "metrics, tags and properties are written metrics.NAME, tags.NAME and properties.NAME.",
            position,
        )
    return Left(Source.ATTRIBUTE, wanted)


def check_status(text: str, position: int) -> None:
    """Refuse a status that no run can have.

    Raises:
        FilterRefusal: It is none.
    """
    if text not in status.STATUSES:
        raise FilterRefusal(
            f"no run ever has the status {text[:100]!r}. There are {', '.join(status.STATUSES)}.", position
        )
