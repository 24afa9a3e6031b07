"""Batch accounts, where the SDK has the name."""

from __future__ import annotations

from localtrack.core.compute.elsewhere import BatchCompute

__all__ = ["BatchCompute"]
