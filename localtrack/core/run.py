"""The run: what is logged, tagged, kept and asked of one execution."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from localtrack import journal
from localtrack.core.labels import checked_labels
from localtrack.exceptions import RunEnvironmentException, UserErrorException
from localtrack.paths import Layout, RunFolder, check_run_id
from localtrack.values import check_name, check_text

if TYPE_CHECKING:
    from types import TracebackType

    from localtrack.core.experiment import Experiment
    from localtrack.core.script_run import ScriptRun
    from localtrack.core.script_run_config import ScriptRunConfig
    from localtrack.core.workspace import Workspace
    from localtrack.store.runs import NewRun, RunFilter, RunRecord
    from localtrack.store.store import Store

_INT64 = 1 << 63
_ExceptionType = type[BaseException]  # Run.type hides the name


class Run:
    """A run (the SDK's ``azureml.core.Run``).

    Calling the class loads a run that is there. Runs are made by `Experiment.start_logging`, `Experiment.submit` and
    `Run.child_run`; a script finds its own with `Run.get_context`.

    Args:
        experiment: The run's experiment.
        run_id: The run's id.
        outputs: The folder whose files are kept when the run ends; none when left out.
        **kwargs: Accepted for the SDK's sake.

    Raises:
        UserErrorException: The workspace has no such run.
    """

    def __init__(self, experiment: Experiment, run_id: str, outputs: str | None = None, **kwargs: Any) -> None:
        record = _require(experiment.workspace, run_id)
        self._attach(experiment.workspace._layout, run_id)
        self._experiment: Experiment | None = experiment
        self._record: RunRecord | None = record
        self._outputs = outputs

    @classmethod
    def get_context(cls, allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any) -> Run:
        """Return the run whose script this process is.

        Args:
            allow_offline: Whether a process that is no submitted script's gets an offline run.
            used_for_context_manager: Accepted and not used.
            **kwargs: Accepted and not used.

        Raises:
            RunEnvironmentException: This process is no submitted script's, and ``allow_offline`` is false.
        """
        from localtrack.core.context import submitted

        found = submitted()
        if found is not None:
            return found
        if not allow_offline:
            raise RunEnvironmentException(
                "This process is not the script of a submitted run, and allow_offline is False: submit the script, "
                "or leave allow_offline out."
            )
        from localtrack.core.offline_run import offline

        return offline()

    @property
    def id(self) -> str:
        """The run's id, unique in its workspace."""
        return self._id

    @property
    def experiment(self) -> Experiment:
        """The run's experiment."""
        if self._experiment is None:
            self._experiment = self._find_experiment()
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
    def parent(self) -> Run | None:
        """The run that this is a child of, or None."""
        parent = self._cached().parent
        return None if parent is None else load(self.experiment.workspace, parent)

    @property
    def status(self) -> str:
        """The status when this object last asked; see `get_status`."""
        return self._cached().status

    @property
    def tags(self) -> dict[str, str | None]:
        """The run's tags."""
        return self.get_tags()

    @property
    def properties(self) -> dict[str, str | None]:
        """The run's properties."""
        return self.get_properties()

    # What is logged

    def log(self, name: str, value: Any, description: str = "", step: int | None = None) -> None:
        """Log a value to a metric. When this returns, no kill of any process loses it, and any reader sees it.

        Args:
            name: The metric's name.
            value: A number, text, bool or None, also numpy's and torch's; an object of another kind is kept as its
                ``repr``.
            description: What the metric is.
            step: Kept with the value; an integer of 64 bits.

        Raises:
            UserErrorException: Name, value or step can't be kept; nothing was logged.
            ServiceException: The disk refused; nothing was logged.
        """
        if type(name) is not str or name not in self._names:
            name = self._checked_name(name)
        if step is not None:
            step = _checked_step(step, name)
        self._writer.log(self._id, name, value, step)
        if description and self._names[name] != description:
            self._writer.log(self._id, name, check_text(description, "The description"), kind=journal.DESCRIPTION)
            self._names[name] = description

    def log_image(
        self, name: str, path: str | os.PathLike[str] | None = None, plot: Any = None, description: str = ""
    ) -> None:
        """Log an image: a file, or a plot that is saved as PNG.

        Args:
            name: The metric's name.
            path: An image file; or
            plot: a matplotlib figure, or ``matplotlib.pyplot``.
            description: What the image shows.

        Raises:
            UserErrorException: Not exactly one of path and plot is given, or the file is no image.
        """
        from localtrack.core import files

        name = self._checked_name(name)
        artifact = files.keep_image(self._store, self._id, name, path, plot)
        place = f"aml://artifactId/ExperimentRun/dcid.{self._id}/{artifact}"
        self._writer.log(self._id, name, place, kind=journal.IMAGE)
        if description:
            self._writer.log(self._id, name, check_text(description, "The description"), kind=journal.DESCRIPTION)

    def get_metrics(
        self, name: str | None = None, recursive: bool = False, run_type: str | None = None, populate: bool = False
    ) -> dict[str, Any]:
        """Return what was logged: ``{name: value}``, with a list of the values where there are several.

        Args:
            name: Only this metric.
            recursive: Whether runs below this one are read too; the result is then ``{run id: {name: value}}``.
            run_type: Only runs of this type.
            populate: Accepted; images are always given as the names of their files.
        """
        store = self._store
        records = [self._reload()]
        if recursive:
            from localtrack.store.runs import RunFilter

            records += store.runs.walk(RunFilter(ancestor=self._id))
        ids = [record.id for record in records if run_type in (None, record.type)]
        found: dict[str, dict[str, Any]] = {}
        for series in store.metrics.series(ids, name):
            logged = [value for _, _, value in series.points]
            found.setdefault(series.run_id, {}).setdefault(series.name, []).extend(logged)
        shaped = {
            run_id: {metric: logged[0] if len(logged) == 1 else logged for metric, logged in metrics.items()}
            for run_id, metrics in found.items()
        }
        return shaped if recursive else shaped.get(self._id, {})

    def flush(self, timeout_seconds: float = 300) -> None:
        """Move what was logged into the database. It is safe before that: there is never a need to call this.

        Raises:
            ServiceException: The database can't be written within the time.
        """
        self._store.ingest.take(seconds=timeout_seconds)

    # What is tagged

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

    # How it goes

    def get_status(self) -> str:
        """Return the run's status now: one of the SDK's, such as ``Running``, ``Completed``, ``Failed``, ``Canceled``.

        A run whose process is gone is ``Failed``.
        """
        self.experiment.workspace._refresh()
        return self._reload().status

    def get_details(self) -> dict[str, Any]:
        """Return the SDK's details of the run: ids, status, times, error, properties, definition, log files."""
        from localtrack.core.details import details

        return details(self.experiment.workspace._refresh(), self._reload())

    def get_details_with_logs(self) -> dict[str, Any]:
        """Return `get_details` with the text of each log file in place of its path."""
        from localtrack.core.details import with_logs

        return with_logs(self.get_details())

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> dict[str, Any]:
        """Wait until the run has ended.

        Args:
            show_output: Whether the script's output is printed as it grows.
            wait_post_processing: Accepted; the run has always ended altogether when this returns.
            raise_on_error: Whether a failed run is an error.

        Returns:
            `get_details`.

        Raises:
            ActivityFailedException: The run has failed, and ``raise_on_error`` is true.
            ExperimentExecutionException: Ctrl-C while output was shown; the run goes on.
        """
        from localtrack.core.watching import wait

        return wait(self, show_output, raise_on_error)

    def complete(self) -> None:
        """Keep the files of the outputs folder and set the status to Completed.

        Raises:
            UserErrorException: The run has another last status; it stays.
        """
        self._finish("Completed")

    def fail(self, error_details: str | BaseException | None = None, error_code: str | None = None) -> None:
        """Set the status to Failed, also after Completed; a script that is running is ended first.

        Args:
            error_details: What went wrong.
            error_code: A code for it; ``UserError`` when left out.

        Raises:
            TypeError: ``error_details`` is neither text nor an exception.
            UserErrorException: The run was canceled; that stays.
        """
        from localtrack.core.details import error_document

        self._finish("Failed", error=error_document(error_details, error_code))

    def cancel(self) -> None:
        """Set the status to Canceled; a script that is running, or waits, is ended with all its processes."""
        self._finish("Canceled")

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, exit_type: _ExceptionType | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        from localtrack.core.details import ended_well

        if self.get_status() in ("Completed", "Failed", "Canceled"):
            return  # the code inside has decided
        if value is None or ended_well(value):
            self.complete()
        else:
            self.fail(value)

    # Children

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> Run:
        """Start a child run that this process logs to.

        Args:
            name: Part of its name, behind the parent's.
            run_id: Its id; a UUID when left out.
            outputs: The folder whose files are kept when it ends; none when left out.
        """
        return start(
            self.experiment,
            run_id=run_id,
            name=f"{self.name or ''}>{name or ''}",
            outputs=outputs or False,
            parent=self._id,
        )

    def create_children(
        self, count: int | None = None, tag_key: str | None = None, tag_values: list[Any] | None = None
    ) -> list[Run]:
        """Start many child runs in one transaction.

        Args:
            count: How many; or
            tag_key: a tag that each gets, with
            tag_values: one of these values each.

        Returns:
            The runs, in order. They have to be completed one by one.

        Raises:
            UserErrorException: Not just one way is used, or only half of it.
        """
        if (count is None) == (tag_key is None) or (tag_key is None) != (tag_values is None):
            raise UserErrorException("Give either count, or tag_key and tag_values.")
        if count is not None:
            key, labels = "azureml.batch_child_number", [str(number) for number in range(count)]
        else:
            key, labels = check_name(tag_key, "tag"), [str(value) for value in tag_values or ()]
        new = [
            _new_run(str(uuid.uuid4()), parent=self._id, name="", tags=checked_labels({key: value}, "tag"))
            for value in labels
        ]
        store = self._store
        store.runs.create(self.experiment.name, new)
        return [load(self.experiment.workspace, each.id) for each in new]

    def submit_child(self, config: ScriptRunConfig, tags: dict[str, Any] | None = None, **kwargs: Any) -> ScriptRun:
        """Submit a script as a child of this run; see `Experiment.submit`."""
        return config._submit(self.experiment, tags, _parent_run_id=self._id, **kwargs)

    def get_children(
        self,
        recursive: bool = False,
        tags: str | dict[str, Any] | None = None,
        properties: str | dict[str, Any] | None = None,
        type: str | None = None,
        status: str | None = None,
    ) -> Iterator[Run]:
        """Yield the runs below this one, newest first.

        Args:
            recursive: Whether children's children are among them.
            tags: Only runs with this tag; or with all of these tags and values.
            properties: Likewise.
            type: Only runs of this type.
            status: Only runs of this status.
        """
        from localtrack.core.filters import labels_filter
        from localtrack.store.runs import RunFilter

        chosen = RunFilter(
            ancestor=self._id if recursive else None,
            parent=None if recursive else self._id,
            tags=labels_filter(tags),
            properties=labels_filter(properties),
            type=type,
            status=status,
        )
        return self._walk(chosen)

    # Files

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: str | None = None) -> str:
        """Keep a file with the run.

        Args:
            name: What the run calls it, such as ``outputs/model.pkl``.
            path_or_stream: The file, or something to ``read`` bytes from.
            datastore_name: Accepted and not used.

        Returns:
            The name.

        Raises:
            UserErrorException: The name is taken or can't be a file's, or there is no such file.
            ServiceException: It could not be written.
        """
        from localtrack.core import files

        return files.upload(self._store, self._id, name, path_or_stream).name

    def get_file_names(self) -> list[str]:
        """Return the names of the run's files, sorted; those of a script that is running as they are now."""
        from localtrack.core import files

        return [each.name for each in files.of(self._store, self._reload())]

    def download_file(self, name: str, output_file_path: str | os.PathLike[str] | None = None) -> None:
        """Copy one of the run's files.

        Args:
            name: What the run calls it.
            output_file_path: The copy, or a folder for it; the working folder when left out.

        Raises:
            UserErrorException: The run has no such file; the message names those it has.
        """
        from localtrack.core import files

        files.download(self._store, self._reload(), name, output_file_path)

    def get_portal_url(self) -> str:
        """Return the address of the run's folder on this machine."""
        return "file://" + self._folder.root

    # What the methods above stand on

    def _attach(self, layout: Layout, run_id: str) -> None:
        self._id = run_id
        self._layout = layout
        self._names: dict[str, str] = {}  # the metrics whose names were checked, with their descriptions
        self._writer = journal.writer(layout.journals)

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

    def _find_experiment(self) -> Experiment:
        raise NotImplementedError  # only a submitted script's run is made without its experiment

    def _walk(self, chosen: RunFilter) -> Iterator[Run]:
        workspace = self.experiment.workspace
        for record in workspace._refresh().runs.walk(chosen):
            yield from_record(workspace, record)

    def _checked_name(self, name: object) -> str:
        text = check_name(name, "metric")
        self._names.setdefault(text, "")
        return text

    def _finish(self, new: str, error: dict[str, Any] | None = None) -> None:
        """Set the run's last status, once everything that belongs to it is kept."""
        from localtrack import notify
        from localtrack.core import files
        from localtrack.store.status import PERSON

        store = self.experiment.workspace._refresh()
        if self._outputs is not None:
            files.collect(store, self._id, self._outputs)
        store.ingest.take()
        moved = store.runs.move(self._id, PERSON, new, error=error)
        if not moved and self._reload().status != new:
            raise UserErrorException(f"Run {self._id} is {self.status} and can't become {new}; it stays as it is.")
        self._reload()
        notify.status_changed(self._layout)

    def __str__(self) -> str:
        record = self._cached()
        return f"Run(Experiment: {record.experiment},\nId: {self._id},\nType: {record.type},\nStatus: {record.status})"

    __repr__ = __str__


