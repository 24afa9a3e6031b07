"""Networks in front of a workspace in Azure: names alone."""

from __future__ import annotations

from localtrack.core.absent import SERVICES, absent

__all__ = ["PrivateEndPoint", "PrivateEndPointConfig"]

PrivateEndPoint = absent(__name__, "PrivateEndPoint", SERVICES)
PrivateEndPointConfig = absent(__name__, "PrivateEndPointConfig", SERVICES)
