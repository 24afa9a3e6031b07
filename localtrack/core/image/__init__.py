"""Images of models, which are built in Azure: names alone."""

from __future__ import annotations

from localtrack.core.image.container import ContainerImage
from localtrack.core.image.image import Image

__all__ = ["ContainerImage", "Image"]
