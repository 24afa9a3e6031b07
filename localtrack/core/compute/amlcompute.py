"""The compute targets that users make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from localtrack.core.compute.compute import ComputeTarget
from localtrack.core.compute.compute_status import AmlComputeNodeStateCounts, AmlComputeStatus, ScaleSettings
from localtrack.core.compute.configuration import AmlComputeProvisioningConfiguration
from localtrack.exceptions import CloudOnlyException

if TYPE_CHECKING:
    from localtrack.core.workspace import Workspace

__all__ = [
    "AmlCompute",
    "AmlComputeNodeStateCounts",
    "AmlComputeProvisioningConfiguration",
    "AmlComputeStatus",
    "ScaleSettings",
]


class AmlCompute(ComputeTarget):
    """A compute target that was created (the SDK's ``azureml.core.compute.AmlCompute``).

    ``max_nodes`` is how many runs go at once, each on this machine; sizes, priorities and the like are kept.

    Args:
        workspace: The workspace.
        name: The target's name.

    Raises:
        ComputeTargetException: There is none of that name, or it is ``local``.
    """

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "",
        vm_priority: str = "dedicated",
        min_nodes: int = 0,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: float = 1800,
        admin_username: str | None = None,
        admin_user_password: str | None = None,
        admin_user_ssh_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: dict[str, Any] | None = None,
        description: str | None = None,
        remote_login_port_public_access: str = "NotSpecified",
        identity_type: str | None = None,
        identity_id: object = None,
        location: str | None = None,
        enable_node_public_ip: bool = True,
    ) -> AmlComputeProvisioningConfiguration:
        """Return what `ComputeTarget.create` makes a compute target from.

        Users, networks and identities of machines in Azure, given by any other argument, are refused.

        Arguments that mean something here:
            vm_size: Kept.
            vm_priority: Kept.
            min_nodes: Kept.
            max_nodes: How many runs go at once; the others wait.
            idle_seconds_before_scaledown: Kept.
            tags: Kept with it.
            description: Kept with it.
            location: Accepted: it is this machine.

        Raises:
            ComputeTargetException: ``max_nodes`` is missing, or a number can't be used.
            UserErrorException: A text or tag can't be kept.
            CloudOnlyException: Something was given that means something only in Azure.

        Example:
            >>> from localtrack.core.compute import AmlCompute
            >>> AmlCompute.provisioning_configuration("STANDARD_NC6", max_nodes=4).scale_settings.maximum_node_count
            4
        """
        return AmlComputeProvisioningConfiguration(
            vm_size,
            vm_priority,
            min_nodes,
            max_nodes,
            idle_seconds_before_scaledown,
            admin_username,
            admin_user_password,
            admin_user_ssh_key,
            vnet_resourcegroup_name,
            vnet_name,
            subnet_name,
            tags,
            description,
            remote_login_port_public_access,
            identity_type,
            identity_id,
            location,
            enable_node_public_ip,
        )

    def wait_for_completion(  # type: ignore[override]
        self,
        show_output: bool = False,
        min_node_count: int | None = None,
        timeout_in_minutes: float = 25,
        is_delete_operation: bool = False,
    ) -> None:
        """Return at once: a compute target of this machine is ready when it is created, and gone when it is deleted.

        Args:
            show_output: Whether a line says so.
            min_node_count: Accepted: no run has to wait for a machine to start.
            timeout_in_minutes: Accepted.
            is_delete_operation: Whether `delete` was called.

        Example:
            >>> from localtrack.core.compute import AmlCompute
            >>> cluster = ComputeTarget.create(ws, "gpu-cluster", AmlCompute.provisioning_configuration(max_nodes=2))
            >>> cluster.wait_for_completion(show_output=True)
            Succeeded: up to 2 runs go at once on 'gpu-cluster'.
        """
        super().wait_for_completion(show_output, is_delete_operation)

    def add_identity(self, identity_type: str, identity_id: object = None) -> NoReturn:
        """Refuse: scripts run as the user who submits them."""
        raise _cloud_only("add_identity")

    def remove_identity(self, identity_id: object = None) -> NoReturn:
        """Refuse: scripts run as the user who submits them."""
        raise _cloud_only("remove_identity")

    def list_nodes(self) -> NoReturn:
        """Refuse: there is this one machine."""
        raise _cloud_only("list_nodes")

    @staticmethod
    def supported_vmsizes(workspace: Workspace, location: str | None = None) -> NoReturn:
        """Refuse: there is this one machine."""
        raise _cloud_only("supported_vmsizes")

    @staticmethod
    def list_usages(workspace: Workspace, show_all: bool = False, location: str | None = None) -> NoReturn:
        """Refuse: nobody counts what is used of this machine."""
        raise _cloud_only("list_usages")

    @staticmethod
    def list_quotas(workspace: Workspace, location: str | None = None) -> NoReturn:
        """Refuse: a machine of one's own has no quotas."""
        raise _cloud_only("list_quotas")

    @staticmethod
    def update_quotas(
        workspace: Workspace, vm_family: object, limit: int | None = None, location: str | None = None
    ) -> NoReturn:
        """Refuse: a machine of one's own has no quotas."""
        raise _cloud_only("update_quotas")


def _cloud_only(call: str) -> CloudOnlyException:
    return CloudOnlyException(
        f"AmlCompute.{call}() means something only in Azure, and this compute target is this machine: leave the call "
        "out."
    )
