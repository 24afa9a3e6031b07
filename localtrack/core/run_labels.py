"""The tags of a run, which may change, and its properties, which may not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from localtrack.core.labels import checked_labels, label_names
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

        Example:
            >>> run.tag("quality", "great run")
            >>> run.tag("worth another look")
            >>> run.get_tags()
            {'quality': 'great run', 'worth another look': None}
        """
        self.set_tags({key: value})

    def set_tags(self, tags: dict[Any, Any]) -> None:
        """Add tags, or give those that are there new values; all of them or none.

        Args:
            tags: Names with values. Other objects than text are kept as their text, None as None.

        Raises:
            UserErrorException: One can't be kept.

        Example:
            >>> run.set_tags({"quality": "great run", "epochs": 10})
            >>> run.get_tags()
            {'epochs': '10', 'quality': 'great run'}
        """
        self._store.labels.set_tags(self._id, checked_labels(tags, "tag"))

    def get_tags(self) -> dict[str, str | None]:
        """Return the run's tags, by name.

        Example:
            >>> run.get_tags()
            {}
        """
        return self._store.labels.tags(self._id)

    def remove_tags(self, tags: Iterable[Any]) -> None:
        """Remove tags; those that aren't there are passed over.

        Args:
            tags: Their names.

        Raises:
            UserErrorException: It is a text instead of a list of names.

        Example:
            >>> run.tag("draft")
            >>> run.remove_tags(["draft"])
            >>> run.get_tags()
            {}
        """
        self._store.labels.remove_tags(self._id, label_names(tags))

    def add_properties(self, properties: dict[Any, Any]) -> None:
        """Add properties, which nobody can change afterwards; all of them or none.

        Raises:
            UserErrorException: One is there with another value, or can't be kept.

        Example:
            >>> run.add_properties({"author": "azureml-user"})
            >>> try:
            ...     run.add_properties({"author": "different-user"})
            ... except Exception as error:
            ...     print(type(error).__name__)
            UserErrorException
        """
        self._store.labels.add_properties(self._id, checked_labels(properties, "property"))

    def get_properties(self) -> dict[str, str | None]:
        """Return the run's properties, by name; those of git may take a moment to be there for other processes.

        Example:
            >>> run.add_properties({"author": "azureml-user"})
            >>> run.get_properties()
            {'author': 'azureml-user'}
        """
        from localtrack.executor import git

        git.wait(self._id)
        return self._store.labels.properties(self._id)
