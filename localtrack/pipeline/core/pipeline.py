"""The pipeline: a name alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["Pipeline"]

Pipeline = absent(__name__, "Pipeline", PIPELINES)
