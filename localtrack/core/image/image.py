"""What images have in common: names alone."""

from __future__ import annotations

from localtrack.core.absent import HOSTING, absent

__all__ = ["Asset", "Image", "ImageConfig", "TargetRuntime"]

Asset = absent(__name__, "Asset", HOSTING)
Image = absent(__name__, "Image", HOSTING)
ImageConfig = absent(__name__, "ImageConfig", HOSTING)
TargetRuntime = absent(__name__, "TargetRuntime", HOSTING)
