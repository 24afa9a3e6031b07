"""Data, of which there are the names alone; the default datastore is `localtrack.core.datastore`."""

from __future__ import annotations

from localtrack.data.datacache import DatacacheStore
from localtrack.data.dataset_factory import DataType
from localtrack.data.file_dataset import FileDataset
from localtrack.data.output_dataset_config import (
    HDFSOutputDatasetConfig,
    LinkFileOutputDatasetConfig,
    LinkTabularOutputDatasetConfig,
    OutputFileDatasetConfig,
)
from localtrack.data.tabular_dataset import TabularDataset

__all__ = [
    "DataType",
    "DatacacheStore",
    "FileDataset",
    "HDFSOutputDatasetConfig",
    "LinkFileOutputDatasetConfig",
    "LinkTabularOutputDatasetConfig",
    "OutputFileDatasetConfig",
    "TabularDataset",
]
