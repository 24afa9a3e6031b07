"""What every part of a run stands on: its id, its row, its journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localtrack import journal
from localtrack.exceptions import UserErrorException
from localtrack.paths import Layout, RunFolder, url
from localtrack.values import check_text

if TYPE_CHECKING:
    from localtrack.core.experiment import Experiment
    from localtrack.store.run_record import RunRecord
    from localtrack.store.store import Store


class RunBase:
    """One run, by its id in a workspace's layout; its row is read when it is first asked for."""

    _experiment: Experiment | None  # None in a script, until somebody asks
    _record: RunRecord | None
    _outputs: str | None  # the folder whose files are kept when the run ends
    _outputs_since: int | None = None  # only what was changed since then, in nanoseconds since 1970

    @property
    def id(self) -> str:
        """The run's id, unique in its workspace."""
        return self._id

    @property
    def identity(self) -> str:
        """The run's id, by another name of the SDK's."""
        return self._id

    @property
    def experiment(self) -> Experiment:
        """The run's experiment."""
        if self._experiment is None:
            from localtrack.core.experiment import Experiment
            from localtrack.core.workspace import Workspace

            workspace = Workspace.from_config(self._layout.project)
            record = self._reload()
            self._experiment = Experiment._of(workspace, record.experiment_id, record.experiment)
        return self._experiment

    @property
    def name(self) -> str | None:
        """The run's name."""
        return self._cached().name

    @property
    def display_name(self) -> str | None:
        """What lists call the run; can be set."""
        return self._cached().display_name

    @display_name.setter
    def display_name(self, value: str | None) -> None:
        text = None if value is None else check_text(value, "The display name")
        self._store.runs.update(self._id, display_name=text)
        self._reload()

    @property
    def description(self) -> str | None:
        """What the run is about; can be set."""
        return self._cached().description

    @description.setter
    def description(self, value: str | None) -> None:
        text = None if value is None else check_text(value, "The description")
        self._store.runs.update(self._id, description=text)
        self._reload()

    @property
    def number(self) -> int:
        """The run's place in its experiment, from 1."""
        return self._cached().number

    @property
    def type(self) -> str | None:
        """``"azureml.scriptrun"`` for a submitted script, None for a run that a process logs to itself."""
        return self._cached().type

    @property
    def status(self) -> str:
        """The status when this object last asked; see `get_status`."""
        return self._cached().status

    def get_portal_url(self) -> str:
        """Return the address of the run's folder on this machine.

        Example:
            >>> run.get_portal_url().startswith("file:///")
            True
        """
        return url(self._folder.root)

    def _attach(self, layout: Layout, run_id: str) -> None:
        self._id = run_id
        self._layout = layout
        self._names: dict[str, str] = {}  # the metrics whose names were checked, with their descriptions
        self._writer: journal.Writer | DeletedRunWriter = journal.writer(layout.journals)

    def __getstate__(self) -> dict[str, Any]:
        # A copy, in whatever process, writes to its own process's journal, and ends nobody's `with` block.
        state = {name: value for name, value in self.__dict__.items() if name != "_tee"}
        if isinstance(state.get("_writer"), journal.Writer):
            del state["_writer"]
        if "_experiment" in state:
            state["_experiment"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_layout" in state and "_writer" not in state:
            self._writer = journal.writer(self._layout.journals)

    @property
    def _folder(self) -> RunFolder:
        return self._layout.run(self._id)

    @property
    def _store(self) -> Store:
        from localtrack.store.store import open_store

        return open_store(self._layout)

    def _cached(self) -> RunRecord:
        return self._record if self._record is not None else self._reload()

    def _reload(self) -> RunRecord:
        record = self._store.runs.get(self._id)
        if record is None:
            raise UserErrorException(f"Run {self._id} is not in this workspace any more.")
        self._record = record
        return record

    def __str__(self) -> str:
        record = self._cached()
        return f"Run(Experiment: {record.experiment},\nId: {self._id},\nType: {record.type},\nStatus: {record.status})"

    __repr__ = __str__


class DeletedRunWriter:
    """Stands in for the journal of a run that this process has deleted: nothing would keep what is logged to it."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    def log(self, *record: object, **more: object) -> None:
        """Refuse.

        Raises:
            UserErrorException: Always.
        """
        raise UserErrorException(f"Run {self._run_id} was deleted, so nothing was logged to it: start another run.")