def get_run(experiment: Experiment, run_id: str, rehydrate: bool = True) -> Run:
    """Return a run of an experiment's workspace.

    Raises:
        UserErrorException: There is none of that id.
    """
    return load(experiment.workspace, run_id)


def load(workspace: Workspace, run_id: str) -> Run:
    """Return a run of a workspace, as an object of its type's class.

    Raises:
        UserErrorException: There is none of that id.
    """
    return from_record(workspace, _require(workspace, run_id))


def from_record(workspace: Workspace, record: RunRecord) -> Run:
    """Return the object of a run's row."""
    from localtrack.core.experiment import Experiment
    from localtrack.core.script_run import ScriptRun

    kind = ScriptRun if record.definition is not None else Run
    run = kind.__new__(kind)
    run._attach(workspace._layout, record.id)
    run._experiment = Experiment(workspace, record.experiment)
    run._record = record
    run._outputs = None
    return run


def start(
    experiment: Experiment,
    *,
    run_id: str | None = None,
    name: str | None = None,
    outputs: str | bool | None = None,
    snapshot_directory: str | os.PathLike[str] | None = None,
    display_name: str | None = None,
    description: str | None = None,
    tags: dict[str, Any] | None = None,
    parent: str | None = None,
) -> Run:
    """Start a run that this process logs to; see `Experiment.start_logging`."""
    run_id = str(uuid.uuid4()) if run_id is None else check_run_id(run_id)
    workspace = experiment.workspace
    store = workspace._store
    snapshot = None
    if snapshot_directory is not None:
        from localtrack.executor.snapshot import take

        snapshot = take(store.layout, os.fspath(snapshot_directory)).id
    new = _new_run(
        run_id,
        parent=parent,
        name=f"run_{run_id}" if name is None else check_text(name, "The run's name"),
        display_name=None if display_name is None else check_text(display_name, "The display name"),
        description=None if description is None else check_text(description, "The description"),
        snapshot=snapshot,
        tags=checked_labels(tags, "tag"),
        properties={"ContentSnapshotId": snapshot} if snapshot else {},
    )
    folder = None if outputs is False else os.path.abspath("outputs" if outputs in (None, True) else str(outputs))
    if folder is not None:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise UserErrorException(f"The outputs folder {folder} can't be made: {error.strerror}.", error) from error
    store.experiments.ensure(experiment.name)
    store.runs.create(experiment.name, [new])
    run = load(workspace, run_id)
    run._outputs = folder
    return run


