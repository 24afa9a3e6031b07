"""Runs as calls give them back: lists, and iterators that read as they go. In a notebook both show as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import SupportsIndex, overload

from localtrack.core.run import Run

_LIST_ROWS = 50
_ITERATOR_ROWS = 20


class RunList(list[Run]):
    """A list of runs; a notebook shows it as a table."""

    @overload
    def __getitem__(self, place: SupportsIndex) -> Run: ...
    @overload
    def __getitem__(self, place: slice) -> RunList: ...
    def __getitem__(self, place: SupportsIndex | slice) -> Run | RunList:
        if isinstance(place, slice):
            return RunList(super().__getitem__(place))
        return super().__getitem__(place)

    def _repr_html_(self) -> str:
        from localtrack.core.html import runs_html

        more = f"The first {_LIST_ROWS} of {len(self)} runs." if len(self) > _LIST_ROWS else ""
        return runs_html(self[:_LIST_ROWS], more=more)


class RunIterator(Iterator[Run]):
    """An iterator over runs that reads as it goes. Showing it takes nothing from it.

    Args:
        start: Starts to read the runs from the first.
    """

    def __init__(self, start: Callable[[], Iterator[Run]]) -> None:
        self._start = start
        self._runs: Iterator[Run] | None = None

    def __next__(self) -> Run:
        if self._runs is None:
            self._runs = self._start()
        return next(self._runs)

    def __repr__(self) -> str:
        return "RunIterator(use list(...) or a for loop to get the runs)"

    def _repr_html_(self) -> str:
        from localtrack.core.html import runs_html

        runs = list(islice(self._start(), _ITERATOR_ROWS + 1))
        more = f"The first {_ITERATOR_ROWS} runs; list(...) gives them all." if len(runs) > _ITERATOR_ROWS else ""
        return runs_html(runs[:_ITERATOR_ROWS], more=more)
