"""The experiment: a name under which runs are kept."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from localtrack.core.experiment_base import check_name
from localtrack.core.experiment_labels import ExperimentLabels
from localtrack.core.experiment_runs import ExperimentRuns
from localtrack.core.filters import has_labels, labels_filter
from localtrack.core.view_type import ViewType
from localtrack.core.workspace_base import check_workspace
from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.core.workspace import Workspace

_List = list  # Experiment.list hides the name


class Experiment(ExperimentRuns, ExperimentLabels):
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

    @staticmethod
    def list(
        workspace: Workspace,
        experiment_name: str | None = None,
        view_type: str = ViewType.ActiveOnly,
        tags: str | dict[str, Any] | None = None,
    ) -> _List[Experiment]:
        """Return the experiments of a workspace, oldest first.

        Args:
            workspace: The workspace.
            experiment_name: Only those of this name; of archived ones there may be several.
            view_type: One of `ViewType`.
            tags: Only experiments with this tag; or with all of these tags and values.

        Raises:
            UserErrorException: ``view_type`` is none.

        Example:
            >>> [each.name for each in Experiment.list(ws)]
            ['train']
        """
        check_workspace(workspace, "Experiment.list")
        if view_type not in (ViewType.ActiveOnly, ViewType.ArchivedOnly, ViewType.All):
            raise UserErrorException(f"view_type is ActiveOnly, ArchivedOnly or All of ViewType, not {view_type!r}.")
        wanted = labels_filter(tags)
        found = [
            Experiment._of(workspace, record.id, record.name)
            for record in workspace._store.experiments.all()
            if experiment_name in (None, record.name)
            and view_type in (ViewType.All, ViewType.ActiveOnly if record.archived is None else ViewType.ArchivedOnly)
        ]
        return [each for each in found if has_labels(each.tags, wanted)] if wanted else found

    @staticmethod
    def delete(workspace: Workspace, experiment_id: str) -> None:
        """Delete an experiment with all its runs, their children, metrics and files. Models made from them stay.

        Args:
            workspace: The workspace.
            experiment_id: The experiment's id, not its name.

        Raises:
            UserErrorException: There is none of that id, or a run has not ended; nothing was deleted.
            ServiceException: The database refused, and nothing was deleted; or a folder of a deleted run stays.

        Example:
            >>> Experiment.delete(ws, Experiment(ws, "mistake").id)
        """
        check_workspace(workspace, "Experiment.delete")
        if not isinstance(experiment_id, str):
            raise UserErrorException(
                f"Experiment.delete needs the experiment's id, such as exp.id, not {experiment_id!r}."
            )
        workspace._refresh().deletion.delete_experiment(experiment_id)

    @staticmethod
    def from_directory(path: str | os.PathLike[str], auth: object = None) -> Experiment:
        """Return the experiment that a folder was attached to by ``localtrack folder attach``.

        Args:
            path: The folder.
            auth: Accepted and not used.

        Raises:
            UserErrorException: The folder has no workspace, or its configuration names no experiment.

        Example:
            >>> Experiment.from_directory(".")
            Traceback (most recent call last):
            ...
            localtrack.exceptions.UserErrorException: The configuration of ... names no experiment: ...
        """
        from localtrack.core.workspace import Workspace

        workspace = Workspace.from_config(path)
        name = workspace._identity.experiment
        if name is None:
            raise UserErrorException(
                f"The configuration of {os.path.abspath(path)} names no experiment: attach the folder with "
                "`localtrack folder attach -w NAME -g GROUP -e EXPERIMENT`, or use Experiment(workspace, name)."
            )
        return Experiment(workspace, name)

    @property
    def archived_time(self) -> datetime | None:
        """When the experiment was archived, in UTC; None for an active one."""
        archived = self._record().archived
        return None if archived is None else datetime.fromtimestamp(archived / 1e9, UTC)

    def archive(self) -> None:
        """Hide the experiment from lists and set its name free; its runs stay as they are.

        Example:
            >>> exp.archive()
            >>> exp.name in ws.experiments
            False
        """
        self._workspace._store.experiments.archive(self.id)

    def reactivate(self, new_name: str | None = None) -> None:
        """Make an archived experiment active again.

        Args:
            new_name: Its name from now on; needed when its old one was taken meanwhile.

        Raises:
            UserErrorException: An active experiment has the name, or it can't be one.

        Example:
            >>> exp.archive()
            >>> exp.reactivate(new_name="again")
            >>> exp.name
            'again'
        """
        name = self._name if new_name is None else check_name(new_name)
        self._workspace._store.experiments.reactivate(self.id, name)
        self._name = name

    def refresh(self) -> None:
        """Read the experiment's name again, which `reactivate` may have changed elsewhere.

        Raises:
            UserErrorException: It was deleted.

        Example:
            >>> exp.refresh()
        """
        self._name = self._record().name

    @classmethod
    def get_docs_url(cls) -> str:
        """Return the address of the SDK's page about experiments.

        Example:
            >>> Experiment.get_docs_url().startswith("https://")
            True
        """
        return "https://learn.microsoft.com/python/api/azureml-core/azureml.core.experiment.experiment"

    def get_portal_url(self) -> str:
        """Return the address of the workspace's folder on this machine.

        Example:
            >>> exp.get_portal_url().startswith("file:///")
            True
        """
        return self._workspace._url

    def _repr_html_(self) -> str:
        from localtrack.core.html import experiment_html

        return experiment_html(self)

    def __str__(self) -> str:
        return f"Experiment(Name: {self._name},\nWorkspace: {self._workspace.name})"

    __repr__ = __str__
