"""The logs of a run that a process logs to: what its ``with`` block printed, and what was written to ``./logs``."""

from __future__ import annotations

import os

from localtrack.core import files
from localtrack.paths import working_folder
from localtrack.store.run_record import RunRecord
from localtrack.store.store import Store


def keep(store: Store, run: RunRecord) -> None:
    """Keep the logs of a run as files of it, whose ``with`` block has ended.

    Of ``./logs``, as the SDK does, but only what was changed since the run started: such a folder often holds the logs
    of many runs.
    """
    printed = [each for each in store.artifacts.found(run.id, digests=True) if each.name.startswith("logs/")]
    store.artifacts.add(run.id, printed, replace=True)
    folder = os.path.join(working_folder(), "logs")
    if os.path.isdir(folder):
        files.collect(store, run.id, folder, since=run.started or run.created)
