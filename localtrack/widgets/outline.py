"""A series of values in few points, which look the same when they are drawn."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

_MOST = 300  # points of a line; its chart is about as many pixels wide


class Line(NamedTuple):
    """A line to be drawn.

    Attributes:
        points: (step or place from 0, value) of each point; the value None makes a gap.
        over: ``"step"``, or ``"order"`` where values have no steps, or steps go back.
        numbers: How many finite numbers it stands for.
        others: How many values are none.
    """

    points: list[tuple[int, float | None]]
    over: str
    numbers: int
    others: int


class _Point(NamedTuple):
    place: int
    step: int
    value: float


class _Stretch(NamedTuple):
    """The extremes of values that follow each other."""

    least: _Point
    greatest: _Point


class Outline:
    """Takes in values one by one and keeps the extremes of equally long stretches of them.

    Memory and drawing cost the same for ten thousand values as for ten million.
    """

    def __init__(self) -> None:
        self._stretches: list[_Stretch | None] = []  # None: no number in it
        self._length = 1  # of a stretch
        self._count = 0
        self._numbers = 0
        self._step: int | None = None
        self._by_step = True

    def add(self, value: Any, step: int | None = None) -> None:
        """Take in the next value."""
        place = self._count
        self._count += 1
        if step is None or (self._step is not None and step < self._step):
            self._by_step = False
        self._step = step
        number = place // self._length
        if number == len(self._stretches):
            if number >= (_MOST if self._length == 1 else _MOST // 2):
                self._halve()
                number = place // self._length
            if number == len(self._stretches):
                self._stretches.append(None)
        finite = _finite(value)
        if finite is None:
            return
        self._numbers += 1
        there = self._stretches[number]
        if there is None:
            point = _Point(place, step or 0, finite)
            self._stretches[number] = _Stretch(point, point)
        elif finite < there.least.value:
            self._stretches[number] = there._replace(least=_Point(place, step or 0, finite))
        elif finite > there.greatest.value:
            self._stretches[number] = there._replace(greatest=_Point(place, step or 0, finite))

    def fill(self, count: int) -> None:
        """Take in gaps until so many values were taken in."""
        while self._count < count:
            self.add(None)

    def line(self) -> Line:
        """Return what there is until now."""
        over = "step" if self._by_step else "order"
        points: list[tuple[int, float | None]] = []
        for number, stretch in enumerate(self._stretches):
            if stretch is None:
                points.append((points[-1][0] if points else number * self._length, None))
            else:
                ordered = sorted(set(stretch))
                points += [(point.step if self._by_step else point.place, point.value) for point in ordered]
        return Line(points, over, self._numbers, self._count - self._numbers)

    def _halve(self) -> None:
        pairs = zip(self._stretches[::2], [*self._stretches[1::2], None], strict=False)
        self._stretches = [_joined(*pair) for pair in pairs]
        self._length *= 2


def _joined(first: _Stretch | None, second: _Stretch | None) -> _Stretch | None:
    if first is None or second is None:
        return first or second
    return _Stretch(
        min(first.least, second.least, key=lambda point: point.value),
        max(first.greatest, second.greatest, key=lambda point: point.value),
    )


def _finite(value: Any) -> float | None:
    """Return a number as it can be drawn, or None."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            return None
    return None
