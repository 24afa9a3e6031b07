"""Which files of a folder give way to copies of a run's."""

from __future__ import annotations

import os
from collections.abc import Iterable

from knack.log import get_logger

from localtrack.printable import printable

_NAMED = 5

_logger = get_logger(__name__)


def there_already(folder: str, names: Iterable[str]) -> list[str]:
    """Return those of some names that a folder has."""
    return [name for name in names if os.path.lexists(os.path.join(folder, name))]


def say_what_is_replaced(folder: str, names: Iterable[str]) -> None:
    """Warn of files in a folder that copies of these names replace, if there are any."""
    there = there_already(folder, names)
    if there:
        _logger.warning("These files in %s are replaced: %s.", printable(folder), some(there))


def some(names: list[str]) -> str:
    """Return a few of some names for a message, and how many there are beside them."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(printable, names[:_NAMED])) + more
