"""Services that are linked to a workspace in Azure: names alone."""

from __future__ import annotations

from localtrack.core.absent import SERVICES, absent

__all__ = ["LinkedService", "LinkedServiceConfiguration", "SynapseWorkspaceLinkedServiceConfiguration"]

LinkedService = absent(__name__, "LinkedService", SERVICES)
LinkedServiceConfiguration = absent(__name__, "LinkedServiceConfiguration", SERVICES)
SynapseWorkspaceLinkedServiceConfiguration = absent(__name__, "SynapseWorkspaceLinkedServiceConfiguration", SERVICES)
