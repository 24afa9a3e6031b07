"""Web services in Kubernetes: names alone."""

from __future__ import annotations

from localtrack.core.absent import HOSTING, absent

__all__ = ["AksEndpoint", "AksServiceDeploymentConfiguration", "AksWebservice"]

AksEndpoint = absent(__name__, "AksEndpoint", HOSTING)
AksServiceDeploymentConfiguration = absent(__name__, "AksServiceDeploymentConfiguration", HOSTING)
AksWebservice = absent(__name__, "AksWebservice", HOSTING)
