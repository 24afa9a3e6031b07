"""Other machines, where the SDK has the name."""

from __future__ import annotations

from localtrack.core.compute.elsewhere import RemoteCompute

__all__ = ["RemoteCompute"]
