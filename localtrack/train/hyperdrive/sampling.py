"""How a sweep chooses parameters: names alone."""

from __future__ import annotations

from localtrack.core.absent import SWEEPS, absent

__all__ = ["BayesianParameterSampling", "GridParameterSampling", "HyperParameterSampling", "RandomParameterSampling"]

BayesianParameterSampling = absent(__name__, "BayesianParameterSampling", SWEEPS)
GridParameterSampling = absent(__name__, "GridParameterSampling", SWEEPS)
HyperParameterSampling = absent(__name__, "HyperParameterSampling", SWEEPS)
RandomParameterSampling = absent(__name__, "RandomParameterSampling", SWEEPS)
