"""The SDK's way to choose runs and experiments by their labels."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.store.run_filter import RunFilter

Labels = str | dict[str, Any] | None


def run_filter(
    *,
    tags: Labels = None,
    properties: Labels = None,
    status: str | None = None,
    statuses: Collection[str] = (),
    **more: Any,
) -> RunFilter:
    """Return a filter of runs as the store takes it.

    Args:
        tags: Only runs with this tag; or with all of these tags and values.
        properties: Likewise.
        status: Only runs of this status.
        statuses: In place of ``status``, only runs of any of these.
        **more: Whatever else `localtrack.store.run_filter.RunFilter` has.

    Raises:
        UserErrorException: There is no such status, or tags or properties are neither a name nor a dict.
    """
    from localtrack.store.run_filter import RunFilter
    from localtrack.store.status import NAMES

    if status is not None and status not in NAMES:
        near = difflib.get_close_matches(str(status), NAMES, 1, 0.3)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        raise UserErrorException(f"There is no status {status!r}; there are {', '.join(NAMES)}.{meant}")
    return RunFilter(
        tags=labels_filter(tags),
        properties=labels_filter(properties),
        statuses=statuses if status is None else (status,),
        **more,
    )


def labels_filter(wanted: Labels) -> dict[str, Any]:
    """Return a filter of tags or properties as the store takes it.

    Args:
        wanted: A name that must be there, or names with the values they must have.

    Raises:
        UserErrorException: It is neither.
    """
    from localtrack.store.run_filter import ANY

    if wanted is None:
        return {}
    if isinstance(wanted, str):
        return {wanted: ANY}
    if isinstance(wanted, dict):
        return {str(name): value if value is None else str(value) for name, value in wanted.items()}
    raise UserErrorException(f"Tags and properties are chosen by a name or a dict, not by {wanted!r}.")


def has_labels(labels: dict[str, str | None], wanted: dict[str, Any]) -> bool:
    """Whether labels have all that `labels_filter` has made of what was wanted."""
    from localtrack.store.run_filter import ANY

    return all(name in labels and value in (ANY, labels[name]) for name, value in wanted.items())
