"""Web services, which are deployed in Azure: names alone."""

from __future__ import annotations

from localtrack.core.absent import HOSTING, absent
from localtrack.core.webservice.aci import AciWebservice
from localtrack.core.webservice.aks import AksEndpoint, AksWebservice
from localtrack.core.webservice.local import LocalWebservice
from localtrack.core.webservice.webservice import Webservice

__all__ = ["AciWebservice", "AksEndpoint", "AksWebservice", "LocalWebservice", "UnknownWebservice", "Webservice"]

UnknownWebservice = absent(__name__, "UnknownWebservice", HOSTING)
