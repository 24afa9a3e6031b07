"""How datasets read files: names alone."""

from __future__ import annotations

from localtrack.core.absent import DATASETS, absent

__all__ = ["FileEncoding", "FileType", "HistogramCompareMethod", "PromoteHeadersBehavior", "SkipLinesBehavior"]

FileEncoding = absent(__name__, "FileEncoding", DATASETS)
FileType = absent(__name__, "FileType", DATASETS)
HistogramCompareMethod = absent(__name__, "HistogramCompareMethod", DATASETS)
PromoteHeadersBehavior = absent(__name__, "PromoteHeadersBehavior", DATASETS)
SkipLinesBehavior = absent(__name__, "SkipLinesBehavior", DATASETS)