def new_id(experiment: str) -> str:
    """Return an id for a submitted run, as the SDK makes them: experiment, seconds since 1970, 8 random digits."""
    start = re.sub(r"[^A-Za-z0-9_-]", "_", experiment)[:150]  # the id is also the name of a folder
    return f"{start}_{int(time.time())}_{uuid.uuid4().hex[:8]}"


def _new_run(run_id: str, **details: Any) -> NewRun:
    from localtrack.store.runs import NewRun
    from localtrack.store.status import RUNNING

    return NewRun(id=run_id, status=RUNNING, target="local", **details)


def _require(workspace: Workspace, run_id: str) -> RunRecord:
    record = workspace._store.runs.get(run_id)
    if record is None:
        raise UserErrorException(f"There is no run {run_id!r} in the workspace {workspace.name!r}.")
    return record


def _checked_step(step: Any, name: str) -> int:
    try:
        number = step.__index__()
    except AttributeError:
        raise UserErrorException(f"The step of the metric {name!r} must be an integer, not {step!r}.") from None
    if not -_INT64 <= number < _INT64:
        raise UserErrorException(f"The step of the metric {name!r} must be an integer of 64 bits, not {step!r}.")
    return int(number)


def __getattr__(name: str) -> Any:
    # Where the SDK has these classes; programs ask `isinstance(run, _OfflineRun)`.
    if name == "_OfflineRun":
        from localtrack.core.offline_run import _OfflineRun

        return _OfflineRun
    if name == "_SubmittedRun":
        from localtrack.core.context import _SubmittedRun

        return _SubmittedRun
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}: localtrack does not have it")
