"""Images of models, which are built in Azure: names alone."""

from __future__ import annotations

from localtrack.core.absent import HOSTING, absent

__all__ = ["ContainerImage", "Image"]

ContainerImage = absent(__name__, "ContainerImage", HOSTING)
Image = absent(__name__, "Image", HOSTING)
