"""The values that a sweep chooses from: names alone."""

from __future__ import annotations

from localtrack.core.absent import SWEEPS, absent

__all__ = [
    "choice",
    "lognormal",
    "loguniform",
    "normal",
    "qlognormal",
    "qloguniform",
    "qnormal",
    "quniform",
    "randint",
    "uniform",
]

choice = absent(__name__, "choice", SWEEPS)
lognormal = absent(__name__, "lognormal", SWEEPS)
loguniform = absent(__name__, "loguniform", SWEEPS)
normal = absent(__name__, "normal", SWEEPS)
qlognormal = absent(__name__, "qlognormal", SWEEPS)
qloguniform = absent(__name__, "qloguniform", SWEEPS)
qnormal = absent(__name__, "qnormal", SWEEPS)
quniform = absent(__name__, "quniform", SWEEPS)
randint = absent(__name__, "randint", SWEEPS)
uniform = absent(__name__, "uniform", SWEEPS)
