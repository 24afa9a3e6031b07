"""How datasets are made: names alone."""

from __future__ import annotations

from localtrack.core.absent import DATASETS, absent

__all__ = ["DataType", "FileDatasetFactory", "TabularDatasetFactory"]

DataType = absent(__name__, "DataType", DATASETS)
FileDatasetFactory = absent(__name__, "FileDatasetFactory", DATASETS)
TabularDatasetFactory = absent(__name__, "TabularDatasetFactory", DATASETS)
