"""What every part of an experiment stands on: its workspace, its name, its row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self, cast

from localtrack.core.workspace_base import check_workspace
from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.core.experiment import Experiment
    from localtrack.core.workspace import Workspace
    from localtrack.store.experiments import ExperimentRecord

_NAME = re.compile(r"[A-Za-z0-9][\w-]{0,254}")


def check_experiment(given: object, call: str) -> None:
    """Refuse what is no experiment.

    Args:
        given: What the caller gave.
        call: What it was given to, for the error's text.

    Raises:
        UserErrorException: It is none.
    """
    if not isinstance(given, ExperimentBase):
        raise UserErrorException(f"{call} needs an Experiment first, not {given!r:.100}.")


class ExperimentBase:
    """An experiment, by its name, or by its id once that is known."""

    def __init__(self, workspace: Workspace, name: str, **kwargs: Any) -> None:
        check_workspace(workspace, "Experiment(...)")
        self._workspace = workspace
        self._name = check_name(name)
        self._id: str | None = None  # unknown until the experiment is looked up or made

    @classmethod
    def _of(cls, workspace: Workspace, experiment_id: str, name: str) -> Self:
        """Return the object of an experiment that is there."""
        experiment = cls(workspace, name)
        experiment._id = experiment_id
        return experiment

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
        if self._id is None:
            self._id = self._workspace._store.experiments.ensure(self._name).id
        return self._id

    @property
    def _whole(self) -> Experiment:
        """This very object, which is never only a part of one."""
        return cast("Experiment", self)

    def _known_id(self) -> str:
        """Return the experiment's id, or a text that is none while it isn't made."""
        if self._id is None:
            record = self._workspace._store.experiments.find(self._name)
            return "" if record is None else record.id
        return self._id

    def _record(self) -> ExperimentRecord:
        record = self._workspace._store.experiments.get(self.id)
        if record is None:
            raise UserErrorException(f"The experiment {self._name!r} is not in this workspace any more.")
        return record


def check_name(name: str) -> str:
    """Return ``name`` if it can be an experiment's.

    Raises:
        UserErrorException: It can't.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UserErrorException(
            f"{name!r:.300} can't be an experiment's name: use 1 to 255 letters, digits, _ and -, with a letter or "
            "digit first."
        )
    return name
