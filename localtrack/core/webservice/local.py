"""Web services in a container of this machine: names alone."""

from __future__ import annotations

from localtrack.core.absent import HOSTING, absent

__all__ = ["LocalWebservice", "LocalWebserviceDeploymentConfiguration"]

LocalWebservice = absent(__name__, "LocalWebservice", HOSTING)
LocalWebserviceDeploymentConfiguration = absent(__name__, "LocalWebserviceDeploymentConfiguration", HOSTING)
