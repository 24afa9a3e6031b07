"""Whether a workspace is as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localtrack.core.workspace_base import WorkspaceBase

if TYPE_CHECKING:
    from localtrack.store.checks.finding import Finding


class WorkspaceCheck(WorkspaceBase):
    """The check of a workspace."""

    def check(self, fix: bool = False, deep: bool = False) -> list[Finding]:
        """Look for what is lost, damaged or left over; also while others write to the workspace.

        Compared are the tables with each other, files with their rows, journals with what was taken of them, and runs
        with their processes. `Finding` says what each finding has.

        Args:
            fix: Whether to repair what can be repaired without losing anything: what ended processes have left is taken
                in, their runs get the status that is true, what is kept of metrics is computed again, and what killed
                processes have left is removed. What is lost or in contradiction stays as it is.
            deep: Whether to read all files too, and compare them with what was kept.

        Returns:
            The findings; none if all is well. Of those with ``fixed``, nothing is left.

        Raises:
            ServiceException: Something was to be repaired, and this user can't change the workspace, or the disk is
                full.

        Example:
            >>> run.log("loss", 0.5)
            >>> ws.check()
            []
            >>> import io, os
            >>> name = run.upload_file("outputs/notes.txt", io.StringIO("good"))
            >>> os.unlink(os.path.join(".azureml", "runs", run.id, name))
            >>> [(each.kind, each.severity) for each in ws.check()]
            [('file-missing', 'error')]
        """
        from localtrack.executor.checking import check

        return check(self._store, fix=fix, deep=deep)
