"""Datasets as inputs of scripts: a name alone."""

from __future__ import annotations

from localtrack.core.absent import DATASETS, absent

__all__ = ["DatasetConsumptionConfig"]

DatasetConsumptionConfig = absent(__name__, "DatasetConsumptionConfig", DATASETS)
