"""Where an offline run is recorded: in which workspace, and whether in the run of the process that started this one."""

from __future__ import annotations

import os
import sys

from localtrack import owner
from localtrack.exceptions import UserErrorException, WorkspaceException
from localtrack.paths import OFFLINE_RUN_VARIABLE, Layout, working_folder
from localtrack.user_folders import HOME_VARIABLE

# Says ``print`` where the SDK's way is wanted: what is logged is printed and nothing is recorded.
MODE_VARIABLE = "LOCALTRACK_OFFLINE"

PREFIX = "OfflineRun_"  # of the ids; programs look for it


def workspace_layout() -> Layout:
    """Return the workspace of the working folder, or the user's default one, which is made if need be.

    Raises:
        WorkspaceException: It can't be made.
    """
    from localtrack.core import config

    try:
        path = config.find(None)
    except UserErrorException:
        return _default_layout()
    _, layout = config.read(path)
    if not os.path.exists(layout.database):  # of a configuration that came from Azure
        from localtrack.core.workspace import Workspace

        Workspace.from_config(path)
    return layout


def inherited() -> tuple[Layout, str] | None:
    """Return the workspace and id of the offline run of the process that has started this one, if that one still lives.

    Processes that were started after their run, directly or not, are told by the environment. A worker of
    multiprocessing's or joblib's that is older asks for the run of its parent.
    """
    opener, _, rest = os.environ.get(OFFLINE_RUN_VARIABLE, "").partition(":")
    run_id, _, root = rest.partition(":")
    if not opener or not run_id or not root:
        return _of_parent()
    layout = Layout(root)
    return None if owner.is_dead(layout.journals, opener) else (layout, run_id)


def told(opener: str, run_id: str, layout: Layout) -> str:
    """Return what the environment tells the processes that are started of an offline run.

    Args:
        opener: The name of the owner that ends it.
        run_id: Its id.
        layout: Its workspace.
    """
    return f"{opener}:{run_id}:{layout.root}"


def _of_parent() -> tuple[Layout, str] | None:
    process = sys.modules.get("multiprocessing.process")
    parent = None if process is None else process.parent_process()
    if parent is None:
        return None
    from localtrack.store.owners import name_of
    from localtrack.store.run_filter import RunFilter
    from localtrack.store.status import OPEN
    from localtrack.store.store import open_store

    layout = workspace_layout()
    store = open_store(layout)
    for run in store.runs.walk(RunFilter(statuses=OPEN, top_level=True)):
        if run.id.startswith(PREFIX) and run.owner is not None and store.owners.pid(run.owner) == parent.pid:
            os.environ[OFFLINE_RUN_VARIABLE] = told(name_of(run.owner), run.id, layout)  # for what this one starts
            return layout, run.id
    return None


def _default_layout() -> Layout:
    from localtrack.core import config, registry
    from localtrack.core.workspace import make

    layout = registry.default()
    if not os.path.exists(layout.database):
        try:
            os.makedirs(layout.project, exist_ok=True)
        except OSError as error:
            raise WorkspaceException(
                f"There is no workspace above {working_folder()}, and the folder {layout.project} of your own one "
                f"can't be made: {error.strerror}. Set {HOME_VARIABLE} to a folder that can be written, or "
                f"{MODE_VARIABLE} to 'print' to have what is logged printed and not recorded.",
                error,
            ) from error
        identity = config.Identity(config.NO_SUBSCRIPTION, config.NO_RESOURCE_GROUP, "default")
        make(layout.project, identity, exist_ok=True)
    return layout
