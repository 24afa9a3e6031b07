"""Every path below a workspace's ``.azureml`` folder, and the check that a name stays inside.

A leaf: it knows no other part of localtrack but its errors. Paths are plain strings, because this module is on the
way of ``Run.get_context()`` in every training script, and everything is derived from the folder at each call, so
that a project can be moved, renamed or zipped.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from localtrack.exceptions import UserErrorException

AZUREML = ".azureml"

# What tells a script, and the processes that it starts, of its run; a real job of Azure's has neither.
RUN_ID_VARIABLE = "LOCALTRACK_RUN_ID"
ROOT_VARIABLE = "LOCALTRACK_ROOT"  # the workspace's `.azureml` folder
OFFLINE_RUN_VARIABLE = "LOCALTRACK_OFFLINE_RUN"  # of the processes that a program starts

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.~+-]{0,199}")
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_DRIVE = re.compile(r"[A-Za-z]:")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_SEGMENT_BYTES = 255  # what ext4, APFS and NTFS allow
_NAME_BYTES = 4000
_MOST_PARTS = 100


def working_folder() -> str:
    """Return the working folder.

    Raises:
        UserErrorException: It was removed.
    """
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise UserErrorException("The working folder was removed: change to another one, or give a path.") from None


def url(path: str) -> str:
    """Return the address of a file or folder of this machine."""
    from urllib.parse import quote  # slow to import, and rarely needed

    return "file://" + quote(os.fsencode(path))


def dropin_folder() -> str:
    """Return the folder that gives the name ``azureml`` to new processes when it stands first on ``PYTHONPATH``."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "dropin", "path")


class Layout:
    """The files and folders of one workspace.

    Args:
        root: The workspace's ``.azureml`` folder. It is resolved once, so that links can't change under us.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = os.path.realpath(root)

    @property
    def project(self) -> str:
        """The project's folder, which holds ``.azureml``."""
        return os.path.dirname(self.root)

    @property
    def config(self) -> str:
        """The workspace's identity, in the SDK's format."""
        return os.path.join(self.root, "config.json")

    @property
    def gitignore(self) -> str:
        """What of this folder must not be committed."""
        return os.path.join(self.root, ".gitignore")

    @property
    def database(self) -> str:
        """The SQLite file. Never open it by other means than SQLite: closing it would drop SQLite's locks."""
        return os.path.join(self.root, "localtrack.db")

    @property
    def write_lock(self) -> str:
        """The lock that whoever changes the database holds."""
        return os.path.join(self.root, "localtrack.lock")

    @property
    def journals(self) -> str:
        """The folder of owner locks and metric journals."""
        return os.path.join(self.root, "journal")

    @property
    def snapshots(self) -> str:
        """The folder of source files by content."""
        return os.path.join(self.root, "snapshots")

    @property
    def queued(self) -> str:
        """The folder of the environments of runs that wait, readable by their user only; each goes with its wait."""
        return os.path.join(self.root, "queued")

    @property
    def supervisor_log(self) -> str:
        """What supervisors had to say of themselves; a script's own output is in its run's folder."""
        return os.path.join(self.root, "supervisor.log")

    @property
    def notifications(self) -> str:
        """The rules of whom to tell when a run's status changes; the user's own file."""
        return os.path.join(self.root, "notifications.yml")

    @property
    def deliverer_lock(self) -> str:
        """The lock that the process holds which sends what waits to be told."""
        return os.path.join(self.root, "deliverer.lock")

    @property
    def deliverer_log(self) -> str:
        """What that process had to say of itself."""
        return os.path.join(self.root, "deliverer.log")

    @property
    def models(self) -> str:
        """The folder of registered models."""
        return os.path.join(self.root, "models")

    @property
    def data(self) -> str:
        """The folder that is the default datastore."""
        return os.path.join(self.root, "data")

    @property
    def unfinished_models(self) -> str:
        """Where models are copied to before they have a version; no model's name begins with a dot."""
        return os.path.join(self.models, ".new")

    def model(self, name: str, version: int) -> str:
        """Return the folder of one version of a model, whether or not it exists yet."""
        return os.path.join(self.models, name, str(version))

    def own(self, names: Iterable[str]) -> list[str]:
        """Return the paths of those names in this folder that are localtrack's, and no file of the user's."""
        database = os.path.basename(self.database)
        own = (self.config, self.gitignore, self.write_lock, self.journals, self.snapshots, self.queued, self.models)
        more = (self.supervisor_log, self.deliverer_lock, self.deliverer_log, self.runs)
        paths = [os.path.join(self.root, name) for name in names]
        return [path for path in paths if path in (*own, *more) or os.path.basename(path).startswith(database)]

    @property
    def runs(self) -> str:
        """The folder of the runs' folders."""
        return os.path.join(self.root, "runs")

    def run(self, run_id: str) -> RunFolder:
        """Return the folder of a run, whether or not it exists yet."""
        return RunFolder(os.path.join(self.runs, run_id))


