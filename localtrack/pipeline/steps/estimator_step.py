"""A step that runs an estimator: a name alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["EstimatorStep"]

EstimatorStep = absent(__name__, "EstimatorStep", PIPELINES)
