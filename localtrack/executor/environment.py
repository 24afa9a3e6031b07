"""The environment variables and the interpreter of a submitted script.

The submitter's environment goes to a file that only its user can read, until the run is claimed: it may hold secrets,
so it is neither in the database nor in a command line.
"""

from __future__ import annotations

import json
import os
import site
import sys
from collections.abc import Mapping
from typing import Any

from localtrack.paths import RunFolder, dropin_folder

RUN_ID = "LOCALTRACK_RUN_ID"  # tells a script of ours from a real Azure job
ROOT = "LOCALTRACK_ROOT"

_OF_THE_RUN = (RUN_ID, ROOT, "AZUREML_")  # a script that submits must not pass its own on


def for_script(
    layout_root: str, run_id: str, root_run_id: str, identity: Mapping[str, str], variables: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment that a script runs in: this process's, and what tells the script of its run.

    Args:
        layout_root: The workspace's ``.azureml`` folder.
        run_id: The run's id.
        root_run_id: The id of the topmost run above it, or its own.
        identity: ``subscription_id``, ``resource_group``, ``workspace_name`` and ``experiment``.
        variables: What the run's configuration adds; it wins over this process's.
    """
    result = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_RUN)}
    if result.get("MPLBACKEND", "").startswith("module://"):
        del result["MPLBACKEND"]  # a notebook's own, which a script can't draw with
    result.update(variables)
    result.setdefault("PYTHONUNBUFFERED", "1")  # so that a log can be watched as it grows
    result["PYTHONPATH"] = _python_path(result.get("PYTHONPATH"))
    workspace = (
        f"/subscriptions/{identity['subscription_id']}/resourceGroups/{identity['resource_group']}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{identity['workspace_name']}"
    )
    result.update(
        {
            RUN_ID: run_id,
            ROOT: layout_root,
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
            "AZUREML_WORKSPACE_SCOPE": workspace,
            "AZUREML_EXPERIMENT_SCOPE": f"{workspace}/experiments/{identity['experiment']}",
            "AZUREML_DATA_CONTAINER_ID": f"dcid.{run_id}",
            "AZUREML_FRAMEWORK": "Python",
            "AZUREML_NODE_COUNT": "1",
            "AZUREML_TARGET_TYPE": "local",
        }
    )
    return result


def keep(folder: RunFolder, environment: Mapping[str, str]) -> None:
    """Write a script's environment to its file, which only this user can read.

    Raises:
        OSError: It could not be written.
    """
    os.makedirs(folder.root, exist_ok=True)
    descriptor = os.open(folder.environment, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump(dict(environment), file, ensure_ascii=False)


def take(folder: RunFolder) -> dict[str, str]:
    """Return the environment that was kept, and remove its file.

    Raises:
        OSError: It could not be read.
        ValueError: It is damaged.
    """
    with open(folder.environment, encoding="utf-8", errors="surrogateescape") as file:
        found: dict[str, Any] = json.load(file)
    os.unlink(folder.environment)
    return {str(name): str(value) for name, value in found.items()}


def discard(folder: RunFolder) -> None:
    """Remove a kept environment whose run was never made, and its folder."""
    os.unlink(folder.environment)
    os.rmdir(folder.root)


def for_supervisor() -> dict[str, str]:
    """Return the environment of a supervisor: this process's, with localtrack where it can be imported."""
    # A script that submits a child must not have that child's supervisor counted as one of its own processes.
    result = {name: value for name, value in os.environ.items() if name not in (RUN_ID, ROOT)}
    if (home := _home()) is not None:
        path = result.get("PYTHONPATH")
        result["PYTHONPATH"] = os.pathsep.join([home, path] if path else [home])
    return result


def _python_path(path: str | None) -> str:
    entries = [dropin_folder()]
    if path:
        # The script runs in another folder than this process.
        entries += [os.path.abspath(entry) for entry in path.split(os.pathsep) if entry]
    home = _home()
    if home is not None and home not in entries:
        entries.append(home)
    return os.pathsep.join(entries)


def _home() -> str | None:
    """Return the folder of the localtrack that is running, or None where any interpreter of this site finds it."""
    folder = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    installed = {*site.getsitepackages(), site.getusersitepackages()}
    installed |= {os.path.join(sys.prefix, "lib"), os.path.join(sys.prefix, "Lib")}
    return None if folder in installed else folder
