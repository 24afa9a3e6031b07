"""The folder that a script works in: a copy of its snapshot, with the run's own folders for outputs and logs."""

from __future__ import annotations

import os
import shutil

from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.executor.snapshot_copy import copy_to
from localtrack.paths import Layout
from localtrack.store.run_record import RunRecord
from localtrack.store.status import TERMINAL
from localtrack.store.store import Store


def prepare(layout: Layout, run: RunRecord) -> None:
    """Make a run's folders and its script's working copy.

    Raises:
        SnapshotException: The snapshot can't be copied.
        OSError: A folder can't be made.
    """
    folder = layout.run(run.id)
    for path in (folder.code, folder.outputs, folder.logs, folder.user_logs):
        os.makedirs(path, exist_ok=True)
    for path in (folder.outputs, folder.logs):
        # Relative, so that a project can be moved with the folders of its runs.
        os.symlink(os.path.relpath(path, folder.code), os.path.join(folder.code, os.path.basename(path)))
    assert run.snapshot is not None
    copy_to(layout, run.snapshot, folder.code)


def discard(store: Store, run: RunRecord) -> list[str]:
    """Remove a run's working copy, and return the folder if there was one; see `Run.clean`."""
    folder = store.layout.run(run.id).code
    if run.status not in TERMINAL:
        raise UserErrorException(f"Run {run.id} is {run.status}: its working copy can be removed when it has ended.")
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ServiceException(
            f"The working copy {folder} can't be removed: {error.filename or folder}: {error.strerror}.", error
        ) from error
    return [folder]
