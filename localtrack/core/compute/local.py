"""The compute target that every workspace has."""

from __future__ import annotations

from typing import NoReturn

from localtrack.core.compute.compute import ComputeTarget
from localtrack.exceptions import ComputeTargetException


class LocalTarget(ComputeTarget):
    """The compute target ``local``: where runs go that name no other.

    As many runs go at once as the machine has processors, until `update` says otherwise.

    Args:
        workspace: The workspace.
        name: ``"local"``.
    """

    def delete(self) -> NoReturn:
        """Refuse: ``local`` is always there.

        Raises:
            ComputeTargetException: Always.
        """
        raise ComputeTargetException(
            "The compute target 'local' is always there and can't be deleted. How many runs go at once is changed by "
            "update(max_nodes=...), or `localtrack computetarget create amlcompute -n local --max-nodes N`."
        )
