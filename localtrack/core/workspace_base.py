"""What every part of a workspace stands on: its identity and its store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from localtrack.core.config import Identity
from localtrack.exceptions import UserErrorException
from localtrack.paths import Layout, url

if TYPE_CHECKING:
    from localtrack.core.workspace import Workspace
    from localtrack.store.store import Store


def check_workspace(given: object, call: str) -> None:
    """Refuse what is no workspace.

    Args:
        given: What the caller gave.
        call: What it was given to, for the error's text.

    Raises:
        UserErrorException: It is none.
    """
    if not isinstance(given, WorkspaceBase):
        raise UserErrorException(f"{call} needs a Workspace first, not {given!r:.100}.")


class WorkspaceBase:
    """A workspace, by its identity and its layout."""

    @property
    def name(self) -> str:
        """The workspace's name."""
        return self._identity.name

    @property
    def subscription_id(self) -> str:
        """Of the workspace's identity."""
        return self._identity.subscription_id

    @property
    def resource_group(self) -> str:
        """Of the workspace's identity."""
        return self._identity.resource_group

    @property
    def location(self) -> str:
        """Always ``"local"``."""
        return "local"

    @property
    def _url(self) -> str:
        """The address of the project's folder."""
        return url(self._layout.project)

    @property
    def _whole(self) -> Workspace:
        """This very object, which is never only a part of one."""
        return cast("Workspace", self)

    @property
    def _store(self) -> Store:
        from localtrack.store.store import open_store

        return open_store(self._layout)

    def _open(self, identity: Identity, layout: Layout) -> None:
        from localtrack.executor.recovery import sweep
        from localtrack.store.store import open_store

        self._identity = identity
        self._layout = layout
        if not os.path.exists(layout.database):  # of a configuration that came from Azure
            from localtrack.core import registry

            registry.add(identity, layout)
        sweep(open_store(layout, create=True))

    def _refresh(self) -> Store:
        """Return the store after the truth about dead owners was written to it."""
        from localtrack.executor.recovery import sweep

        store = self._store
        sweep(store)
        return store

    def _repr_html_(self) -> str:
        from localtrack.core.html import workspace_html

        return workspace_html(self._whole)

    def __str__(self) -> str:
        return (
            f"Workspace.create(name={self.name!r}, subscription_id={self.subscription_id!r}, "
            f"resource_group={self.resource_group!r})"
        )

    __repr__ = __str__
