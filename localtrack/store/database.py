"""The connection to one workspace's database, and the one place that opens transactions."""

from __future__ import annotations

import atexit
import fcntl
import os
import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from localtrack.exceptions import ServiceException, UserErrorException, WorkspaceException
from localtrack.paths import Layout
from localtrack.store import database_file
from localtrack.store.filesystem import network_type

SCHEMA_VERSION = 3  # how many migrations there are in localtrack.store.schema, which is slow to import
APPLICATION_ID = 0x4C54726B  # "LTrk", in the database file's header: it is ours
LOCK_SECONDS = 60.0

_POLL_SECONDS = 0.001
_OLDEST_SQLITE = (3, 37)  # STRICT tables
# What SQLite says of damage without a code of its own for it; a newer localtrack's tables are told apart before.
_SAID_OF_DAMAGE = ("Could not decode to UTF-8", "unsupported file format", "no such column", "no such table")
_DAMAGED = "The file is damaged: put a backup in its place, or save what `sqlite3 FILE .recover` finds"


class Database:
    """One workspace's database, for all threads of this process.

    Every change holds the workspace's write lock until it is committed, because SQLite before 3.51.3 can damage a
    database in WAL mode when one process commits while another moves the log into the database; moving happens in
    commits. Reading takes no lock.

    Args:
        layout: The workspace's paths.
        create: Whether a database that isn't there is made.

    Raises:
        WorkspaceException: There is none and ``create`` is false, it is not a database of localtrack's, it is of a
            newer version, or the file system can't hold it.
        ServiceException: It can't be read or made.
    """

    def __init__(self, layout: Layout, *, create: bool) -> None:
        self.layout = layout
        self.read_only = False
        self._guard = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._durable = False
        self._writing = False
        self._open(create)

    @contextmanager
    def transaction(self, *, durable: bool = False, seconds: float = LOCK_SECONDS) -> Iterator[sqlite3.Connection]:
        """Hold the write lock and a transaction; commit at the end, roll back on any exception.

        Args:
            durable: Whether the commit survives a power cut (``PRAGMA synchronous=FULL``). Any commit survives the
                death of any process.
            seconds: How long to wait for the write lock.

        Raises:
            ServiceException: The lock was not to be had, the database refused, or this is a signal handler that has
                interrupted another transaction.
        """
        with self._guard:
            connection = self.connection()
            if self._writing:
                raise ServiceException(
                    f"A signal handler can't change {self.layout.root} while it interrupts another change to it. "
                    "Nothing was changed: let the handler note what is to be done, and do it afterwards."
                )
            # A signal handler may raise anywhere in here, so whatever is taken is given back by what can't be
            # interrupted: the file's end, which frees the lock, and the first statement of `finally`.
            with self._lock_file() as lock, self._refusals():
                try:
                    self._writing = True
                    self._acquire(lock, seconds)
                    self.require_same_file()
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")  # of what a handler interrupted for good
                    if durable != self._durable:
                        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                        self._durable = durable
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    self._writing = False
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let several queries see one state of the database."""
        with self._guard, self._refusals():
            connection = self.connection()
            if connection.in_transaction:
                yield
                return
            try:
                connection.execute("BEGIN")
                yield
            finally:
                if connection.in_transaction:
                    connection.execute("COMMIT")

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        """Return all rows of a query; no cursor stays open."""
        with self._guard, self._refusals():
            return self.connection().execute(sql, parameters).fetchall()

    def tuples(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query as plain tuples, which is what many rows should be."""
        with self._guard, self._refusals():
            cursor = self.connection().cursor()
            cursor.row_factory = None
            return cursor.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def connection(self) -> sqlite3.Connection:
        """Return this process's connection."""
        if self._connection is None:
            self._open(create=False)
        assert self._connection is not None
        return self._connection

    def is_in_place(self) -> bool:
        """Whether the file is still the one that was opened, and not another or none."""
        if self._file is None:
            return True
        try:
            facts = os.stat(self.layout.database)  # looked at, not opened: closing it would drop SQLite's locks
        except FileNotFoundError:
            return False
        return (facts.st_dev, facts.st_ino) == self._file

    def require_same_file(self) -> None:
        """Refuse to change a database that was deleted or replaced: SQLite would go on with the old one for ever.

        Raises:
            WorkspaceException: It is not the file that this process has opened.
        """
        if not self.is_in_place():
            raise WorkspaceException(
                f"{self.layout.database} was deleted or replaced since this process opened it. Nothing was changed: "
                "open the workspace again, and use the objects that it gives."
            )

    def contradiction(self, error: Exception) -> ServiceException:
        """Return the error of a file that is damaged in such a way that SQLite sees nothing of it.

        Args:
            error: What does not fit together.
        """
        return ServiceException(
            f"{self.layout.database}: what is in it contradicts itself ({error}). Nothing of this change was kept. "
            "`localtrack doctor` says what is wrong; if the file is damaged, put a backup in its place.",
            error,
        )

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
                _databases.remove(self)

    def _open(self, create: bool) -> None:
        path = self.layout.database
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise WorkspaceException(
                f"localtrack needs SQLite 3.37 or newer; this Python has {sqlite3.sqlite_version}. "
                "Use a newer Python, or one that is linked with a newer SQLite."
            )
        if not os.path.exists(path):
            if not create:
                raise WorkspaceException(f"There is no localtrack database at {path}.")
            self._refuse_network()
            self._make(path)
        database_file.refuse_remains(path)
        with self._refusals():
            self._connection = self._connect(path)
            _databases.append(self)
            try:
                self._file = None
                self._prepare(self._connection)
                facts = os.stat(path)
                self._file = facts.st_dev, facts.st_ino
            except BaseException:
                self.close()
                raise

    def _make(self, path: str) -> None:
        with self._guard, self._lock_file() as lock, self._refusals():
            _databases.append(self)  # a fork waits until the lock is free again
            try:
                self._acquire(lock, LOCK_SECONDS)
                if not os.path.exists(path):
                    database_file.make(path, _migrate)
            except OSError as error:
                raise ServiceException(
                    f"{path} can't be made: {error.strerror}. Make the folder writable, or make room.", error
                ) from error
            finally:
                _databases.remove(self)

    def _connect(self, path: str) -> sqlite3.Connection:
        folder = os.path.dirname(path)
        self.read_only = not (os.access(folder, os.W_OK) and (not os.path.exists(path) or os.access(path, os.W_OK)))
        if not self.read_only:
            return self._configured(sqlite3.connect(path, isolation_level=None, check_same_thread=False))
        # Without a log beside it there is no writer, and in a folder that can't be written SQLite needs to be told so.
        option = "mode=ro" if os.path.exists(path + "-wal") else "immutable=1"
        uri = f"file:{_quoted(path)}?{option}"
        return self._configured(sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False))

    def _configured(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        connection.row_factory = sqlite3.Row
        try:
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA busy_timeout=10000")
            connection.execute("PRAGMA synchronous=NORMAL")
        except BaseException:
            connection.close()
            raise
        self._durable = False
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """See whose database it is, and bring it to this version's tables."""
        version = self._version(connection)
        if version == SCHEMA_VERSION:
            return
        if self.read_only:
            raise WorkspaceException(
                f"{self.layout.database} has the tables of an older localtrack and can't be changed by this user."
            )
        # The one change that no transaction can hold; it is kept in the file from then on.
        with self._lock_file() as lock:
            self._acquire(lock, LOCK_SECONDS)
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise WorkspaceException(f"{self.layout.database} can't be put into WAL mode: SQLite stays in {mode!r}.")
        with self.transaction(durable=True) as connection:
            version = self._version(connection)
            if version == SCHEMA_VERSION:
                return
            try:
                database_file.back_up(self.layout.database, version)
            except OSError as error:
                raise ServiceException(
                    f"{self.layout.database} can't be backed up before its tables are changed: {error.strerror}. "
                    "Nothing was changed: make room, or make the folder writable.",
                    error,
                ) from error
            _migrate(connection)

    def _version(self, connection: sqlite3.Connection) -> int:
        begun = not connection.in_transaction
        if begun:
            connection.execute("BEGIN")  # another process may be changing the tables: all of this is of one state
        try:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            tables = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
        finally:
            if begun and connection.in_transaction:
                connection.execute("COMMIT")
        if not tables:
            raise WorkspaceException(
                f"{self.layout.database} is empty: what was in it is lost. It was left as it is: put a backup in its "
                "place, or move it away to start anew."
            )
        if application != APPLICATION_ID:
            raise WorkspaceException(
                f"{self.layout.database} is a database, but not one of localtrack's. It was left as it is; "
                "move it away to start anew."
            )
        if version > SCHEMA_VERSION:
            raise WorkspaceException(
                f"{self.layout.database} was written by a newer localtrack (tables of version {version}; this one "
                f"knows {SCHEMA_VERSION}). It was left as it is: install the newer localtrack."
            )
        return version

    def _lock_file(self) -> IO[bytes]:
        """Open the file that is locked while the database is changed."""
        if self.read_only:
            raise ServiceException(
                f"{self.layout.root} can't be changed by this user: make the folder and its files writable, "
                "or copy the project."
            )
        try:
            return open(self.layout.write_lock, "ab", buffering=0)
        except OSError as error:
            raise ServiceException(
                f"{self.layout.write_lock} can't be opened: {error.strerror}. Nothing was changed.", error
            ) from error

    def _acquire(self, lock: IO[bytes], seconds: float) -> None:
        """Wait for the write lock; the kernel frees it when the file is closed.

        The system call itself, because filelock takes 70 us instead of 4 and 20 ms to import, keeps a lock that a
        signal handler has interrupted the taking of, and waits at a fork for threads that hold one of its own.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise ServiceException(
                        f"Another process has held {self.layout.write_lock} for {seconds:g} s. Nothing was changed; "
                        "try again, or find the process that holds it."
                    ) from None
                time.sleep(_POLL_SECONDS)
            except OSError as error:
                raise ServiceException(
                    f"{self.layout.write_lock} can't be locked: {error.strerror}. Nothing was changed.", error
                ) from error

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Turn SQLite's errors into ours, which say which file and what to do."""
        path = self.layout.database
        try:
            yield
        except sqlite3.IntegrityError as error:  # who expects one has caught it
            raise self._newer_tables(error) or self.contradiction(error) from error
        except UnicodeDecodeError as error:  # what SQLite quotes of a damaged file
            raise ServiceException(f"{path}: names in it are no text. {_DAMAGED}.", error) from error
        except (UnicodeEncodeError, OverflowError, sqlite3.ProgrammingError, sqlite3.InterfaceError) as error:
            if isinstance(error, sqlite3.Error) and not str(error).startswith("Error binding"):
                raise
            raise UserErrorException(f"The database can't take a value that it was given: {error}.", error) from error
        except sqlite3.DatabaseError as error:
            name = getattr(error, "sqlite_errorname", "")
            if name == "SQLITE_NOTADB":
                raise WorkspaceException(
                    f"{path} is not a database. It was left as it is; move it away, or put a backup in its place.",
                    error,
                ) from error
            if name == "SQLITE_ERROR" and (newer := self._newer_tables(error)) is not None:
                raise newer from error
            folder = os.path.dirname(path)
            if name.startswith("SQLITE_CORRUPT") or any(text in str(error) for text in _SAID_OF_DAMAGE):
                advice = _DAMAGED
            elif name == "SQLITE_READONLY" and os.access(path, os.W_OK) and os.access(folder, os.W_OK):
                # SQLite opens for reading what it can't open for writing at that moment.
                self._forget()
                advice = (
                    "Do it again. If it is refused again: by its header, only a newer SQLite may write it, or "
                    f"{_DAMAGED[0].lower()}{_DAMAGED[1:]}"
                )
            elif name == "SQLITE_FULL":
                advice = "The disk is full: make room, then do it again"
            elif name.startswith("SQLITE_BUSY"):
                advice = "Another program holds the database: close it, then do it again"
            elif name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
                advice = "Make the folder and its files readable and writable for this user"
            else:
                advice = "Nothing of this change was kept"
            raise ServiceException(f"{path}: {error}. {advice}.", error) from error

    def _forget(self) -> None:
        """Close the connection if no transaction goes on in it."""
        if not self._writing:
            self.close()

    def _newer_tables(self, error: sqlite3.Error) -> WorkspaceException | None:
        """Return the error of tables that a newer localtrack has changed since they were opened, if one has."""
        if self._connection is None:
            return None
        try:
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error:
            return None
        if version <= SCHEMA_VERSION:
            return None
        return WorkspaceException(
            f"{self.layout.database} was changed by a newer localtrack since this process opened it, which can't use "
            f"it any more ({error}). Nothing of this change was kept, but what is logged is: end this process, and go "
            "on with the newer localtrack.",
            error,
        )

    def _refuse_network(self) -> None:
        kind = network_type(self.layout.root)
        if kind is not None:
            raise WorkspaceException(
                f"{self.layout.root} is on a network file system ({kind}), where SQLite's write-ahead log can lose "
                "data. Put the project on a local disk."
            )

    def _park(self) -> None:
        """In a forked child: neither use nor close the parent's connection (SQLite's page on how to corrupt)."""
        if self._connection is not None:
            _parked.append(self._connection)
        self._connection = None
        self._writing = False
        self._guard = threading.RLock()


def close_all() -> None:
    """Close this process's connections, as its end would."""
    for each in _databases:
        each.close()


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to this version; inside a transaction."""
    from sqlite_utils import Database as SchemaDatabase

    from localtrack.store.schema import migrations

    migrations.apply(SchemaDatabase(connection, execute_plugins=False))
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def warn(message: str) -> None:
    """Tell the user what is odd but stops nobody."""
    warnings.warn(message, UserWarning, stacklevel=3)


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(os.fsencode(path))


_databases: list[Database] = []  # those with an open connection
_held: list[Database] = []  # while this process forks
_parked: list[sqlite3.Connection] = []


def _before_fork() -> None:
    """Let the transactions of other threads end: a child would keep a copy of their write lock."""
    _held.extend(_databases)
    for each in _held:
        each._guard.acquire()


def _after_fork_in_parent() -> None:
    for each in _held:
        each._guard.release()
    _held.clear()


def _after_fork_in_child() -> None:
    for each in _databases:
        each._park()
    _databases.clear()
    _held.clear()


atexit.register(close_all)
os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
