"""The runs above and below a run."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from localtrack.core.labels import checked_labels
from localtrack.core.run_base import RunBase
from localtrack.exceptions import UserErrorException
from localtrack.values import check_name

if TYPE_CHECKING:
    from localtrack.core.run import Run
    from localtrack.core.run_list import RunIterator, RunList
    from localtrack.core.script_run import ScriptRun
    from localtrack.core.script_run_config import ScriptRunConfig


class RunChildren(RunBase):
    """The hierarchy that a run is part of."""

    @property
    def parent(self) -> Run | None:
        """The run that this is a child of, or None."""
        parent = self._cached().parent
        from localtrack.core.runs import load

        return None if parent is None else load(self.experiment.workspace, parent)

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> Run:
        """Start a child run that this process logs to.

        Args:
            name: Part of its name, behind the parent's.
            run_id: Its id; a UUID when left out.
            outputs: The folder whose files are kept when it ends; none when left out.

        Example:
            >>> with run.child_run("fold-1") as child:
            ...     child.log("loss", 0.5)
            >>> child.parent.id == run.id
            True
        """
        from localtrack.core.runs import start

        return start(
            self.experiment,
            run_id=run_id,
            name=f"{self.name or ''}>{name or ''}",
            outputs=outputs or False,
            parent=self._id,
        )

    def create_children(
        self, count: int | None = None, tag_key: str | None = None, tag_values: list[Any] | None = None
    ) -> RunList:
        """Start many child runs in one transaction.

        Args:
            count: How many; or
            tag_key: a tag that each gets, with
            tag_values: one of these values each.

        Returns:
            The runs, in order. They have to be completed one by one.

        Raises:
            UserErrorException: Not just one way is used, or only half of it.

        Example:
            >>> children = run.create_children(tag_key="alpha", tag_values=[0.1, 0.2])
            >>> [child.tags for child in children]
            [{'alpha': '0.1'}, {'alpha': '0.2'}]
        """
        from localtrack.core.run_list import RunList
        from localtrack.core.runs import load, new_run
        from localtrack.executor import deliverer

        if isinstance(tag_values, str):
            raise UserErrorException(f"tag_values is a list of values, such as [{tag_values!r}], not a text.")
        if (count is None) == (tag_key is None) or (tag_key is None) != (tag_values is None):
            raise UserErrorException("Give either count, or tag_key and tag_values.")
        if count is not None:
            key, labels = "azureml.batch_child_number", [str(number) for number in range(count)]
        else:
            key, labels = check_name(tag_key, "tag"), [str(value) for value in tag_values or ()]
        new = [
            new_run(str(uuid.uuid4()), parent=self._id, name="", tags=checked_labels({key: value}, "tag"))
            for value in labels
        ]
        store = self._store
        store.runs.create(self.experiment.id, new)
        deliverer.tell(store)
        return RunList(load(self.experiment.workspace, each.id) for each in new)

    def submit_child(self, config: ScriptRunConfig, tags: dict[str, Any] | None = None, **kwargs: Any) -> ScriptRun:
        """Submit a script as a child of this run; see `Experiment.submit`.

        Example:
            >>> child = run.submit_child(ScriptRunConfig(None, command=["true"]))
            >>> child.wait_for_completion()["status"]
            'Completed'
        """
        return config._submit(self.experiment, tags, _parent_run_id=self._id, **kwargs)

    def get_children(
        self,
        recursive: bool = False,
        tags: str | dict[str, Any] | None = None,
        properties: str | dict[str, Any] | None = None,
        type: str | None = None,
        status: str | None = None,
        _rehydrate_runs: bool = True,
    ) -> RunIterator:
        """Return an iterator over the runs below this one, newest first.

        Args:
            recursive: Whether children's children are among them.
            tags: Only runs with this tag; or with all of these tags and values.
            properties: Likewise.
            type: Only runs of this type.
            status: Only runs of this status.
            _rehydrate_runs: Accepted and not used.

        Example:
            >>> children = run.create_children(count=3)
            >>> len(list(run.get_children(tags={"azureml.batch_child_number": "2"})))
            1
        """
        from localtrack.core.filters import run_filter
        from localtrack.core.runs import listed

        self._reload()  # a run that was deleted has none, and says so
        place = {"ancestor" if recursive else "parent": self._id}
        chosen = run_filter(type=type, tags=tags, properties=properties, status=status, **place)
        return listed(self.experiment.workspace, chosen)
