"""How a sweep runs: names alone."""

from __future__ import annotations

from localtrack.core.absent import SWEEPS, absent

__all__ = ["HyperDriveConfig", "HyperDriveRunConfig", "PrimaryMetricGoal"]

HyperDriveConfig = absent(__name__, "HyperDriveConfig", SWEEPS)
HyperDriveRunConfig = absent(__name__, "HyperDriveRunConfig", SWEEPS)
PrimaryMetricGoal = absent(__name__, "PrimaryMetricGoal", SWEEPS)
