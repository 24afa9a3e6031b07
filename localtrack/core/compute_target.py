"""The SDK's older names of compute targets, and of what came before them."""

from __future__ import annotations

from typing import NoReturn

from localtrack.core.compute.amlcompute import AmlCompute
from localtrack.core.compute.compute import ComputeTarget
from localtrack.core.compute.local import LocalTarget
from localtrack.exceptions import CloudOnlyException, ComputeTargetException

__all__ = [
    "AmlCompute",
    "ComputeTarget",
    "ComputeTargetException",
    "LocalTarget",
    "attach_legacy_compute_target",
    "is_compute_target_prepared",
    "prepare_compute_target",
    "remove_legacy_compute_target",
]


def attach_legacy_compute_target(experiment: object, source_directory: str, compute_target: object) -> NoReturn:
    """Refuse: compute targets are of the workspace, not of a folder.

    Raises:
        CloudOnlyException: Always.
    """
    raise _refused("attach_legacy_compute_target")


def remove_legacy_compute_target(experiment: object, source_directory: str, compute_target_name: str) -> NoReturn:
    """Refuse: compute targets are of the workspace, not of a folder.

    Raises:
        CloudOnlyException: Always.
    """
    raise _refused("remove_legacy_compute_target")


def prepare_compute_target(experiment: object, source_directory: str, run_config: object) -> NoReturn:
    """Refuse: there is nothing to prepare before a run.

    Raises:
        CloudOnlyException: Always.
    """
    raise _refused("prepare_compute_target")


def is_compute_target_prepared(experiment: object, source_directory: str, run_config: object) -> bool:
    """Return True: nothing has to be prepared on this machine before a run.

    Example:
        >>> from localtrack.core.compute_target import is_compute_target_prepared
        >>> is_compute_target_prepared(exp, ".", None)
        True
    """
    return True


def _refused(call: str) -> CloudOnlyException:
    return CloudOnlyException(
        f"{call}() is of the SDK's first versions and means nothing on this machine. Use "
        "ComputeTarget.create(workspace, NAME, AmlCompute.provisioning_configuration(max_nodes=...)), or 'local'."
    )
