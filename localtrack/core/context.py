"""Which run the present process belongs to."""

from __future__ import annotations

import os
import threading
from typing import Any

from localtrack.core.run import Run
from localtrack.paths import ROOT_VARIABLE, RUN_ID_VARIABLE, Layout


class _SubmittedRun(Run):
    """The run of a submitted script, seen from inside of it (the SDK's ``_SubmittedRun``).

    Logging needs no database, and none is opened before a call needs it. The script's exit code decides the status.
    """

    def __init__(self, layout: Layout, run_id: str) -> None:
        self._attach(layout, run_id)
        self._experiment = None
        self._record = None
        self._outputs = None

    def complete(self, _set_status: bool = True) -> None:
        """Do nothing: the run completes when the script ends well."""

    def fail(
        self,
        error_details: str | BaseException | None = None,
        error_code: str | None = None,
        _set_status: bool = True,
    ) -> None:
        """Do nothing, as in the SDK: the run fails when the script ends with an error."""

    def cancel(self) -> None:
        """Warn that a script does not cancel its own run."""
        import warnings

        warnings.warn("A script can't cancel its own run: end the script, or cancel it from outside.", stacklevel=2)

    def __exit__(self, *error: Any) -> None:
        """Leave the status to the script's exit code."""


def submitted() -> Run | None:
    """Return the run whose script, or a process of whose script, this is; the same object at each call."""
    run_id, root = os.environ.get(RUN_ID_VARIABLE), os.environ.get(ROOT_VARIABLE)
    if not run_id or not root:
        return None
    with _guard:
        if run_id not in _submitted:
            _submitted[run_id] = _SubmittedRun(Layout(root), run_id)
        return _submitted[run_id]


_guard = threading.RLock()
_submitted: dict[str, Run] = {}
