"""A step that is a sweep: names alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["HyperDriveStep", "HyperDriveStepRun"]

HyperDriveStep = absent(__name__, "HyperDriveStep", PIPELINES)
HyperDriveStepRun = absent(__name__, "HyperDriveStepRun", PIPELINES)
