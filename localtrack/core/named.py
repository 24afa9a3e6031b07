"""Things by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NoReturn, TypeVar

Thing = TypeVar("Thing")


class Named(dict[str, Thing]):
    """A dict that says what there is when something is asked for that there isn't.

    Args:
        what: What the things are, for the error's text.
        things: The things by name.
    """

    def __init__(self, what: str, things: Mapping[str, Thing] | Iterable[tuple[str, Thing]]) -> None:
        super().__init__(things)
        self._what = what

    def __missing__(self, name: object) -> NoReturn:
        there = ", ".join(self) or "none"
        raise KeyError(f"There is no {self._what} {name!r}; there are: {there}.")
