"""Datasets of tables: a name alone."""

from __future__ import annotations

from localtrack.core.absent import DATASETS, absent

__all__ = ["TabularDataset"]

TabularDataset = absent(__name__, "TabularDataset", DATASETS)
