"""Tables of databases in Azure: a name alone."""

from __future__ import annotations

from localtrack.core.absent import AZURE_STORAGE, absent

__all__ = ["SqlDataReference"]

SqlDataReference = absent(__name__, "SqlDataReference", AZURE_STORAGE)
