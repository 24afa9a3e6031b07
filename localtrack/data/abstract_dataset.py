"""What datasets have in common: a name alone."""

from __future__ import annotations

from localtrack.core.absent import DATASETS, absent

__all__ = ["AbstractDataset"]

AbstractDataset = absent(__name__, "AbstractDataset", DATASETS)
