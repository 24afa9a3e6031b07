"""Tags and properties as the SDK takes them: any object's text, with None as a value of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from localtrack.exceptions import UserErrorException
from localtrack.values import check_name, check_text


def checked_labels(given: Mapping[Any, Any] | None, what: str) -> dict[str, str | None]:
    """Return names and values as they are kept.

    Args:
        given: Names with values; other objects than text are kept as their text, None as None.
        what: ``"tag"`` or ``"property"``, for the error's text.

    Raises:
        UserErrorException: It is no dict, or something in it can't be kept.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise UserErrorException(f"{given!r} is no dict of a {what}'s names and values.")
    return {
        check_name(name, what): None if value is None else check_text(value, f"The value of the {what} {name!r}")
        for name, value in given.items()
    }


def label_names(given: Iterable[Any]) -> list[str]:
    """Return the names of the tags to be removed.

    Raises:
        UserErrorException: It is no list: one text would be taken for the names of its letters.
    """
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise UserErrorException(f"Tags are removed by a list of their names, such as [{given!r}], not by {given!r}.")
    return [str(name) for name in given]
