"""The environment variables and the interpreter of a submitted script.

The submitter's environment goes to a file that only its user can read, until the run is claimed: it may hold secrets,
so it is neither in the database nor in a command line.
"""

from __future__ import annotations

import json
import os
import site
import time
from collections.abc import Mapping
from contextlib import suppress

from localtrack.paths import OFFLINE_RUN_VARIABLE, ROOT_VARIABLE, RUN_ID_VARIABLE, Layout, dropin_folder
from localtrack.store.status import TERMINAL
from localtrack.store.store import Store

_SUFFIX = ".json"
_SUBMIT_SECONDS = 60.0  # between an environment's file and its run's row it is a moment

# A managed environment's definition, with what is not shown of it, on its way to the supervisor that builds it.
DEFINITION_VARIABLE = "LOCALTRACK_ENVIRONMENT"

_MARKERS = (RUN_ID_VARIABLE, ROOT_VARIABLE, OFFLINE_RUN_VARIABLE)
OF_THE_RUN = (*_MARKERS, "AZUREML_")  # a script that submits must not pass its own on


def for_script(
    layout_root: str, run_id: str, root_run_id: str, identity: Mapping[str, str], variables: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment that a script runs in: this process's, and what tells the script of its run.

    Args:
        layout_root: The workspace's ``.azureml`` folder.
        run_id: The run's id.
        root_run_id: The id of the topmost run above it, or its own.
        identity: ``subscription_id``, ``resource_group``, ``workspace_name``, ``experiment`` and ``experiment_id``.
        variables: What the run's configuration adds; it wins over this process's.
    """
    result = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_RUN)}
    if result.get("MPLBACKEND", "").startswith("module://"):
        del result["MPLBACKEND"]  # a notebook's own, which a script can't draw with
    result.update(variables)
    result.setdefault("PYTHONUNBUFFERED", "1")  # so that a log can be watched as it grows
    result["PYTHONPATH"] = _python_path(result.get("PYTHONPATH"))
    folder = Layout(layout_root).run(run_id)
    workspace = (
        f"/subscriptions/{identity['subscription_id']}/resourceGroups/{identity['resource_group']}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{identity['workspace_name']}"
    )
    result.update(
        {
            RUN_ID_VARIABLE: run_id,
            ROOT_VARIABLE: layout_root,
            "AZUREML_RUN_ID": run_id,
            "AZUREML_ROOT_RUN_ID": root_run_id,
            "AZUREML_RUN_TOKEN": "local",
            "AZUREML_RUN_TOKEN_EXPIRY": "4102444800",
            "AZUREML_SERVICE_ENDPOINT": "local",
            "AZUREML_RUN_HISTORY_SERVICE_ENDPOINT": "local",
            "AZUREML_ARM_SUBSCRIPTION": identity["subscription_id"],
            "AZUREML_ARM_RESOURCEGROUP": identity["resource_group"],
            "AZUREML_ARM_WORKSPACE_NAME": identity["workspace_name"],
            "AZUREML_ARM_PROJECT_NAME": identity["experiment"],
            "AZUREML_EXPERIMENT_ID": identity["experiment_id"],
            "AZUREML_WORKSPACE_SCOPE": workspace,
            "AZUREML_EXPERIMENT_SCOPE": f"{workspace}/experiments/{identity['experiment']}",
            "AZUREML_DATA_CONTAINER_ID": f"dcid.{run_id}",
            "AZUREML_OUTPUT_DIRECTORY": "./outputs",
            "AZUREML_LOGDIRECTORY_PATH": folder.logs,
            "AZUREML_DRIVERLOG_PATH": folder.std_log,
            "AZUREML_FRAMEWORK": "Python",
            "AZUREML_NODE_COUNT": "1",
            "AZUREML_TARGET_TYPE": "local",
        }
    )
    return result


def keep(layout: Layout, run_id: str, environment: Mapping[str, str]) -> str:
    """Write a script's environment to a file of its own, which only this user can read.

    Returns:
        The file's name.

    Raises:
        OSError: It could not be written; nothing is left.
    """
    os.makedirs(layout.queued, mode=0o700, exist_ok=True)
    name = f"{run_id}.{os.urandom(6).hex()}{_SUFFIX}"
    descriptor = os.open(os.path.join(layout.queued, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump(dict(environment), file, ensure_ascii=False)
    except BaseException:
        discard(layout, name)
        raise
    return name


def take(layout: Layout, name: str) -> dict[str, str]:
    """Return the environment that was kept, and remove its file.

    Raises:
        OSError: It could not be read.
        ValueError: It is damaged.
    """
    path = os.path.join(layout.queued, name)
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        try:
            found = json.load(file)
        except RecursionError:
            found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError(f"{path} is no environment that was kept")
    discard(layout, name)
    return found


def discard(layout: Layout, name: str) -> None:
    """Remove a kept environment that nobody needs any more."""
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(layout.queued, name))


def discard_stale(store: Store) -> None:
    """Remove the environments of runs that wait no more, or never did because who submitted them was killed."""
    try:
        names = os.listdir(store.layout.queued)
    except (FileNotFoundError, PermissionError):
        return
    for name in names:
        run = store.runs.get(name.removesuffix(_SUFFIX).rpartition(".")[0])
        with suppress(FileNotFoundError):
            age = time.time() - os.stat(os.path.join(store.layout.queued, name)).st_mtime
            if (run is None and age > _SUBMIT_SECONDS) or (run is not None and run.status in TERMINAL):
                discard(store.layout, name)


def for_supervisor() -> dict[str, str]:
    """Return the environment of a supervisor: this process's, with localtrack where it can be imported."""
    # A script that submits a child must not have that child's supervisor counted as one of its own processes.
    result = {name: value for name, value in os.environ.items() if name not in _MARKERS}
    entries = _absolute(result.pop("PYTHONPATH", ""))
    if (home := _home()) is not None:
        entries.insert(0, home)
    if entries:
        result["PYTHONPATH"] = os.pathsep.join(entries)
    return result


def _python_path(path: str | None) -> str:
    entries = [dropin_folder(), *_absolute(path or "")]
    home = _home()
    if home is not None and home not in entries:
        entries.append(home)
    return os.pathsep.join(entries)


def _absolute(path: str) -> list[str]:
    """Return a path's entries for a process that runs in another folder; an empty one would mean that folder."""
    return [os.path.abspath(entry) for entry in path.split(os.pathsep) if entry]


def _home() -> str | None:
    """Return the folder of the localtrack that is running, or None where any interpreter of this site finds it."""
    folder = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return None if folder in (*site.getsitepackages(), site.getusersitepackages()) else folder
