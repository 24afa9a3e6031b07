"""The tags of a run, which may change, and its properties, which may not."""

from __future__ import annotations

from typing import Any

from localtrack.core.labels import checked_labels
from localtrack.core.run_base import RunBase


class RunLabels(RunBase):
    """The tags and properties of a run."""

    @property
    def tags(self) -> dict[str, str | None]:
        """The run's tags."""
        return self.get_tags()

    @property
    def properties(self) -> dict[str, str | None]:
        """The run's properties."""
        return self.get_properties()

    def tag(self, key: Any, value: Any = None) -> None:
        """Set a tag.

        Args:
            key: Its name.
            value: Its value; None for a tag that is just there.

        Raises:
            UserErrorException: It can't be kept.
        """
        self._store.labels.set_tags(self._id, checked_labels({key: value}, "tag"))

    def get_tags(self) -> dict[str, str | None]:
        """Return the run's tags."""
        return self._store.labels.tags(self._id)

    def add_properties(self, properties: dict[Any, Any]) -> None:
        """Add properties, which nobody can change afterwards; all of them or none.

        Raises:
            UserErrorException: One is there with another value, or can't be kept.
        """
        self._store.labels.add_properties(self._id, checked_labels(properties, "property"))

    def get_properties(self) -> dict[str, str | None]:
        """Return the run's properties."""
        return self._store.labels.properties(self._id)
