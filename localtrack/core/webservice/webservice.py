"""Web services: names alone."""

from __future__ import annotations

from localtrack.core.absent import HOSTING, absent

__all__ = ["Webservice", "WebserviceDeploymentConfiguration"]

Webservice = absent(__name__, "Webservice", HOSTING)
WebserviceDeploymentConfiguration = absent(__name__, "WebserviceDeploymentConfiguration", HOSTING)
