"""Databases in Azure: a name alone."""

from __future__ import annotations

from localtrack.core.absent import AZURE_STORAGE, absent

__all__ = ["AzureSqlDatabaseDatastore"]

AzureSqlDatabaseDatastore = absent(__name__, "AzureSqlDatabaseDatastore", AZURE_STORAGE)
