"""The workspace: a project's folder and everything in it that is tracked."""

from __future__ import annotations

import os
import re
from dataclasses import replace

from localtrack.core import config
from localtrack.core.config import Identity
from localtrack.core.labels import checked_labels
from localtrack.core.workspace_check import WorkspaceCheck
from localtrack.core.workspace_cloud import CloudWorkspace, refuse_cloud
from localtrack.core.workspace_contents import WorkspaceContents
from localtrack.core.workspace_defaults import DefaultConfiguration, checked_default
from localtrack.core.workspace_details import WorkspaceDetails
from localtrack.exceptions import UserErrorException, WorkspaceException
from localtrack.paths import AZUREML, Layout, working_folder

_List = list  # Workspace.list hides the name


class Workspace(WorkspaceContents, WorkspaceDetails, WorkspaceCheck, CloudWorkspace):
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

    DEFAULT_CPU_CLUSTER_NAME = "cpu-cluster"

    DEFAULT_GPU_CLUSTER_NAME = "gpu-cluster"

    DEFAULT_CPU_CLUSTER_CONFIGURATION = DefaultConfiguration("STANDARD_DS2_V2")

    DEFAULT_GPU_CLUSTER_CONFIGURATION = DefaultConfiguration("STANDARD_NC6")

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

        Example:
            >>> Workspace.from_config().name
            'demo'
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

        Signing in, places and prices (``auth``, ``location``, ``sku``, ``create_resource_group``, ``show_output`` and
        the like) are accepted and mean nothing. Other services of Azure's, given by any other argument, are refused.

        Arguments that mean something here:
            name: 2 to 33 letters, digits, _ and -, with a letter or digit first.
            subscription_id: Part of its identity; means nothing on this machine.
            resource_group: Likewise.
            tags: Kept with it.
            friendly_name: Kept with it.
            default_cpu_compute_target: What the compute target ``cpu-cluster`` is made from, if it is not there, as
                `AmlCompute.provisioning_configuration` gives it or ``Workspace.DEFAULT_CPU_CLUSTER_CONFIGURATION``.
            default_gpu_compute_target: Likewise, of ``gpu-cluster``.
            exist_ok: Whether it may be there already, under the same name.

        Raises:
            UserErrorException: The name can't be a workspace's, or a tag can't be kept.
            ComputeTargetException: A default compute target is no provisioning configuration; nothing was made.
            CloudOnlyException: Something was given that means something only in Azure.
            WorkspaceException: There is one in this folder already, with another name or with ``exist_ok`` false.
            ServiceException: It can't be written.

        Example:
            >>> Workspace.create(name="demo", tags={"team": "vision"}, exist_ok=True).tags
            {'team': 'vision'}
        """
        refuse_cloud(
            "create",
            storage_account=storage_account,
            key_vault=key_vault,
            app_insights=app_insights,
            container_registry=container_registry,
            adb_workspace=adb_workspace,
            primary_user_assigned_identity=primary_user_assigned_identity,
            cmk_keyvault=cmk_keyvault,
            resource_cmk_uri=resource_cmk_uri,
            hbi_workspace=hbi_workspace or None,
            private_endpoint_config=private_endpoint_config,
            user_assigned_identity_for_cmk_encryption=user_assigned_identity_for_cmk_encryption,
        )
        identity = Identity(
            subscription_id or config.NO_SUBSCRIPTION,
            resource_group or config.NO_RESOURCE_GROUP,
            config.check_name(name),
        )
        labels = checked_labels(tags, "tag")
        clusters = {
            Workspace.DEFAULT_CPU_CLUSTER_NAME: checked_default(default_cpu_compute_target),
            Workspace.DEFAULT_GPU_CLUSTER_NAME: checked_default(default_gpu_compute_target),
        }
        workspace = make(working_folder(), identity, exist_ok=exist_ok)
        if tags is not None or friendly_name is not None:
            workspace._set(tags=labels if tags is not None else None, friendly_name=friendly_name)
        workspace._make_clusters(clusters)
        return workspace

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
            WorkspaceException: There is none of that name, or there are several.

        Example:
            >>> Workspace.get("demo").name
            'demo'
        """
        return _opened(*_find(name, subscription_id, resource_group))

    @staticmethod
    def list(
        subscription_id: str | None = None, auth: object = None, resource_group: str | None = None
    ) -> dict[str, _List[Workspace]]:
        """Return this user's workspaces by their names; several folders may have one of the same name.

        Args:
            subscription_id: Only those with it in their identity; all when left out.
            auth: Accepted and not used.
            resource_group: Only those with it in their identity.

        Raises:
            WorkspaceException: The database of one can't be read.

        Example:
            >>> Workspace.list()["demo"]
            [Workspace.create(name='demo', subscription_id='...', resource_group='local')]
        """
        from localtrack.core import registry

        found: dict[str, _List[Workspace]] = {}
        for identity, layout in registry.entries():
            of_subscription = subscription_id in (None, identity.subscription_id)
            if of_subscription and resource_group in (None, identity.resource_group):
                found.setdefault(identity.name, []).append(_opened(identity, layout))
        return found

    @staticmethod
    def setup() -> Workspace:
        """Return the workspace of the working folder; if there is none, make one with the folder's name.

        Raises:
            WorkspaceException: The configuration or the database is not what it should be.
            ServiceException: It can't be written.

        Example:
            >>> Workspace.setup().name
            'demo'
        """
        try:
            return Workspace.from_config()
        except UserErrorException:
            folder = os.path.basename(working_folder())
            return Workspace.create(name=re.sub(r"[^A-Za-z0-9]+", "-", folder).strip("-")[:33] or "workspace")

    def write_config(self, path: str | os.PathLike[str] | None = None, file_name: str | None = None) -> None:
        """Write ``<path>/.azureml/config.json``, so that `from_config` finds this workspace from there.

        Args:
            path: The folder; the working folder when left out.
            file_name: Another name than ``config.json``.

        Raises:
            WorkspaceException: It can't be written.

        Example:
            >>> ws.write_config("elsewhere")
            >>> Workspace.from_config("elsewhere").get_details()["path"] == ws.get_details()["path"]
            True
        """
        folder = os.path.join(path or working_folder(), AZUREML)
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise WorkspaceException(f"{folder} can't be made: {error.strerror}.", error) from error
        config.write(os.path.join(folder, file_name or "config.json"), self._identity, self._layout)

    def delete(self, delete_dependent_resources: bool = False, no_wait: bool = False) -> None:
        """Delete the workspace with all its runs, models and snapshots. Run configurations of yours stay.

        Args:
            delete_dependent_resources: Accepted: there are none.
            no_wait: Accepted and not used.

        Raises:
            UserErrorException: A run has not ended; nothing was deleted.
            ServiceException: A file can't be removed; what is left says so.

        Example:
            >>> run.complete()
            >>> ws.delete()
            >>> Workspace.from_config()
            Traceback (most recent call last):
            ...
            localtrack.exceptions.UserErrorException: There is no workspace here: ...
        """
        from localtrack.core import registry
        from localtrack.store.store import delete_store

        delete_store(self._refresh())
        registry.remove(self._layout)


