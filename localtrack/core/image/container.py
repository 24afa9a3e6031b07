"""Images to run in a container: names alone."""

from __future__ import annotations

from localtrack.core.absent import HOSTING, absent

__all__ = ["ContainerImage", "ContainerImageConfig"]

ContainerImage = absent(__name__, "ContainerImage", HOSTING)
ContainerImageConfig = absent(__name__, "ContainerImageConfig", HOSTING)
