"""What every part of a model stands on: its row, and what the row says."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from localtrack import paths
from localtrack.exceptions import ServiceException

if TYPE_CHECKING:
    from localtrack.core.run import Run
    from localtrack.core.workspace import Workspace
    from localtrack.store.models import ModelRecord

    Labels = dict[str, str | None]


class ModelBase:
    """One version of a model, by its row in a workspace."""

    _workspace: Workspace
    _record: ModelRecord

    @property
    def workspace(self) -> Workspace:
        """The model's workspace."""
        return self._workspace

    @property
    def name(self) -> str:
        """The model's name."""
        return self._record.name

    @property
    def id(self) -> str:
        """Name and version, as ``name:version``."""
        return f"{self.name}:{self.version}"

    @property
    def version(self) -> int:
        """The version, counted from 1 for each name; never given twice."""
        return self._record.version

    @property
    def tags(self) -> Labels:
        """The model's tags, as when it was loaded or last changed by this object."""
        return dict(self._record.tags)

    @property
    def properties(self) -> Labels:
        """The model's properties, likewise."""
        return dict(self._record.properties)

    @property
    def description(self) -> str | None:
        """What the model is about; `update` changes it."""
        return self._record.description

    @property
    def created_time(self) -> datetime:
        """When it was registered, in UTC."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self._record.created // 1000)

    @property
    def created_by(self) -> str | None:
        """The user who registered it."""
        return self._record.created_by

    @property
    def run_id(self) -> str | None:
        """The run that its files come from; None if they were registered by their path."""
        return self._record.run_id

    @property
    def run(self) -> Run | None:
        """The run that its files come from; None if there is none, or it was deleted."""
        from localtrack.core.runs import from_record

        record = self._workspace._store.runs.get(self.run_id) if self.run_id is not None else None
        return None if record is None else from_record(self._workspace, record)

    @property
    def experiment_name(self) -> str | None:
        """The experiment of that run, also after the run was deleted."""
        return self._record.experiment

    @property
    def model_framework(self) -> str | None:
        """What it was made with, such as `Model.Framework.SCIKITLEARN`."""
        return self._record.framework

    @property
    def model_framework_version(self) -> str | None:
        """The version of that."""
        return self._record.framework_version

    @property
    def size(self) -> int:
        """Of all its files, in bytes (localtrack's own)."""
        return self._record.size

    @property
    def url(self) -> str:
        """The address of its file or folder on this machine."""
        return paths.url(self._place)

    @property
    def mime_type(self) -> str:
        """Always ``"application/octet-stream"``."""
        return "application/octet-stream"

    @property
    def datasets(self) -> dict[str, Any]:
        """Always empty: localtrack has no datasets yet."""
        return {}

    @property
    def sample_input_dataset(self) -> None:
        """Always None: localtrack has no datasets yet."""

    @property
    def sample_output_dataset(self) -> None:
        """Always None: localtrack has no datasets yet."""

    @property
    def resource_configuration(self) -> None:
        """Always None: it is about deployment."""

    @property
    def _place(self) -> str:
        return os.path.join(self._workspace._layout.model(self.name, self.version), self._record.path)

    @property
    def _path(self) -> str:
        if not os.path.exists(self._place):
            raise ServiceException(
                f"The files of the model {self.id} are not in {os.path.dirname(self._place)} any more: put them back "
                "from a copy, or delete the model and register it again."
            )
        return self._place

    def __str__(self) -> str:
        return (
            f"Model(workspace={self._workspace}, name={self.name}, id={self.id}, version={self.version}, "
            f"tags={self.tags}, properties={self.properties})"
        )

    __repr__ = __str__
