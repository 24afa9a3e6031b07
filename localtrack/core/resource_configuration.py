"""What a model in Azure gets of a machine: a name alone."""

from __future__ import annotations

from localtrack.core.absent import HOSTING, absent

__all__ = ["ResourceConfiguration"]

ResourceConfiguration = absent(__name__, "ResourceConfiguration", HOSTING)
