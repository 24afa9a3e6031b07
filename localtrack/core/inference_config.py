"""How models are hosted in Azure: names alone."""

from __future__ import annotations

from localtrack.core.absent import HOSTING, absent

__all__ = ["InferenceConfig", "ModelPackage"]

InferenceConfig = absent(__name__, "InferenceConfig", HOSTING)
ModelPackage = absent(__name__, "ModelPackage", HOSTING)
