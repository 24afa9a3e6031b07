"""Datastores in Azure: names alone."""

from __future__ import annotations

from localtrack.core.absent import AZURE_STORAGE, absent

__all__ = ["AbstractAzureStorageDatastore", "AzureBlobDatastore", "AzureFileDatastore"]

AbstractAzureStorageDatastore = absent(__name__, "AbstractAzureStorageDatastore", AZURE_STORAGE)
AzureBlobDatastore = absent(__name__, "AzureBlobDatastore", AZURE_STORAGE)
AzureFileDatastore = absent(__name__, "AzureFileDatastore", AZURE_STORAGE)
