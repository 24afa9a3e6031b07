"""The machines of the SDK's that one person works on."""

from __future__ import annotations

from typing import Any, NoReturn

from localtrack.core.compute.elsewhere import CloudCompute


class ComputeInstance(CloudCompute):
    """A machine in Azure for one person; refused, because that is this machine."""

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "",
        ssh_public_access: bool = False,
        admin_user_ssh_public_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: dict[str, Any] | None = None,
        description: str | None = None,
        assigned_user_object_id: str | None = None,
        assigned_user_tenant_id: str | None = None,
    ) -> NoReturn:
        """Refuse: this machine is there already.

        Raises:
            CloudOnlyException: Always.
        """
        raise ComputeInstance._refused(".provisioning_configuration()")
