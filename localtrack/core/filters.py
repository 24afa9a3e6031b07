"""The SDK's way to choose runs by tags and properties."""

from __future__ import annotations

from typing import Any

from localtrack.exceptions import UserErrorException


def labels_filter(wanted: str | dict[str, Any] | None) -> dict[str, Any]:
    """Return a filter of tags or properties as the store takes it.

    Args:
        wanted: A name that must be there, or names with the values they must have.

    Raises:
        UserErrorException: It is neither.
    """
    from localtrack.store.runs import ANY

    if wanted is None:
        return {}
    if isinstance(wanted, str):
        return {wanted: ANY}
    if isinstance(wanted, dict):
        return {str(name): value if value is None else str(value) for name, value in wanted.items()}
    raise UserErrorException(f"Tags and properties are chosen by a name or a dict, not by {wanted!r}.")