def make(folder: str, identity: Identity, *, exist_ok: bool) -> Workspace:
    """Make a workspace in a folder; of several processes that do so at once, one makes it.

    Raises:
        WorkspaceException: There is one already, with another name or with ``exist_ok`` false.
        ServiceException: It can't be written.
    """
    from localtrack.core import registry
    from localtrack.store.store import open_store

    layout = Layout(os.path.join(folder, AZUREML))
    path = config.of_folder(folder)
    if path is not None:
        there, _ = config.read(path)
        if not exist_ok or there.name != identity.name:
            raise WorkspaceException(
                f"There is a workspace {there.name!r} in {folder} already, by {path}. Use it with "
                "Workspace.from_config(), or give its name and exist_ok=True."
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

    known = []
    try:
        here = config.read(config.find(None))
        if fits(here[0]):
            return here
        known.append(here)
    except UserErrorException:
        pass  # not in or below a project: then by the user's list
    known += registry.entries()
    found = [(identity, layout) for identity, layout in known if fits(identity)]
    if len(found) == 1:
        return found[0]
    if not found:
        others = [identity for identity, _ in known if identity.name == name]
        if others:
            raise _of_another(others[0], subscription_id, resource_group)
        raise WorkspaceException(
            f"There is no workspace {name!r} among yours. Make it in its folder with Workspace.create(name={name!r}) "
            f"or `localtrack workspace create -w {name!r}`, or open one that is there by its folder, with "
            "Workspace.from_config(FOLDER) or --path FOLDER."
        )
    places = ", ".join(layout.project for _, layout in found)
    raise WorkspaceException(
        f"There are {len(found)} workspaces {name!r}: in {places}. Give the folder of one: "
        "Workspace.from_config(FOLDER), on the command line --path FOLDER.",
        found_multiple=True,
    )


def _of_another(identity: Identity, subscription_id: str | None, resource_group: str | None) -> WorkspaceException:
    if resource_group not in (None, identity.resource_group):
        return WorkspaceException(
            f"The workspace {identity.name!r} is in the resource group {identity.resource_group!r}, not "
            f"{resource_group!r}: leave resource_group (-g) out."
        )
    return WorkspaceException(
        f"The workspace {identity.name!r} is in the subscription {identity.subscription_id!r}, not "
        f"{subscription_id!r}: leave subscription_id (--subscription-id) out."
    )
