"""The experiment: a name under which runs are kept."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from localtrack.core.filters import labels_filter
from localtrack.core.runs import start, walk
from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.core.run import Run
    from localtrack.core.script_run import ScriptRun
    from localtrack.core.script_run_config import ScriptRunConfig
    from localtrack.core.workspace import Workspace

_NAME = re.compile(r"[A-Za-z0-9][\w-]{0,254}")


class Experiment:
    """An experiment of a workspace (the SDK's ``azureml.core.Experiment``); it is made by its first run.

    Args:
        workspace: The workspace.
        name: 1 to 255 letters, digits, _ and -, with a letter or digit first.
        **kwargs: Accepted for the SDK's sake.

    Raises:
        UserErrorException: The name can't be an experiment's.

    Example:
        >>> ws = Workspace.create(name="demo", exist_ok=True)
        >>> with Experiment(ws, "train").start_logging() as run:
        ...     run.log("loss", 0.5)
        >>> run.get_metrics()
        {'loss': 0.5}
    """

    def __init__(self, workspace: Workspace, name: str, **kwargs: Any) -> None:
        self._workspace = workspace
        self._name = check_name(name)

    @property
    def workspace(self) -> Workspace:
        """The experiment's workspace."""
        return self._workspace

    @property
    def workspace_object(self) -> Workspace:
        """The experiment's workspace."""
        return self._workspace

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self._name

    @property
    def id(self) -> str:
        """The experiment's UUID; the experiment is made if it isn't there."""
        return self._workspace._store.experiments.ensure(self._name).id

    def start_logging(
        self,
        *,
        name: str | None = None,
        run_id: str | None = None,
        outputs: str | bool | None = None,
        snapshot_directory: str | os.PathLike[str] | None = None,
        display_name: str | None = None,
        description: str | None = None,
        tags: dict[str, Any] | None = None,
    ) -> Run:
        """Start a run that this process logs to, until `Run.complete` or the end of a ``with`` block.

        Args:
            name: The run's name; ``run_<id>`` when left out.
            run_id: The run's id; a UUID when left out.
            outputs: The folder whose files are kept with the run when it ends: ``./outputs``, which is made now, when
                left out or True; none when False.
            snapshot_directory: A folder whose files are kept with the run as they are now. Unlike the SDK, nothing is
                when it is left out.
            display_name: What lists call the run.
            description: Of the run.
            tags: Of the run.

        Raises:
            UserErrorException: The run id is taken, or a name or tag can't be kept.
            ServiceException: The workspace can't be written.
        """
        return start(
            self,
            run_id=run_id,
            name=name,
            outputs=outputs,
            snapshot_directory=snapshot_directory,
            display_name=display_name,
            description=description,
            tags=tags,
        )

    def submit(self, config: ScriptRunConfig, tags: dict[str, Any] | None = None, **kwargs: Any) -> ScriptRun:
        """Have a script run in the background and return at once; the run outlives this process.

        Args:
            config: What is to be run.
            tags: Of the run.
            **kwargs: ``run_id`` and ``display_name``.

        Raises:
            ExperimentExecutionException: The script isn't there, or nothing can be started.
            ComputeTargetException: There is no such compute target.
            UserErrorException: An argument can't be kept, or the run id is taken.
            TypeError: There is a keyword that the SDK doesn't have.
        """
        return config._submit(self, tags, **kwargs)

    def get_runs(
        self,
        type: str | None = None,
        tags: str | dict[str, Any] | None = None,
        properties: str | dict[str, Any] | None = None,
        include_children: bool = False,
    ) -> Iterator[Run]:
        """Yield the experiment's runs, newest first.

        Args:
            type: Only runs of this type, such as ``azureml.scriptrun``.
            tags: Only runs with this tag; or with all of these tags and values.
            properties: Likewise.
            include_children: Whether child runs are among them.
        """
        from localtrack.store.runs import RunFilter

        chosen = RunFilter(
            experiment=self._name,
            type=type,
            tags=labels_filter(tags),
            properties=labels_filter(properties),
            top_level=not include_children,
        )
        return walk(self._workspace, chosen)

    def __str__(self) -> str:
        return f"Experiment(Name: {self._name},\nWorkspace: {self._workspace.name})"

    __repr__ = __str__


def check_name(name: str) -> str:
    """Return ``name`` if it can be an experiment's.

    Raises:
        UserErrorException: It can't.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UserErrorException(
            f"{name!r} can't be an experiment's name: use 1 to 255 letters, digits, _ and -, with a letter or "
            "digit first."
        )
    return name
