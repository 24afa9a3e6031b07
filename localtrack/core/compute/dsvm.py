"""Data Science Virtual Machines, where the SDK has the name."""

from __future__ import annotations

from localtrack.core.compute.elsewhere import DsvmCompute

__all__ = ["DsvmCompute"]
