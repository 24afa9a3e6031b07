"""Copies of data near the machines as inputs of scripts: a name alone."""

from __future__ import annotations

from localtrack.core.absent import AZURE_STORAGE, absent

__all__ = ["DatacacheConsumptionConfig"]

DatacacheConsumptionConfig = absent(__name__, "DatacacheConsumptionConfig", AZURE_STORAGE)
