"""The run of a sweep: names alone."""

from __future__ import annotations

from localtrack.core.absent import SWEEPS, absent
from localtrack.train.hyperdrive.runconfig import HyperDriveConfig, PrimaryMetricGoal

__all__ = ["HyperDriveConfig", "HyperDriveRun", "PrimaryMetricGoal"]

HyperDriveRun = absent(__name__, "HyperDriveRun", SWEEPS)