class RunFolder:
    """The files and folders of one run."""

    def __init__(self, root: str) -> None:
        self.root = root

    @property
    def code(self) -> str:
        """The script's working folder: a copy of its snapshot."""
        return os.path.join(self.root, "code")

    @property
    def outputs(self) -> str:
        """What the script writes to ``./outputs``."""
        return os.path.join(self.root, "outputs")

    @property
    def logs(self) -> str:
        """What the script writes to ``./logs``."""
        return os.path.join(self.root, "logs")

    @property
    def user_log(self) -> str:
        """What a ``with run:`` block prints; where the SDK has it."""
        return os.path.join(self.logs, "user_log.txt")

    @property
    def user_logs(self) -> str:
        """What the script prints."""
        return os.path.join(self.root, "user_logs")

    @property
    def std_log(self) -> str:
        """The script's stdout and stderr, in the order written."""
        return os.path.join(self.user_logs, "std_log.txt")

    @property
    def service_logs(self) -> str:
        """What is said of the run on its way to its script; the SDK's name."""
        return os.path.join(self.root, "azureml-logs")

    @property
    def build_log(self) -> str:
        """How the run's environment was built; where the SDK has it."""
        return os.path.join(self.service_logs, "20_image_build_log.txt")

    @property
    def files(self) -> str:
        """Uploaded files that are neither outputs nor logs."""
        return os.path.join(self.root, "files")

    def artifact(self, name: str) -> str:
        """Return where an uploaded file of that (checked) name is kept, relative to the run's folder.

        ``outputs/``, ``logs/``, ``user_logs/`` and ``azureml-logs/`` are folders of the run itself; any other name lies
        below ``files/``, so that it can't meet the working copy.
        """
        if name.startswith(("outputs/", "logs/", "user_logs/", "azureml-logs/")):
            return name
        return f"files/{name}"


def check_run_id(run_id: str) -> str:
    """Return ``run_id`` if it can be the name of a run and of its folder.

    Raises:
        UserErrorException: It can't; the message says what is allowed.
    """
    if not isinstance(run_id, str) or not _RUN_ID.fullmatch(run_id) or run_id.endswith("."):
        raise UserErrorException(
            f"{run_id!r:.300} can't be a run id: use 1 to 200 letters, digits and _ . ~ + - , "
            "with a letter or digit first and no dot last."
        )
    return run_id


def check_model_name(name: str) -> str:
    """Return ``name`` if it can be the name of a model and of its folder.

    Raises:
        UserErrorException: It can't; the message says what is allowed.
    """
    if not isinstance(name, str) or not _MODEL_NAME.fullmatch(name):
        raise UserErrorException(
            f"{name!r:.300} can't be a model's name: use 1 to 255 letters, digits and . _ - , with a letter or digit "
            "first."
        )
    if _RESERVED.fullmatch(name) or name.endswith("."):
        raise UserErrorException(
            f"{name!r} can't be a model's name, because it is not a folder's name on every system: choose another, "
            f"such as 'model-{name.rstrip('.')}'."
        )
    return name


def check_artifact_name(name: str | os.PathLike[str], of: str = "a run's file") -> str:
    """Return the artifact name in its one spelling: relative, with ``/``, without ``.`` segments.

    Names are data: they may not lead out of the run's folder, nor mean something else on another system.

    Args:
        name: The name.
        of: What it is to name, for the error's text.

    Raises:
        UserErrorException: The name is empty, absolute, has a drive or ``..``, a NUL, a character that can't be
            stored, a name that Windows reserves, or is too long.
    """
    text = os.fspath(name)
    reason = _artifact_fault(text)
    if reason:
        raise UserErrorException(f"{text!r:.300} can't be the name of {of}: {reason}.")
    return "/".join(part for part in text.replace("\\", "/").split("/") if part not in ("", "."))


def is_artifact_name(name: str) -> bool:
    """Whether a name is the one spelling that `check_artifact_name` would return."""
    return "\\" not in name and _artifact_fault(name) is None


def _artifact_fault(name: str) -> str | None:
    flat = name.replace("\\", "/")
    parts = [part for part in flat.split("/") if part not in ("", ".")]
    if not parts:
        return "it is empty"
    if flat.startswith("/") or _DRIVE.match(flat):
        return "it must be relative"
    if ".." in parts:
        return "it must not contain '..'"
    if len(parts) > _MOST_PARTS:  # what removes folders calls itself for each
        return f"it has more than {_MOST_PARTS} parts"
    if any(ord(char) < 32 for char in name):
        return "it has a control character"
    try:
        encoded = [part.encode() for part in parts]
    except UnicodeEncodeError:
        return "it has a character that is not valid Unicode"
    if any(len(part) > _SEGMENT_BYTES for part in encoded) or sum(map(len, encoded)) > _NAME_BYTES:
        return f"a part may have {_SEGMENT_BYTES} bytes, the whole {_NAME_BYTES}"
    for part in parts:
        if _RESERVED.fullmatch(part) or part.endswith((".", " ")) or ":" in part:
            return f"{part!r} is not a file name on every system"
    return None


def contained(root: str, name: str) -> str:
    """Return the path of ``name`` below ``root``, links followed.

    Raises:
        UserErrorException: The path leads out of ``root``.
    """
    top = os.path.realpath(root)
    path = os.path.realpath(os.path.join(top, name))
    if path != top and not path.startswith(os.path.join(top, "")):
        raise UserErrorException(f"{name!r} leads out of {root}.")
    return path
