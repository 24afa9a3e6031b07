"""Web services in containers: names alone."""

from __future__ import annotations

from localtrack.core.absent import HOSTING, absent

__all__ = ["AciServiceDeploymentConfiguration", "AciWebservice"]

AciServiceDeploymentConfiguration = absent(__name__, "AciServiceDeploymentConfiguration", HOSTING)
AciWebservice = absent(__name__, "AciWebservice", HOSTING)
