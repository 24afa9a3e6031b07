"""What git knows of the folder that a run started in, as the run's properties.

Asking git whether anything has changed takes seconds in a large repository, so it is asked in the background. Whoever
asks this process for the properties waits for them.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from functools import partial
from typing import NamedTuple

from localtrack.exceptions import AzureMLException
from localtrack.store.database import warn
from localtrack.store.store import Store

SECONDS = 10.0  # for all questions about one folder

# The SDK's properties, the variables that take their place, and where the MLflow names beside them come from.
_VARIABLES = {
    "azureml.git.repository_uri": "AZUREML_GIT_REPOSITORY_URI",
    "azureml.git.branch": "AZUREML_GIT_BRANCH",
    "azureml.git.commit": "AZUREML_GIT_COMMIT",
    "azureml.git.dirty": "AZUREML_GIT_DIRTY",
    "azureml.git.build_id": "AZUREML_GIT_BUILD_ID",
    "azureml.git.build_uri": "AZUREML_GIT_BUILD_URI",
}
_MLFLOW = {
    "mlflow.source.git.repoURL": "azureml.git.repository_uri",
    "mlflow.source.git.branch": "azureml.git.branch",
    "mlflow.source.git.commit": "azureml.git.commit",
}
_CREDENTIALS = re.compile(r"(?<=://)[^/@]*@")


class _Request(NamedTuple):
    store: Store
    run_id: str
    folder: str


def note(store: Store, run_id: str, folder: str) -> None:
    """Have a run get what git knows of a folder as properties, soon; nothing if it is in no git work tree.

    The program's end waits for it.
    """
    global _worker
    given = {name: os.environ[variable] for name, variable in _VARIABLES.items() if variable in os.environ}
    if not given and not _in_work_tree(folder):
        return
    request = _Request(store, run_id, os.path.abspath(folder))
    with _changed:
        if _worker is None:
            _worker = _started()
        if _worker is not None:
            _pending.append(request)
            return
    _keep(request, facts(request.folder))


def wait(run_id: str) -> None:
    """Wait until a run of this process has the properties that `note` was to give it."""
    with _changed:
        _changed.wait_for(lambda: all(each.run_id != run_id for each in _pending))


def facts(folder: str) -> dict[str, str]:
    """Return the properties for a folder, by the SDK's names; none if git is missing or the folder is not its own.

    Credentials in the address of the remote repository are left out.
    """
    ask = partial(_ask, folder, time.monotonic() + SECONDS)
    found = {
        "azureml.git.repository_uri": _CREDENTIALS.sub("", ask("config", "--get", "remote.origin.url") or ""),
        "azureml.git.branch": ask("symbolic-ref", "--quiet", "--short", "HEAD"),
        "azureml.git.commit": ask("rev-parse", "--quiet", "--verify", "HEAD"),
    }
    if "AZUREML_GIT_DIRTY" not in os.environ:
        changes = ask("status", "--porcelain", "--untracked-files=normal")
        found["azureml.git.dirty"] = None if changes is None else str(bool(changes))
    found |= {name: os.environ[variable] for name, variable in _VARIABLES.items() if variable in os.environ}
    found |= {name: found.get(source) for name, source in _MLFLOW.items()}
    return {name: value for name, value in found.items() if value}


def _started() -> threading.Thread | None:
    """Return a thread that answers once the lock is free, or None if there can be none that is waited for."""
    if not threading.main_thread().is_alive():  # the program is ending, as in a handler of atexit's
        return None
    worker = threading.Thread(target=_work, name="localtrack-git")
    try:
        worker.start()
    except RuntimeError:
        return None
    return worker


def _work() -> None:
    """Answer what is asked for; one look at a folder serves all that asked before it."""
    global _worker
    while True:
        with _changed:
            if not _pending:
                _worker = None
                return
            folder = _pending[0].folder
            asked = [each for each in _pending if each.folder == folder]
        try:
            found = facts(folder)
            for each in asked:
                _keep(each, found)
        except Exception:  # noqa: BLE001 - such as a warning that is an error here: told, and others are still answered
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
        finally:
            with _changed:
                _pending[:] = [each for each in _pending if each not in asked]
                _changed.notify_all()


def _keep(request: _Request, found: dict[str, str]) -> None:
    try:
        request.store.labels.add_properties(request.run_id, found)
    except AzureMLException as error:
        warn(f"Run {request.run_id} does not have what git knows of {request.folder}: {error}")


def _in_work_tree(folder: str) -> bool:
    path = os.path.abspath(folder)
    while not os.path.exists(os.path.join(path, ".git")):
        parent = os.path.dirname(path)
        if parent == path:
            return False
        path = parent
    return True


def _ask(folder: str, deadline: float, *question: str) -> str | None:
    """Return git's answer, or None if it has none, or none in time."""
    import subprocess  # it is slow to import, and most runs need it only now, in the background

    # Without optional locks git is not in the way of what the user does there; a monitor would be a command that came
    # with the folder.
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", folder, *question]
    seconds = deadline - time.monotonic()
    if folder in _slow or seconds <= 0:
        return None
    try:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=seconds, errors="replace"
        )
    except subprocess.TimeoutExpired:
        _slow.add(folder)
        warn(f"git has not answered for {SECONDS:g} s in {folder}, so its runs lack what git knows of it.")
        return None
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def _forget() -> None:
    # A forked child has none of the parent's threads; the parent answers.
    global _worker, _changed
    _pending.clear()
    _worker, _changed = None, threading.Condition()


_changed = threading.Condition()
_pending: list[_Request] = []
_slow: set[str] = set()  # folders that git takes too long for; it is asked there no more
_worker: threading.Thread | None = None
os.register_at_fork(after_in_child=_forget)
