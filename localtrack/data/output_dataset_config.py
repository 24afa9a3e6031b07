"""Datasets as outputs of scripts: names alone."""

from __future__ import annotations

from localtrack.core.absent import OUTPUTS, absent

__all__ = [
    "HDFSOutputDatasetConfig",
    "LinkFileOutputDatasetConfig",
    "LinkTabularOutputDatasetConfig",
    "OutputDatasetConfig",
    "OutputFileDatasetConfig",
    "OutputTabularDatasetConfig",
]

HDFSOutputDatasetConfig = absent(__name__, "HDFSOutputDatasetConfig", OUTPUTS)
LinkFileOutputDatasetConfig = absent(__name__, "LinkFileOutputDatasetConfig", OUTPUTS)
LinkTabularOutputDatasetConfig = absent(__name__, "LinkTabularOutputDatasetConfig", OUTPUTS)
OutputDatasetConfig = absent(__name__, "OutputDatasetConfig", OUTPUTS)
OutputFileDatasetConfig = absent(__name__, "OutputFileDatasetConfig", OUTPUTS)
OutputTabularDatasetConfig = absent(__name__, "OutputTabularDatasetConfig", OUTPUTS)
