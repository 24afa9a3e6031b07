"""Kubernetes in Azure: names alone."""

from __future__ import annotations

from localtrack.core.absent import HOSTING, absent
from localtrack.core.compute.elsewhere import AksCompute

__all__ = ["AksCompute", "AksUpdateConfiguration"]

AksUpdateConfiguration = absent(__name__, "AksUpdateConfiguration", HOSTING)
