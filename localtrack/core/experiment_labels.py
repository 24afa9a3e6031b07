"""The tags of an experiment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from localtrack.core.experiment_base import ExperimentBase
from localtrack.core.labels import checked_labels, label_names


class ExperimentLabels(ExperimentBase):
    """The tags of an experiment."""

    @property
    def tags(self) -> dict[str, str | None]:
        """The experiment's tags."""
        return self._workspace._store.experiments.tags(self.id)

    def tag(self, key: Any, value: Any = None) -> None:
        """Set a tag.

        Args:
            key: Its name.
            value: Its value; None for a tag that is just there.

        Raises:
            UserErrorException: It can't be kept.

        Example:
            >>> exp.tag("team", "vision")
            >>> exp.tags
            {'team': 'vision'}
        """
        self.set_tags({key: value})

    def set_tags(self, tags: dict[Any, Any]) -> None:
        """Add tags, or give those that are there new values; all of them or none.

        Raises:
            UserErrorException: One can't be kept.

        Example:
            >>> exp.set_tags({"team": "vision", "year": 2026})
            >>> exp.tags
            {'team': 'vision', 'year': '2026'}
        """
        self._workspace._store.experiments.set_tags(self.id, checked_labels(tags, "tag"))

    def remove_tags(self, tags: Iterable[Any]) -> None:
        """Remove tags; those that aren't there are passed over.

        Args:
            tags: Their names.

        Raises:
            UserErrorException: It is a text instead of a list of names.

        Example:
            >>> exp.tag("draft")
            >>> exp.remove_tags(["draft"])
            >>> exp.tags
            {}
        """
        self._workspace._store.experiments.remove_tags(self.id, label_names(tags))
