"""Paths in a datastore, where the SDK has them."""

from __future__ import annotations

from localtrack.core.data_reference import DataReference

__all__ = ["DataReference"]
