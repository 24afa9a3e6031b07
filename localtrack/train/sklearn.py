"""The SDK's first way to submit scripts, for scikit-learn: a name alone."""

from __future__ import annotations

from localtrack.core.absent import ESTIMATORS, absent

__all__ = ["SKLearn"]

SKLearn = absent(__name__, "SKLearn", ESTIMATORS)
