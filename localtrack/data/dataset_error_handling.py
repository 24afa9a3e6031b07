"""Errors of datasets, for ``except``: nothing here raises them."""

from __future__ import annotations

from localtrack.exceptions import UserErrorException

__all__ = ["DatasetExecutionError", "DatasetValidationError"]


class DatasetValidationError(UserErrorException):
    """A dataset is not as it should be."""


class DatasetExecutionError(UserErrorException):
    """A dataset can't be read."""
