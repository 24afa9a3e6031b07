"""The SDK's log of its own calls: a name alone."""

from __future__ import annotations

from localtrack.core.absent import DIAGNOSTICS, absent

__all__ = ["diagnostic_log"]

diagnostic_log = absent("localtrack.core", "diagnostic_log", DIAGNOSTICS)
