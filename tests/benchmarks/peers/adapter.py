"""What is measured of every tracker, by the way that its documentation calls fast.

Each module of `adapters` has an `Adapter`. This module, like `worker`, runs in the tracker's environment and needs the
standard library only.
"""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

Log = Callable[[str, float, int], object]  # name, value, step
LogMany = Callable[[dict[str, float], int], object]
Body = Callable[[Log, LogMany], None]


class Adapter(abc.ABC):
    """A tracker with its store in a folder.

    Args:
        folder: Of the store; processes share it.
    """

    can_find = False
    can_read = False

    def __init__(self, folder: str) -> None:
        self.folder = folder

    @abc.abstractmethod
    def record(self, name: str, tags: dict[str, str], body: Body) -> None:
        """Make a run, have it filled, and end it so that all of it is durable."""

    @abc.abstractmethod
    def count(self, name: str, metric: str) -> int:
        """Return how many values of a run's metric a new process finds, by whatever way there is."""

    def settle(self) -> None:  # noqa: B027  most have nothing to do
        """Do what the tracker's own server would do before what was recorded can be found; it isn't timed."""

    def read(self, name: str, metric: str) -> Any:
        """Return the history of a run's metric, by the tracker's own reading interface."""
        raise NotImplementedError

    def find(self, tag: str, value: str, metric: str, below: float) -> int:
        """Return how many runs have a tag, and a metric whose last value is below a number."""
        raise NotImplementedError
