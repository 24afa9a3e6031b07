"""Copies of data near the machines: a name alone."""

from __future__ import annotations

from localtrack.core.absent import AZURE_STORAGE, absent

__all__ = ["DatacacheStore"]

DatacacheStore = absent(__name__, "DatacacheStore", AZURE_STORAGE)
