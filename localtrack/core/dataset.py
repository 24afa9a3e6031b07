"""Datasets: a name alone."""

from __future__ import annotations

from localtrack.core.absent import DATASETS, absent

__all__ = ["Dataset"]

Dataset = absent(__name__, "Dataset", DATASETS)
