"""A step that copies data: a name alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["DataTransferStep"]

DataTransferStep = absent(__name__, "DataTransferStep", PIPELINES)
