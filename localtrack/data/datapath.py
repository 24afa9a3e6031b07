"""Places in datastores: names alone."""

from __future__ import annotations

from localtrack.core.absent import DATASETS, absent

__all__ = ["DataPath", "DataPathComputeBinding"]

DataPath = absent(__name__, "DataPath", DATASETS)
DataPathComputeBinding = absent(__name__, "DataPathComputeBinding", DATASETS)
