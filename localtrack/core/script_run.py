"""The run of a submitted script, seen from outside of it."""

from __future__ import annotations

from typing import Any

from localtrack.core.run import Run
from localtrack.exceptions import UserErrorException
from localtrack.store.status import COMPLETED, FAILED, TERMINAL


class ScriptRun(Run):
    """A run whose script a supervisor executes (the SDK's ``azureml.core.ScriptRun``).

    Its exit code decides how it ends. `Run.cancel` and `Run.fail` end all its processes before they return.
    """

    def _finish(self, new: str, error: dict[str, Any] | None = None) -> None:
        from localtrack.executor.cancellation import end

        store = self.experiment.workspace._refresh()
        if self._reload().status not in TERMINAL:
            if new == COMPLETED:
                raise UserErrorException(
                    f"Run {self.id} is {self.status}: it is the run of a script, which completes when the script ends "
                    "well. Use cancel() to end it."
                )
            end(store, self.id, (error or {"error": {"code": "UserError", "message": ""}}) if new == FAILED else None)
        if self._reload().status != new:
            super()._finish(new, error)
