"""What a workspace says of itself."""

from __future__ import annotations

from typing import Any

from localtrack.core.labels import checked_labels
from localtrack.core.workspace_base import WorkspaceBase
from localtrack.core.workspace_cloud import refuse_cloud
from localtrack.values import check_text


class WorkspaceDetails(WorkspaceBase):
    """The tags, the description and the like of a workspace."""

    @property
    def sku(self) -> str:
        """Always ``"Basic"``: there is one kind of workspace."""
        return "Basic"

    @property
    def tags(self) -> dict[str, str | None]:
        """The workspace's tags; see `update`."""
        return self._store.settings.get("tags") or {}

    def get_details(self) -> dict[str, Any]:
        """Return what the workspace is and where it is kept.

        Example:
            >>> ws.get_details()["name"]
            'demo'
        """
        settings = self._store.settings
        details = {
            "id": self._identity.scope,
            "name": self.name,
            "location": self.location,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "sku": self.sku,
            "tags": self.tags,
            "friendlyName": settings.get("friendly_name") or self.name,
            "description": settings.get("description"),
            "resourceGroup": self.resource_group,
            "subscriptionId": self.subscription_id,
            "path": self._layout.root,
            "database": self._layout.database,
        }
        return {name: value for name, value in details.items() if value is not None}

    def update(
        self,
        friendly_name: str | None = None,
        description: str | None = None,
        tags: dict[str, Any] | None = None,
        image_build_compute: str | None = None,
        service_managed_resources_settings: object = None,
        primary_user_assigned_identity: str | None = None,
        allow_public_access_when_behind_vnet: bool | None = None,
        v1_legacy_mode: bool | None = None,
    ) -> dict[str, Any]:
        """Change what the workspace says of itself.

        The other arguments mean something only in Azure, and are refused.

        Arguments that mean something here:
            friendly_name: Another name, for people.
            description: What it is for.
            tags: In place of those it has.

        Returns:
            `get_details`.

        Raises:
            UserErrorException: A text or tag can't be kept; nothing was changed.
            CloudOnlyException: Something was given that means something only in Azure.

        Example:
            >>> ws.update(description="Trials of the new encoder", tags={"team": "vision"})["description"]
            'Trials of the new encoder'
        """
        refuse_cloud(
            "update",
            image_build_compute=image_build_compute,
            service_managed_resources_settings=service_managed_resources_settings,
            primary_user_assigned_identity=primary_user_assigned_identity,
            allow_public_access_when_behind_vnet=allow_public_access_when_behind_vnet,
            v1_legacy_mode=v1_legacy_mode,
        )
        labels = None if tags is None else checked_labels(tags, "tag")
        self._set(friendly_name=friendly_name, description=description, tags=labels)
        return self.get_details()

    def _set(self, **given: Any) -> None:
        settings = {name: value for name, value in given.items() if value is not None}
        texts = {name: check_text(value, name) for name, value in settings.items() if name != "tags"}
        self._store.settings.set({**settings, **texts})
