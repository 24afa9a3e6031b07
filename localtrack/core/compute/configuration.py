"""What compute targets are made from."""

from __future__ import annotations

import math
from typing import Any

from localtrack.core.compute.compute_status import ScaleSettings
from localtrack.core.labels import checked_labels
from localtrack.exceptions import CloudOnlyException, ComputeTargetException
from localtrack.values import check_text


class ComputeTargetProvisioningConfiguration:
    """What a compute target is made from.

    Args:
        type: The class of the target.
        location: Accepted: it is this machine.
    """

    def __init__(self, type: object, location: str | None) -> None:
        self.location = location
        self._compute_type = type

    def validate_configuration(self) -> None:
        """Do nothing: what can't be used is refused when the configuration is made."""


class AmlComputeProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """See `AmlCompute.provisioning_configuration`.

    Raises:
        ComputeTargetException: ``max_nodes`` is missing, or a number can't be used.
        UserErrorException: A text or tag can't be kept.
        CloudOnlyException: Something was given that means something only in Azure.
    """

    def __init__(
        self,
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
        compute_location: str | None = None,
        enable_node_public_ip: bool = True,
    ) -> None:
        _refuse_cloud(
            admin_username=admin_username,
            admin_user_password=admin_user_password,
            admin_user_ssh_key=admin_user_ssh_key,
            vnet_resourcegroup_name=vnet_resourcegroup_name,
            vnet_name=vnet_name,
            subnet_name=subnet_name,
            remote_login_port_public_access=_unless(remote_login_port_public_access, "NotSpecified"),
            identity_type=identity_type,
            identity_id=identity_id,
            enable_node_public_ip=_unless(enable_node_public_ip, True),
        )
        super().__init__("AmlCompute", compute_location)
        if max_nodes is None:
            raise ComputeTargetException(
                "max_nodes is missing: say how many runs go at once, as in "
                "AmlCompute.provisioning_configuration(max_nodes=2)."
            )
        self.vm_size = check_text(vm_size, "vm_size") if vm_size else ""
        self.vm_priority = check_text(vm_priority, "vm_priority")
        self.scale_settings = checked_scale(min_nodes or 0, max_nodes, idle_seconds_before_scaledown)
        self.tags = checked_labels(tags, "tag")
        self.description = None if description is None else check_text(description, "The description")
        self.compute_location = compute_location

    def __repr__(self) -> str:
        return (
            f"AmlCompute.provisioning_configuration(vm_size={self.vm_size!r}, "
            f"max_nodes={self.scale_settings.maximum_node_count})"
        )


def checked_configuration(given: object) -> AmlComputeProvisioningConfiguration:
    """Return a configuration if it is one.

    Raises:
        ComputeTargetException: It is something else.
    """
    if not isinstance(given, AmlComputeProvisioningConfiguration):
        raise ComputeTargetException(
            f"{given!r} is no configuration of a compute target: give what "
            "AmlCompute.provisioning_configuration(max_nodes=...) returns."
        )
    return given


def checked_scale(minimum: object, maximum: object, idle_seconds: object) -> ScaleSettings:
    """Return numbers of nodes as they can be kept.

    Raises:
        ComputeTargetException: One can't be used.
    """
    most = _count(maximum, "max_nodes")
    least = _count(minimum, "min_nodes")
    if least > most:
        raise ComputeTargetException(f"min_nodes is {least} and max_nodes {most}: max_nodes must not be smaller.")
    if idle_seconds is None:
        return ScaleSettings(least, most, None)
    if isinstance(idle_seconds, int | float) and not isinstance(idle_seconds, bool) and 0 <= idle_seconds < math.inf:
        return ScaleSettings(least, most, idle_seconds)
    raise ComputeTargetException(f"idle_seconds_before_scaledown must be 0 or more seconds, not {idle_seconds!r}.")


def _count(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 31:
        raise ComputeTargetException(f"{name} must be a whole number, 0 or more, not {value!r}.")
    return value


def _refuse_cloud(**given: object) -> None:
    for name, value in given.items():
        if value is not None:
            raise CloudOnlyException(
                f"AmlCompute.provisioning_configuration({name}=...) means something only in Azure: a compute target "
                "here is this machine, and its runs are this user's. Leave the argument out."
            )


def _unless(value: object, default: object) -> object:
    return None if value == default else value
