"""One workspace's store: the way in for everything above it."""

from __future__ import annotations

import os

from localtrack.exceptions import ServiceException
from localtrack.journal import writer
from localtrack.paths import Layout
from localtrack.store.artifacts import Artifacts
from localtrack.store.database import Database
from localtrack.store.events import Events
from localtrack.store.experiments import Experiments
from localtrack.store.ingest import Ingest
from localtrack.store.labels import RunLabels
from localtrack.store.metrics import Metrics
from localtrack.store.owners import Owners
from localtrack.store.queue import Queue
from localtrack.store.runs import Runs

_GITIGNORE = """\
# Of this folder, only config.json, run configurations and conda files are worth keeping.
*
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
        self.labels = RunLabels(self.database)
        self.metrics = Metrics(self.database, self.ingest)
        self.artifacts = Artifacts(self.database)
        self.events = Events(self.database)
        self.queue = Queue(self.database, self.owners)

    @property
    def read_only(self) -> bool:
        """Whether this user can't change the workspace."""
        return self.database.read_only


def open_store(layout: Layout, *, create: bool = False) -> Store:
    """Return this process's store of a workspace; it is opened once.

    Raises:
        WorkspaceException: See `Store`.
        ServiceException: See `Store`.
    """
    store = _stores.get(layout.root)
    if store is None:
        store = _stores.setdefault(layout.root, Store(layout, create=create))
    return store


def close_store(layout: Layout) -> None:
    """Close whatever this process has open in a workspace: its database, journal and owner's lock."""
    store = _stores.pop(layout.root, None)
    if store is not None:
        store.database.close()
    writer(layout.journals).close()


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
