"""Ending a script from outside: ask its supervisor, and wait until nothing of it is left."""

from __future__ import annotations

import os
import signal
import time
import warnings
from typing import Any

from localtrack.executor import deliverer, environment
from localtrack.executor.recovery import sweep
from localtrack.store import status
from localtrack.store.run_record import RunRecord
from localtrack.store.status import PERSON
from localtrack.store.store import Store

_POLL_SECONDS = (0.005, 0.1)


def end(store: Store, run_id: str, error: dict[str, Any] | None) -> None:
    """End a run that waits or whose script runs, and return when it has its last status.

    Args:
        store: The workspace's store.
        run_id: The run. One that has ended already is left as it is.
        error: If the run is to be Failed, why; else it is to be Canceled.
    """
    new = status.CANCELED if error is None else status.FAILED
    if store.runs.move(run_id, PERSON, new, expected=status.QUEUED, error=error):
        environment.discard_stale(store)
    pause, longest = _POLL_SECONDS
    while (run := store.runs.get(run_id)) is not None and run.status not in status.TERMINAL:
        if store.runs.move(run_id, PERSON, status.CANCEL_REQUESTED, expected=run.status, error=error):
            _poke(store, run)
        elif run.status == status.CANCEL_REQUESTED and run.owner is not None and store.owners.is_foreign(run.owner):
            # Nothing can be proved or ended from here, and only the person who asks can know that it is gone.
            store.runs.move(run_id, PERSON, new, error=error)
            warnings.warn(
                f"Run {run_id} was of another host ({store.owners.describe(run.owner)}): it counts as {new} now, but "
                "its processes could not be looked for.",
                stacklevel=2,
            )
        time.sleep(pause)
        pause = min(pause * 1.5, longest)
        sweep(store)
    deliverer.tell(store)


def _poke(store: Store, run: RunRecord) -> None:
    """Have the supervisor look now. If it can't be reached, it looks by itself within a second."""
    pid = store.owners.pid(run.owner) if run.owner is not None else None
    if pid is not None and pid != os.getpid():
        try:
            os.kill(pid, signal.SIGUSR1)
        except (ProcessLookupError, PermissionError):
            return
