"""Rows of the database, and the documents in them, read as what was written; a damaged file may have others."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from localtrack.exceptions import ServiceException

_Record = TypeVar("_Record")

_ADVICE = "so the database is damaged: put a backup in its place. `localtrack doctor` says what else is wrong."


def read(text: str, what: str) -> Any:
    """Return the document that a column holds.

    Args:
        text: The column.
        what: What it is, as the beginning of a sentence.

    Raises:
        ServiceException: It is no JSON, as nothing that was written here.
    """
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise ServiceException(f"{what} is no JSON any more, {_ADVICE}", error) from error


def of_whole_rows(what: str, *columns: str) -> Callable[[Callable[..., _Record]], Callable[..., _Record]]:
    """Have a function that makes a record of a row refuse rows that nobody has written.

    Args:
        what: What the row is of, for the error's text.
        *columns: Those that have a value in each row.
    """

    def decorate(make: Callable[..., _Record]) -> Callable[..., _Record]:
        @wraps(make)
        def checked(row: sqlite3.Row, *more: Any) -> _Record:
            try:
                if None in [row[column] for column in columns]:
                    raise TypeError(f"none of {', '.join(columns)} can be missing")
                return make(row, *more)
            except (IndexError, TypeError) as error:  # a column has another name, or another type
                raise ServiceException(f"What is kept of {what} is not what was written, {_ADVICE}", error) from error

        return checked

    return decorate
