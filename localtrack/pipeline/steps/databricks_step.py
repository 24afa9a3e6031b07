"""A step in Databricks: a name alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["DatabricksStep"]

DatabricksStep = absent(__name__, "DatabricksStep", PIPELINES)
