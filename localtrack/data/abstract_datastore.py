"""What datastores have in common: the only one here is a folder."""

from __future__ import annotations

from localtrack.core.datastore import Datastore as AbstractDatastore

__all__ = ["AbstractDatastore"]
