"""What is in a workspace: experiments, runs, models, environments, compute targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from localtrack.core.named import Named
from localtrack.core.workspace_base import WorkspaceBase

if TYPE_CHECKING:
    from localtrack.core.compute import ComputeTarget
    from localtrack.core.datastore import Datastore
    from localtrack.core.environment import Environment
    from localtrack.core.experiment import Experiment
    from localtrack.core.keyvault import Keyvault
    from localtrack.core.model import Model
    from localtrack.core.run import Run
    from localtrack.core.run_list import RunList


class WorkspaceContents(WorkspaceBase):
    """The contents of a workspace."""

    @property
    def experiments(self) -> dict[str, Experiment]:
        """The active experiments, by name."""
        from localtrack.core.experiment import Experiment

        return Named("active experiment", {each.name: each for each in Experiment.list(self._whole)})

    @property
    def models(self) -> dict[str, Model]:
        """The registered models by name, each in its last version."""
        from localtrack.core.model import latest_models

        return Named("model", latest_models(self._whole))

    @property
    def environments(self) -> dict[str, Environment]:
        """The registered environments by name, each in its last version."""
        from localtrack.core.environment import Environment

        return Environment.list(self._whole)

    @property
    def compute_targets(self) -> dict[str, ComputeTarget]:
        """The compute targets by name: ``local``, and those that were created."""
        from localtrack.core.compute import ComputeTarget

        return Named("compute target", {each.name: each for each in ComputeTarget.list(self._whole)})

    @property
    def datastores(self) -> dict[str, Datastore]:
        """The datastores by name, of which there is one."""
        from localtrack.core.datastore import Datastore

        return Named("datastore", {each.name: each for each in [Datastore(self._whole)]})

    def get_default_datastore(self) -> Datastore:
        """Return the default datastore, which is the folder ``.azureml/data``.

        Example:
            >>> ws.get_default_datastore().name
            'workspaceblobstore'
        """
        from localtrack.core.datastore import Datastore

        return Datastore(self._whole)

    def set_default_datastore(self, name: str) -> None:
        """Do nothing if the default datastore is named.

        Raises:
            UserErrorException: There is no datastore of that name.

        Example:
            >>> ws.set_default_datastore("workspaceblobstore")
        """
        self.get_default_datastore().get(self._whole, name)

    def get_run(self, run_id: str) -> Run:
        """Return a run of this workspace.

        Raises:
            UserErrorException: There is none of that id.

        Example:
            >>> ws.get_run(run.id).id == run.id
            True
        """
        from localtrack.core.runs import load

        return load(self._whole, run_id)

    def search_runs(
        self, filter_string: str = "", order_by: list[str] | str | None = None, max_results: int | None = None
    ) -> RunList:
        """Return the runs for which a condition holds, children among them; the SDK can't search.

        Args:
            filter_string: A condition in MLflow's grammar for searching runs, with ``or``, ``not`` and parentheses:
                ``metrics.NAME`` (last value), ``min(metrics.NAME)``, ``max(metrics.NAME)``, ``count(metrics.NAME)``,
                ``tags.NAME``, ``properties.NAME`` and attributes such as ``status``, ``start_time``, ``duration``,
                compared by ``= != < <= > >= LIKE ILIKE IN`` and ``IS NULL``. All of it is described in
                `localtrack.core.search`. All runs when it is empty.
            order_by: Left sides of comparisons, each with ``ASC`` or ``DESC`` behind it or nothing; the newest first
                when left out.
            max_results: The most that are returned; all when left out.

        Raises:
            UserErrorException: The filter, the order or the number can't be used; the message shows where.

        Example:
            >>> run.log("mse", 2500)
            >>> run.tag("quality", "fantastic")
            >>> found = ws.search_runs("metrics.mse < 3000 and tags.quality like 'fan%'", order_by=["metrics.mse"])
            >>> [each.id == run.id for each in found]
            [True]
        """
        from localtrack.core.search import search

        return search(self._whole, filter_string, order_by, max_results)

    def get_default_compute_target(self, type: str) -> ComputeTarget:
        """Return the compute target ``cpu-cluster`` or ``gpu-cluster``; ``local`` if there is none.

        Args:
            type: ``"CPU"`` or ``"GPU"``.

        Example:
            >>> ws.get_default_compute_target("CPU").name
            'local'
        """
        targets = self.compute_targets
        return targets.get(f"{str(type).lower()}-cluster", targets["local"])

    def _make_clusters(self, configurations: Mapping[str, object]) -> None:
        """Make the compute targets that are not there, of those that have a configuration."""
        if any(configurations.values()):
            from localtrack.core.compute import ComputeTarget

            there = self.compute_targets
            for name, configuration in configurations.items():
                if configuration is not None and name not in there:
                    ComputeTarget.create(self._whole, name, configuration)

    def get_default_keyvault(self) -> Keyvault:
        """Return the workspace's secrets, which are environment variables.

        Example:
            >>> import os
            >>> os.environ["API_TOKEN"] = "s3cret"
            >>> ws.get_default_keyvault().get_secret("API_TOKEN")
            's3cret'
        """
        from localtrack.core.keyvault import Keyvault

        return Keyvault(self._whole)
