"""Data lakes in Azure: names alone."""

from __future__ import annotations

from localtrack.core.absent import AZURE_STORAGE, absent

__all__ = ["AbstractADLSDatastore", "AzureDataLakeDatastore", "AzureDataLakeGen2Datastore"]

AbstractADLSDatastore = absent(__name__, "AbstractADLSDatastore", AZURE_STORAGE)
AzureDataLakeDatastore = absent(__name__, "AzureDataLakeDatastore", AZURE_STORAGE)
AzureDataLakeGen2Datastore = absent(__name__, "AzureDataLakeGen2Datastore", AZURE_STORAGE)
