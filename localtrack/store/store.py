"""One workspace's store: the way in for everything above it."""

from __future__ import annotations

import os

from localtrack.exceptions import ServiceException
from localtrack.journal import writer
from localtrack.paths import Layout
from localtrack.store.artifacts import Artifacts
from localtrack.store.database import Database
from localtrack.store.deletion import Deletion, remove_folder
from localtrack.store.environments import Environments
from localtrack.store.events import Events
from localtrack.store.experiments import Experiments
from localtrack.store.facts import Facts
from localtrack.store.ingest import Ingest
from localtrack.store.labels import RunLabels
from localtrack.store.metrics import Metrics
from localtrack.store.models import Models
from localtrack.store.outbox import Outbox
from localtrack.store.owners import Owners
from localtrack.store.queue import Queue
from localtrack.store.runs import Runs
from localtrack.store.search import Search
from localtrack.store.settings import Settings
from localtrack.store.snapshots import Snapshots
from localtrack.store.targets import Targets

_GITIGNORE = """\
# Of this folder, only config.json, run configurations, conda files and notification rules are worth keeping. A run
# configuration that RunConfiguration.save has written may have no suffix; all else that has none is a folder.
/*/
*.*
!.gitignore
!config.json
!*.runconfig
!*.yml
"""


class Store:
    """Everything that one workspace keeps. Values in and out are plain data; nothing above knows SQL.

    Args:
        layout: The workspace's paths.
        create: Whether folders and database are made if they aren't there.

    Raises:
        WorkspaceException: The database isn't there, isn't localtrack's, or is of a newer version.
        ServiceException: It can't be read or made.
    """

    def __init__(self, layout: Layout, *, create: bool = False) -> None:
        self.layout = layout
        if create:
            _make_folders(layout)
        self.database = Database(layout, create=create)
        self.owners = Owners(self.database)
        self.ingest = Ingest(self.database, self.owners)
        self.experiments = Experiments(self.database)
        self.runs = Runs(self.database, self.owners)
        self.search = Search(self.database, self.ingest)
        self.deletion = Deletion(self.database, self.ingest)
        self.labels = RunLabels(self.database)
        self.metrics = Metrics(self.database, self.ingest)
        self.artifacts = Artifacts(self.database)
        self.snapshots = Snapshots(self.database)
        self.models = Models(self.database)
        self.environments = Environments(self.database)
        self.facts = Facts(self.database)
        self.events = Events(self.database)
        self.outbox = Outbox(self.database, self.owners)
        self.queue = Queue(self.database, self.owners)
        self.targets = Targets(self.database)
        self.settings = Settings(self.database)

    @property
    def read_only(self) -> bool:
        """Whether this user can't change the workspace."""
        return self.database.read_only


def open_store(layout: Layout, *, create: bool = False) -> Store:
    """Return this process's store of a workspace; it is opened once, and again after its files were deleted.

    Raises:
        WorkspaceException: See `Store`.
        ServiceException: See `Store`.
    """
    store = _stores.get(layout.root)
    if store is not None and create and not store.database.is_in_place():
        close_store(layout)
        store = None
    if store is None:
        store = _stores.setdefault(layout.root, Store(layout, create=create))
    return store


def close_store(layout: Layout) -> None:
    """Close whatever this process has open in a workspace: its database, journal and owner's lock."""
    store = _stores.pop(layout.root, None)
    if store is not None:
        store.database.close()
    writer(layout.journals).close()


def delete_store(store: Store) -> None:
    """Delete everything that localtrack keeps in a workspace's folder; what the user has put there stays.

    Raises:
        UserErrorException: A run has not ended; nothing was deleted.
        ServiceException: A file can't be removed.
    """
    layout = store.layout
    store.deletion.delete_all()
    close_store(layout)
    try:
        for path in layout.own(os.listdir(layout.root)):
            if os.path.isdir(path) and not os.path.islink(path):
                remove_folder(path)
            else:
                os.unlink(path)
        if not os.listdir(layout.root):
            os.rmdir(layout.root)
    except OSError as error:
        raise ServiceException(
            f"{error.filename} can't be removed: {error.strerror}. The workspace is deleted in part: "
            f"remove the rest of {layout.root} by hand.",
            error,
        ) from error


def _make_folders(layout: Layout) -> None:
    if os.path.exists(layout.database) and not os.access(layout.root, os.W_OK):
        return
    try:
        for folder in (layout.root, layout.journals):
            os.makedirs(folder, exist_ok=True)
        if not os.path.exists(layout.gitignore):
            with open(layout.gitignore, "w", encoding="utf-8") as file:
                file.write(_GITIGNORE)
    except OSError as error:
        raise ServiceException(
            f"{error.filename or layout.root} can't be made: {error.strerror}. Make the folder writable, or make room.",
            error,
        ) from error


_stores: dict[str, Store] = {}
