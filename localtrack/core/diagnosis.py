"""What ``localtrack doctor`` looks at; it needs no workspace that can be opened."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from localtrack import VERSION, notify
from localtrack.core import config
from localtrack.exceptions import AzureMLException, ServiceException, UserErrorException, WorkspaceException
from localtrack.paths import Layout
from localtrack.printable import printable, size_text
from localtrack.store import database_file
from localtrack.store.checks import machine
from localtrack.store.checks.finding import ERROR, WARNING, Finding, Step
from localtrack.store.checks.integrity import Integrity, damaged
from localtrack.store.checks.leftovers import size_of
from localtrack.store.filesystem import network_type
from localtrack.store.store import Store

OK = "ok"

_OLDEST_PYTHON = (3, 11)
_LITTLE_SPACE = 1 << 30  # bytes


@dataclass(frozen=True)
class Examined:
    """One thing that was looked at.

    Attributes:
        name: What it is called.
        status: ``"ok"``, ``"warning"`` or ``"error"``.
        detail: What was seen, for people.
        findings: What is wrong, if the check of the workspace has found it.
    """

    name: str
    status: str
    detail: str
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Diagnosis:
    """All that was looked at.

    Attributes:
        workspace: The workspace's folder; None if there is none here.
        checks: What was looked at, in that order.
        space: What takes how many bytes on the disk.
    """

    workspace: str | None
    checks: list[Examined]
    space: dict[str, int]


def diagnose(path: str | None, *, fix: bool, deep: bool, step: Step = lambda _what: None) -> Diagnosis:
    """Look at the installation, and at the workspace of a folder.

    Args:
        path: The folder; the working folder when left out.
        fix: See `Workspace.check`.
        deep: See `Workspace.check`.
        step: Told what is done next.

    Raises:
        ServiceException: Something was to be repaired, and this user can't change the workspace.
    """
    checks = [Examined("localtrack", OK, VERSION), _python(), _sqlite()]
    try:
        identity, layout = config.read(config.find(path))
    except (UserErrorException, WorkspaceException) as error:
        return Diagnosis(None, [*checks, Examined("workspace", ERROR, str(error))], {})
    checks.append(Examined("workspace", OK, f"{identity.name} in {layout.project}"))
    if not os.path.isdir(layout.root) or not os.path.exists(layout.database):
        checks.append(Examined("database", ERROR, _not_there(layout)))
        return Diagnosis(layout.root, checks, _space(layout, step))
    checks.append(_file_system(layout))
    try:
        store = Store(layout)
    except AzureMLException as error:
        checks.append(_unusable(layout, error))
    else:
        try:
            checks += _of_store(store, step, fix=fix, deep=deep)
        finally:
            store.database.close()
    space = _space(layout, step)
    checks.append(Examined("space", OK, ", ".join(f"{kind} {size_text(size)}" for kind, size in space.items())))
    return Diagnosis(layout.root, checks, space)


def _python() -> Examined:
    version = platform.python_version()
    if sys.version_info < _OLDEST_PYTHON:
        return Examined("Python", ERROR, f"{version}: localtrack needs 3.11 or newer")
    return Examined("Python", OK, f"{version} at {sys.executable}")


def _sqlite() -> Examined:
    version = machine.sqlite_version()
    text = ".".join(map(str, version))
    if version < machine.OLDEST_SQLITE:
        return Examined("SQLite", ERROR, f"{text}: localtrack needs 3.37 or newer, so use a newer Python")
    if machine.has_wal_reset_bug(version):
        text += (
            ", which has the WAL-reset bug: localtrack's lock keeps it from happening, so let no other program write"
        )
    return Examined("SQLite", OK, text)


def _file_system(layout: Layout) -> Examined:
    kind = machine.file_system(layout.root) or "unknown"
    free = shutil.disk_usage(layout.root).free
    detail = f"{kind}, {size_text(free)} free"
    if (network := network_type(layout.root)) is not None:
        return Examined(
            "file system",
            ERROR,
            f"{detail}: {network} is a network file system, where SQLite can lose data; move the project to a local "
            "disk",
        )
    if free < _LITTLE_SPACE:
        return Examined("file system", WARNING, f"{detail}: make room, or nothing can be kept soon")
    return Examined("file system", OK, detail)


def _not_there(layout: Layout) -> str:
    left = database_file.sidecars(layout.database)
    then = (
        f"But {' and '.join(left)} {'are' if len(left) > 1 else 'is'}: it was moved or deleted while it was used. "
        "Put it back, or, to start anew, move these away too."
        if left
        else "It is made when the workspace is used."
    )
    return f"{layout.database} is not there. {then}{_from_backup(layout)}"


def _unusable(layout: Layout, error: AzureMLException) -> Examined:
    detail = f"{error}{_from_backup(layout)}"
    return Examined("database", ERROR, detail, [damaged(layout.database, str(error))] if _is_damage(error) else [])


def _is_damage(error: AzureMLException) -> bool:
    return getattr(error.inner_exception, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def _from_backup(layout: Layout) -> str:
    found = machine.backups(layout.database)
    if not found:
        return ""
    return (
        f" There is a backup from before its tables were changed, {found[0]}: to go back to it, move "
        f"{os.path.basename(layout.database)} and its -wal and -shm away, and copy the backup there; what was recorded "
        "since is not in it."
    )


def _of_store(store: Store, step: Step, *, fix: bool, deep: bool) -> Iterator[Examined]:
    from localtrack.executor import checking

    yield _lock(store)
    yield _journal_mode(store)
    found = checking.check(store, fix=fix, deep=deep, step=step)
    broken = any(each.check == Integrity.name for each in found)
    for name in checking.NAMES:
        of_check = [each for each in found if each.check == name]
        if of_check or not broken:
            yield _summed_up(name, of_check, _from_backup(store.layout) if name == Integrity.name else "")
    if os.path.exists(store.layout.notifications):
        faults = [] if broken else notify.faults(store)
        yield Examined("alerts", WARNING if faults else OK, printable("; ".join(faults)) or "nothing wrong")


def _lock(store: Store) -> Examined:
    if store.read_only:
        return Examined("write lock", WARNING, f"this user can't change {store.layout.root}")
    try:
        fault = machine.lock_fault(store.database)
    except ServiceException as error:
        refused = error.inner_exception is not None  # by SQLite; or somebody else holds the lock
        return Examined("write lock", ERROR if refused else WARNING, str(error))
    return Examined("write lock", ERROR if fault else OK, fault or "works")


def _journal_mode(store: Store) -> Examined:
    try:
        mode = machine.journal_mode(store.database)
    except ServiceException as error:
        return Examined("journal mode", ERROR, str(error))
    if mode == "wal" or store.read_only:
        return Examined("journal mode", OK, mode)
    return Examined(
        "journal mode",
        WARNING,
        f"{mode} in place of wal, so writers and readers wait for each other: run `PRAGMA journal_mode=WAL` in "
        "`sqlite3` while nobody uses the workspace",
    )


def _summed_up(name: str, found: list[Finding], advice: str) -> Examined:
    left = [each for each in found if not each.fixed]
    fixed = len(found) - len(left)
    severities = {each.severity for each in left}
    status = ERROR if ERROR in severities else WARNING if WARNING in severities else OK
    parts = [f"{fixed} repaired"] if fixed else []
    if left:
        more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
        parts.append(f"{left[0].what}{more}. {left[0].remedy}{advice}")
    return Examined(name, status, "; ".join(parts) or "nothing wrong", found)


def _space(layout: Layout, step: Step) -> dict[str, int]:
    from localtrack import user_folders

    step("Measuring")
    database = sum(
        size_of(path) for path in layout.own(_names(layout)) if os.path.basename(path).startswith("localtrack.db")
    )
    folders = {
        "journals": layout.journals,
        "runs": layout.runs,
        "snapshots": layout.snapshots,
        "models": layout.models,
        "environments": os.path.join(user_folders.cache(), "environments"),
    }
    return {"database": database, **{kind: size_of(folder) for kind, folder in folders.items()}}


def _names(layout: Layout) -> list[str]:
    try:
        return os.listdir(layout.root)
    except FileNotFoundError:
        return []
