"""Where scripts run: the compute targets of a workspace, all of them on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localtrack.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from localtrack.core.workspace import Workspace


class ComputeTarget:
    """A compute target (the SDK's ``azureml.core.ComputeTarget``): a name under which so many runs go at once.

    Args:
        workspace: The workspace.
        name: The target's name.

    Attributes:
        name: Its name.
        type: ``"Local"`` or ``"AmlCompute"``.
        workspace: Its workspace.
        max_nodes: How many runs go at once; the others wait.

    Raises:
        ComputeTargetException: There is none of that name.

    Example:
        >>> ComputeTarget(ws, "local").type
        'Local'
    """

    def __init__(self, workspace: Workspace, name: str) -> None:
        found = {each.name: each for each in workspace._store.targets.all()}
        if name not in found:
            raise ComputeTargetException(
                f"There is no compute target {name!r} in the workspace {workspace.name!r}; there are: "
                f"{', '.join(found)}."
            )
        self.workspace = workspace
        self.name = name
        self.type = found[name].type
        self.max_nodes = found[name].max_nodes

    @staticmethod
    def list(workspace: Workspace) -> list[ComputeTarget]:
        """Return the compute targets of a workspace, ``local`` first.

        Example:
            >>> ComputeTarget.list(ws)
            [ComputeTarget(workspace='demo', name='local', type='Local')]
        """
        return [ComputeTarget(workspace, each.name) for each in workspace._store.targets.all()]

    def __repr__(self) -> str:
        return f"ComputeTarget(workspace={self.workspace.name!r}, name={self.name!r}, type={self.type!r})"
