"""Files on their way into a run: written aside, and put in their places all at once."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from localtrack.exceptions import AzureMLException, ServiceException, UserErrorException
from localtrack.paths import contained
from localtrack.store.artifacts import Artifact
from localtrack.store.store import Store

_PREFIX = "incoming-"


class Incoming:
    """Files that a run is to get, all or none.

    They are written into a folder of their own beside the run's files, where nobody looks for any. The folder is locked
    while its process lives, so that the next one who comes can tell what a process that was killed has left.

    Args:
        store: The workspace's store.
        run_id: The run.
        replace: Whether files of the same name give way; else they are refused.
        written_in_place: Whether the run's script writes to the same places; what it wrote never gives way.
    """

    def __init__(self, store: Store, run_id: str, *, replace: bool, written_in_place: bool) -> None:
        self._store = store
        self._run_id = run_id
        self._replace = replace
        self._written_in_place = written_in_place
        self._folder = store.layout.run(run_id)
        self._artifacts: list[Artifact] = []
        self._moves: list[tuple[Artifact, str, str]] = []
        self._aside = ""
        self._lock = -1

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, *error: object) -> None:
        if self._aside:
            shutil.rmtree(self._aside, ignore_errors=True)
            os.close(self._lock)

    def write(self, name: str, fill: Callable[[IO[bytes]], None], source: str | None = None) -> None:
        """Write a file aside.

        Args:
            name: What the run is to call it, checked.
            fill: Writes its content.
            source: Where the content comes from, if that is a path.

        Raises:
            UserErrorException: The name leads out of the run's folder, or is too long for the file system.
            ServiceException: It could not be written.
        """
        path = self._folder.artifact(name)
        if self._replace and os.path.lexists(os.path.join(self._folder.root, path)):
            # Not over what a row tells of: whatever keeps the new row from being committed, the old one stays true.
            path = f"newer/{os.urandom(6).hex()}/{name}"
        # The last part is not followed: a link of that name is replaced, not written through.
        place = os.path.join(contained(self._folder.root, os.path.dirname(path)), os.path.basename(path))
        kept = time.time_ns()  # before it is read: whatever is written to it from now on is newer
        try:
            if (
                source is not None
                and not os.path.islink(place)
                and os.path.exists(place)
                and os.path.samefile(source, place)
            ):
                # A submitted script's outputs are in the run's folder from the start.
                with open(place, "rb") as file:
                    self._artifacts.append(_artifact(name, path, file, kept))
                return
            temporary = os.path.join(self._made_aside(), str(len(self._moves)))
            with open(temporary, "x+b") as file:
                fill(file)
                file.seek(0)
                artifact = _artifact(name, path, file, kept)
            os.utime(temporary, ns=(kept, kept))  # where files are found without their rows, this tells how old one is
        except OSError as error:
            raise self._refusal(name, error) from error
        self._artifacts.append(artifact)
        self._moves.append((artifact, temporary, place))

    def keep(self) -> list[Artifact]:
        """Put all that was written in its place, and record it.

        Raises:
            UserErrorException: The run is gone, or a name is taken, or is a folder of another's, or is one that the
                file system can't tell from another's.
            ServiceException: A file could not be put in its place.
        """
        if self._artifacts:
            place = self._place if self._moves else None
            before = {each.name: each.path for each in self._store.artifacts.of(self._run_id)} if self._replace else {}
            self._store.artifacts.add(self._run_id, self._artifacts, replace=self._replace, place=place)
            for each in self._artifacts:
                if before.get(each.name, each.path) != each.path:
                    with suppress(OSError):
                        os.unlink(os.path.join(self._folder.root, before[each.name]))
        return self._artifacts

    def _made_aside(self) -> str:
        if not self._aside:
            os.makedirs(self._folder.root, exist_ok=True)
            _remove_left(self._folder.root)
            self._aside, self._lock = _locked_folder(self._folder.root)
        return self._aside

    def _place(self) -> None:
        """Move the files; this is inside of the transaction, so that nobody else moves any."""
        made: list[str] = []
        new: list[str] = []
        recorded: dict[str, list[Artifact]] = {}
        try:
            for artifact, temporary, place in self._moves:
                try:
                    _make_folders(os.path.dirname(place), made)
                    if os.path.lexists(place):
                        recorded = recorded or self._recorded()
                        self._check_free(artifact, place, recorded)
                        os.replace(temporary, place)
                    else:
                        os.replace(temporary, place)
                        new.append(place)
                except OSError as error:
                    raise self._refusal(artifact.name, error) from error
        except BaseException:
            for path in new:
                os.unlink(path)
            for path in reversed(made):
                with suppress(OSError):  # the run's script may have put something there meanwhile
                    os.rmdir(path)
            raise

    def _recorded(self) -> dict[str, list[Artifact]]:
        """Return the run's files by what a file system that tells no case would call them."""
        found: dict[str, list[Artifact]] = {}
        for each in self._store.artifacts.of(self._run_id):
            found.setdefault(_folded(each.name), []).append(each)
        return found

    def _check_free(self, artifact: Artifact, place: str, recorded: dict[str, list[Artifact]]) -> None:
        """Refuse a place where something lies that is another's; what a killed process has left may be overwritten."""
        if os.path.isdir(place) and not os.path.islink(place):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), place)
        for each in recorded.get(_folded(artifact.name), []):
            other = os.path.join(self._folder.root, each.path)
            if each.name != artifact.name and os.path.exists(other) and os.path.samefile(other, place):
                raise UserErrorException(
                    f"Run {self._run_id} has a file {each.name!r}, which this file system can't tell from "
                    f"{artifact.name!r}: choose another name."
                )
        is_script_s = self._written_in_place and not self._replace and not artifact.path.startswith("files/")
        if is_script_s and (not os.path.isfile(place) or _sha256(place) != artifact.sha256):
            raise UserErrorException(
                f"The script of run {self._run_id} has written a file {artifact.name!r} with another content, "
                "and files are not overwritten: choose another name."
            )

    def _refusal(self, name: str, error: OSError) -> AzureMLException:
        begin = f"The file {name!r} of run {self._run_id} can't be kept: "
        if error.errno == errno.ENAMETOOLONG:
            return UserErrorException(f"{begin}its name is too long for the file system. Choose a shorter one.", error)
        if isinstance(error, NotADirectoryError | IsADirectoryError | FileExistsError):
            return UserErrorException(
                f"{begin}{error.filename or name} is in the way, because one of the two would have to be a folder. "
                "Choose another name.",
                error,
            )
        return ServiceException(
            f"{begin}{error.strerror or error}. Nothing was kept; make room below {self._folder.root} if the disk is "
            "full, and try again.",
            error,
        )


def _artifact(name: str, path: str, file: IO[bytes], kept: int) -> Artifact:
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    return Artifact(name, path, file.tell(), digest, kept)


def _sha256(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _make_folders(path: str, made: list[str]) -> None:
    missing = []
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for each in reversed(missing):
        with suppress(FileExistsError):  # by the run's script, this very moment
            os.mkdir(each)
            made.append(each)


def _locked_folder(root: str) -> tuple[str, int]:
    while True:
        path = os.path.join(root, f"{_PREFIX}{os.urandom(6).hex()}")
        os.mkdir(path)
        try:
            lock = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue  # somebody was quick to take it for one that was left
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(path):
            return path, lock
        os.close(lock)  # likewise


def _remove_left(root: str) -> None:
    """Remove the folders whose processes were killed."""
    for name in os.listdir(root):
        if not name.startswith(_PREFIX):
            continue
        path = os.path.join(root, name)
        try:
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except (FileNotFoundError, NotADirectoryError):
            continue  # done by its own process meanwhile, or none of ours
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(lock)
