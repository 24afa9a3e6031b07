"""The SDK's first way to submit scripts: names alone."""

from __future__ import annotations

from localtrack.core.absent import ESTIMATORS, absent

__all__ = ["Estimator", "Gloo", "MMLBaseEstimator", "MMLBaseEstimatorRunConfig", "Mpi", "Nccl", "ParameterServer"]

Estimator = absent(__name__, "Estimator", ESTIMATORS)
Gloo = absent(__name__, "Gloo", ESTIMATORS)
MMLBaseEstimator = absent(__name__, "MMLBaseEstimator", ESTIMATORS)
MMLBaseEstimatorRunConfig = absent(__name__, "MMLBaseEstimatorRunConfig", ESTIMATORS)
Mpi = absent(__name__, "Mpi", ESTIMATORS)
Nccl = absent(__name__, "Nccl", ESTIMATORS)
ParameterServer = absent(__name__, "ParameterServer", ESTIMATORS)
