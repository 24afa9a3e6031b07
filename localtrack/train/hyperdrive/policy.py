"""What ends the weak runs of a sweep early: names alone."""

from __future__ import annotations

from localtrack.core.absent import SWEEPS, absent

__all__ = [
    "BanditPolicy",
    "EarlyTerminationPolicy",
    "MedianStoppingPolicy",
    "NoTerminationPolicy",
    "TruncationSelectionPolicy",
]

BanditPolicy = absent(__name__, "BanditPolicy", SWEEPS)
EarlyTerminationPolicy = absent(__name__, "EarlyTerminationPolicy", SWEEPS)
MedianStoppingPolicy = absent(__name__, "MedianStoppingPolicy", SWEEPS)
NoTerminationPolicy = absent(__name__, "NoTerminationPolicy", SWEEPS)
TruncationSelectionPolicy = absent(__name__, "TruncationSelectionPolicy", SWEEPS)
