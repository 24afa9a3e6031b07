"""The workspace: a project's folder and everything in it that is tracked."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from localtrack.core import config
from localtrack.core.config import Identity
from localtrack.exceptions import UserErrorException, WorkspaceException
from localtrack.paths import AZUREML, Layout, working_folder

if TYPE_CHECKING:
    from localtrack.core.experiment import Experiment
    from localtrack.core.run import Run
    from localtrack.store.store import Store


class Workspace:
    """A workspace (the SDK's ``azureml.core.Workspace``), kept in a project's ``.azureml`` folder.

    Calling the class finds a workspace that is there: above the working folder, or among those of this user.

    Args:
        subscription_id: Part of its identity; means nothing on this machine.
        resource_group: Likewise.
        workspace_name: Its name.
        auth: Accepted and not used: there is nothing to sign in to.
        sku: Accepted and not used.
        tags: Accepted and not used.

    Raises:
        WorkspaceException: There is no such workspace.

    Example:
        >>> ws = Workspace.create(name="demo", exist_ok=True)
        >>> ws.name
        'demo'
        >>> Workspace.from_config().name
        'demo'
    """

    def __init__(
        self,
        subscription_id: str,
        resource_group: str,
        workspace_name: str,
        auth: object = None,
        sku: str = "basic",
        tags: dict[str, str] | None = None,
    ) -> None:
        found = _find(workspace_name, subscription_id, resource_group)
        self._open(*found)

    @staticmethod
    def from_config(
        path: str | os.PathLike[str] | None = None,
        auth: object = None,
        _logger: object = None,
        _file_name: str | None = None,
    ) -> Workspace:
        """Return the workspace of a folder, by the ``config.json`` in it or in the nearest folder above.

        A configuration that was written for Azure is used as it is; the workspace it names is kept beside it.

        Args:
            path: The folder or the file; the working folder when left out.
            auth: Accepted and not used.
            _logger: Accepted and not used.
            _file_name: Another name than ``config.json``.

        Raises:
            UserErrorException: There is none; the message names the folders searched and how to make one.
            WorkspaceException: The file or the database is not what it should be.
            ServiceException: The database can't be read or made.
        """
        return _opened(*config.read(config.find(path, _file_name)))

    @staticmethod
    def create(
        name: str,
        auth: object = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        location: str | None = None,
        create_resource_group: bool = True,
        sku: str = "basic",
        tags: dict[str, str] | None = None,
        friendly_name: str | None = None,
        storage_account: str | None = None,
        key_vault: str | None = None,
        app_insights: str | None = None,
        container_registry: str | None = None,
        adb_workspace: str | None = None,
        primary_user_assigned_identity: str | None = None,
        cmk_keyvault: str | None = None,
        resource_cmk_uri: str | None = None,
        hbi_workspace: bool = False,
        default_cpu_compute_target: object = None,
        default_gpu_compute_target: object = None,
        private_endpoint_config: object = None,
        private_endpoint_auto_approval: bool = True,
        exist_ok: bool = False,
        show_output: bool = True,
        user_assigned_identity_for_cmk_encryption: str | None = None,
        system_datastores_auth_mode: str = "accessKey",
        v1_legacy_mode: bool | None = None,
    ) -> Workspace:
        """Make a workspace in the working folder, below ``.azureml/``.

        Only ``name``, ``subscription_id``, ``resource_group`` and ``exist_ok`` mean something on one machine; the
        other arguments are the SDK's and accepted.

        Raises:
            UserErrorException: The name can't be a workspace's.
            WorkspaceException: There is one in this folder already, with another name or with ``exist_ok`` false.
            ServiceException: It can't be written.
        """
        identity = Identity(
            subscription_id or config.NO_SUBSCRIPTION,
            resource_group or config.NO_RESOURCE_GROUP,
            config.check_name(name),
        )
        return make(working_folder(), identity, exist_ok=exist_ok)

    @staticmethod
    def get(
        name: str,
        auth: object = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        location: str | None = None,
        cloud: str = "AzureCloud",
        id: str | None = None,
    ) -> Workspace:
        """Return a workspace of this user by its name, wherever its folder is.

        Raises:
            WorkspaceException: There is none of that name.
        """
        return _opened(*_find(name, subscription_id, resource_group))

    def write_config(self, path: str | os.PathLike[str] | None = None, file_name: str | None = None) -> None:
        """Write ``<path>/.azureml/config.json``, so that `from_config` finds this workspace from there.

        Args:
            path: The folder; the working folder when left out.
            file_name: Another name than ``config.json``.

        Raises:
            WorkspaceException: It can't be written.
        """
        folder = os.path.join(path or working_folder(), AZUREML)
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise WorkspaceException(f"{folder} can't be made: {error.strerror}.", error) from error
        config.write(os.path.join(folder, file_name or "config.json"), self._identity, self._layout)

    @property
    def name(self) -> str:
        """The workspace's name."""
        return self._identity.name

    @property
    def subscription_id(self) -> str:
        """Of the workspace's identity."""
        return self._identity.subscription_id

    @property
    def resource_group(self) -> str:
        """Of the workspace's identity."""
        return self._identity.resource_group

    @property
    def location(self) -> str:
        """Always ``"local"``."""
        return "local"

    @property
    def experiments(self) -> dict[str, Experiment]:
        """The active experiments, by name."""
        from localtrack.core.experiment import Experiment

        return {record.name: Experiment(self, record.name) for record in self._store.experiments.list()}

    def get_run(self, run_id: str) -> Run:
        """Return a run of this workspace.

        Raises:
            UserErrorException: There is none of that id.
        """
        from localtrack.core.runs import load

        return load(self, run_id)

    def get_details(self) -> dict[str, Any]:
        """Return what the workspace is and where it is kept."""
        return {
            "id": self._identity.scope,
            "name": self.name,
            "location": self.location,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "resourceGroup": self.resource_group,
            "subscriptionId": self.subscription_id,
            "path": self._layout.root,
            "database": self._layout.database,
        }

    @property
    def _store(self) -> Store:
        from localtrack.store.store import open_store

        return open_store(self._layout)

    def _open(self, identity: Identity, layout: Layout) -> None:
        from localtrack.executor.recovery import sweep
        from localtrack.store.store import open_store

        self._identity = identity
        self._layout = layout
        sweep(open_store(layout, create=True))

    def _refresh(self) -> Store:
        """Return the store after the truth about dead owners was written to it."""
        from localtrack.executor.recovery import sweep

        store = self._store
        sweep(store)
        return store

    def __str__(self) -> str:
        return (
            f"Workspace.create(name={self.name!r}, subscription_id={self.subscription_id!r}, "
            f"resource_group={self.resource_group!r})"
        )

    __repr__ = __str__


def make(folder: str, identity: Identity, *, exist_ok: bool) -> Workspace:
    """Make a workspace in a folder; of several processes that do so at once, one makes it.

    Raises:
        WorkspaceException: There is one already, with another name or with ``exist_ok`` false.
        ServiceException: It can't be written.
    """
    from localtrack.core import registry
    from localtrack.store.store import open_store

    layout = Layout(os.path.join(folder, AZUREML))
    if os.path.exists(layout.config):
        there, _ = config.read(layout.config)
        if not exist_ok or there.name != identity.name:
            raise WorkspaceException(
                f"There is a workspace {there.name!r} in {folder} already. Use it with Workspace.from_config(), "
                "or give its name and exist_ok=True."
            )
        identity = replace(there, experiment=identity.experiment or there.experiment)
        if identity == there:
            registry.add(there, layout)
            return _opened(there, layout)
    open_store(layout, create=True)
    config.write(layout.config, identity, layout)
    registry.add(identity, layout)
    return _opened(identity, layout)


def _opened(identity: Identity, layout: Layout) -> Workspace:
    workspace = Workspace.__new__(Workspace)
    workspace._open(identity, layout)
    return workspace


def _find(name: str, subscription_id: str | None, resource_group: str | None) -> tuple[Identity, Layout]:
    from localtrack.core import registry

    def fits(identity: Identity) -> bool:
        return (
            identity.name == name
            and subscription_id in (None, identity.subscription_id)
            and resource_group in (None, identity.resource_group)
        )

    try:
        identity, layout = config.read(config.find(None))
        if fits(identity):
            return identity, layout
    except UserErrorException:
        pass  # not in or below a project: then by the user's list
    found = [(identity, layout) for identity, layout in registry.entries() if fits(identity)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise WorkspaceException(
            f"There is no workspace {name!r} among yours. Make it with Workspace.create(name={name!r}) in its folder, "
            "or open it there with Workspace.from_config()."
        )
    places = ", ".join(layout.project for _, layout in found)
    raise WorkspaceException(
        f"There are {len(found)} workspaces {name!r}: in {places}. Use Workspace.from_config(FOLDER).",
        found_multiple=True,
    )
