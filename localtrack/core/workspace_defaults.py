"""The configurations of the compute targets that a workspace can be created with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localtrack.core.compute.configuration import AmlComputeProvisioningConfiguration


def checked_default(given: object) -> object:
    """Return what was given for a default compute target.

    Raises:
        ComputeTargetException: It is neither None nor a provisioning configuration.
    """
    if given is None:
        return None
    from localtrack.core.compute.configuration import checked_configuration

    return checked_configuration(given)


class DefaultConfiguration:
    """A class attribute that is a provisioning configuration, made when it is asked for: importing stays light.

    Args:
        vm_size: As in the SDK.
    """

    def __init__(self, vm_size: str) -> None:
        self._vm_size = vm_size

    def __get__(self, instance: object, owner: object) -> AmlComputeProvisioningConfiguration:
        from localtrack.core.compute import AmlCompute

        return AmlCompute.provisioning_configuration(self._vm_size, max_nodes=2)
