"""The offline run that is printed and not recorded, as the SDK's is: ``LOCALTRACK_OFFLINE=print``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from localtrack.core.offline_place import MODE_VARIABLE
from localtrack.core.offline_run import _OfflineRun
from localtrack.core.run import Run
from localtrack.exceptions import RunEnvironmentException

if TYPE_CHECKING:
    from localtrack.core.experiment import Experiment
    from localtrack.core.run_list import RunIterator, RunList

_Path = str | os.PathLike[str]
_ExceptionType = type[BaseException]  # the property `type` hides the name


class PrintedRun(_OfflineRun):
    """An offline run of which nothing is kept: what it is given is printed, and what is asked of it is empty.

    What needs a record, such as `experiment` or `submit_child`, raises `RunEnvironmentException`; it is an
    `AttributeError`, too, so that ``hasattr`` says no, as of the SDK's. What is printed begins as there.

    Args:
        run_id: Its id.
    """

    def __init__(self, run_id: str) -> None:
        self._id = run_id
        self._status = "Running"

    @property
    def experiment(self) -> Experiment:
        """Refuse."""
        self._refuse()

    @property
    def parent(self) -> Run | None:
        """Always None."""
        return None

    @property
    def name(self) -> str | None:
        """Always None, as are the other names."""
        return None

    @property
    def display_name(self) -> str | None:
        """What was set last is printed, not kept."""
        return None

    @display_name.setter
    def display_name(self, value: str | None) -> None:
        print(f"Attempted to set display name {value}")

    @property
    def description(self) -> str | None:
        """What was set last is printed, not kept."""
        return None

    @description.setter
    def description(self, value: str | None) -> None:
        print(f"Attempted to set description {value}")

    @property
    def number(self) -> int:
        """Always 0: no experiment counts it."""
        return 0

    @property
    def type(self) -> str | None:
        """Always None."""
        return None

    @property
    def status(self) -> str:
        """``Running``, until `complete`, `fail` or `cancel`."""
        return self._status

    def log(self, name: str, value: Any, description: str = "", step: int | None = None) -> None:
        """Print the value."""
        self._print_metric("scalar", name, value)

    def log_list(self, name: str, value: Iterable[Any], description: str = "") -> None:
        """Print the values."""
        self._print_metric("list", name, value)

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """Print the row as a dict of its columns."""
        self._print_metric("row", name, kwargs)

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Print the table."""
        self._print_metric("table", name, value)

    def log_image(self, name: str, path: _Path | None = None, plot: Any = None, description: str = "") -> None:
        """Print which image it is."""
        self._print_metric("image", name, plot if path is None else path)

    def log_confusion_matrix(self, name: str, value: dict[str, Any] | str, description: str = "") -> None:
        """Print the document."""
        self._print_metric("confusion_matrix", name, value)

    def log_accuracy_table(self, name: str, value: dict[str, Any] | str, description: str = "") -> None:
        """Print the document."""
        self._print_metric("accuracy_table", name, value)

    def log_residuals(self, name: str, value: dict[str, Any] | str, description: str = "") -> None:
        """Print the document."""
        self._print_metric("residuals", name, value)

    def log_predictions(self, name: str, value: dict[str, Any] | str, description: str = "") -> None:
        """Print the document."""
        self._print_metric("predictions", name, value)

    def get_metrics(
        self, name: str | None = None, recursive: bool = False, run_type: str | None = None, populate: bool = False
    ) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def get_metric_history(self, name: str) -> list[Any]:
        """Return nothing."""
        return []

    def flush(self, timeout_seconds: float = 300) -> None:
        """Print that it was called."""
        print(f"Attempted to flush run with id {self._id}")

    def tag(self, key: Any, value: Any = None) -> None:
        """Print the tag."""
        print(f"Attempted to add tag {key} with value {value}")

    def set_tags(self, tags: dict[Any, Any]) -> None:
        """Print the tags."""
        print(f"Attempted to set tags {tags}")

    def get_tags(self) -> dict[str, str | None]:
        """Return nothing."""
        return {}

    def remove_tags(self, tags: Iterable[Any]) -> None:
        """Print the names."""
        print(f"Attempted to remove tags {tags}")

    def add_properties(self, properties: dict[Any, Any]) -> None:
        """Print the properties."""
        print(f"Attempted to add properties {properties}")

    def get_properties(self) -> dict[str, str | None]:
        """Return nothing."""
        return {}

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: str | None = None) -> str:
        """Print which file it is."""
        print(f"Attempted to track file {name} at {path_or_stream}")
        return name

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[_Path],
        return_artifacts: bool = False,
        timeout_seconds: int | None = None,
        datastore_name: str | None = None,
    ) -> dict[str, dict[str, Any]] | None:
        """Print which files they are."""
        print(f"Attempted to track files {names} at {paths}")
        return {} if return_artifacts else None

    def upload_folder(self, name: str, path: _Path, datastore_name: str | None = None) -> list[str]:
        """Print which folder it is."""
        print(f"Attempted to track folder {name} at {path}")
        return []

    def get_file_names(self) -> list[str]:
        """Return nothing."""
        return []

    def get_all_logs(self, destination: _Path | None = None) -> list[str]:
        """Return nothing."""
        return []

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> Run:
        """Return a run that is printed, too."""
        from localtrack.core.offline_run import new_id

        return PrintedRun(run_id or f"{self._id}.{name or new_id()}")

    def create_children(
        self, count: int | None = None, tag_key: str | None = None, tag_values: list[Any] | None = None
    ) -> RunList:
        """Return as many runs that are printed, too."""
        from localtrack.core.run_list import RunList

        return RunList(self.child_run() for _ in range(len(tag_values or ()) if count is None else count))

    def get_children(self, *filters: Any, **more: Any) -> RunIterator:
        """Return nothing."""
        from localtrack.core.run_list import RunIterator

        return RunIterator(lambda: iter(()))

    def get_status(self) -> str:
        """Return ``Running``, or how the run was ended."""
        return self._status

    def get_details(self) -> dict[str, Any]:
        """Return the id and the status."""
        return {"runId": self._id, "status": self._status, "properties": {}, "logFiles": {}}

    def start(self) -> None:
        """Do nothing: it is running."""

    def complete(self, _set_status: bool = True) -> None:
        """End the run."""
        self._status = "Completed"

    def fail(
        self,
        error_details: str | BaseException | None = None,
        error_code: str | None = None,
        _set_status: bool = True,
    ) -> None:
        """Print why, and end the run."""
        print(f"Run failed with error code {error_code}:\n{error_details}")
        self._status = "Failed"

    def cancel(self) -> None:
        """End the run."""
        self._status = "Canceled"

    def __enter__(self) -> Self:
        print(f"[START] Run {self._id} context")
        return self

    def __exit__(
        self, exit_type: _ExceptionType | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if value is not None:
            self.fail(value)
        print(f"[STOP] Run {self._id} context")

    def _print_metric(self, kind: str, name: str, value: Any) -> None:
        print(f"Attempted to log {kind} metric {name}:\n{value}")

    def _refuse(self, *arguments: Any, **more: Any) -> NoReturn:
        raise _NotRecordedException(
            f"Run {self._id} is printed and not recorded, because {MODE_VARIABLE} is 'print', so it can't do this. "
            f"Unset {MODE_VARIABLE} to have it recorded."
        )

    # What everything else begins with.
    _store = property(_refuse)
    _layout = property(_refuse)
    _cached = _reload = _refuse

    submit_child = register_model = property(_refuse)

    def __str__(self) -> str:
        return f"Run(Id: {self._id},\nStatus: {self._status})"

    __repr__ = __str__


class _NotRecordedException(RunEnvironmentException, AttributeError):
    """There is nothing to be had of a run that is printed."""
