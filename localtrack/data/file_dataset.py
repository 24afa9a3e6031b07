"""Datasets of files: a name alone."""

from __future__ import annotations

from localtrack.core.absent import DATASETS, absent

__all__ = ["FileDataset"]

FileDataset = absent(__name__, "FileDataset", DATASETS)
