"""The errors a user catches.

Names and tree are those of ``azureml.exceptions``, so that ``except`` clauses move over unchanged; the two that
localtrack adds stand at the end.

    Exception
     +- AzureMLException
         +- UserErrorException            a wrong argument, name or value
         |   +- AuthenticationException
         |   +- CloudOnlyException        means something only in Azure (localtrack's own)
         +- WorkspaceException            a workspace that is missing, foreign or from a newer version
         +- ServiceException              the store refused: disk full, locked, damaged (localtrack's own tree)
         +- ExperimentExecutionException  a script can't be submitted or watched
         +- ActivityFailedException       a run that was waited for has failed
         +- RunEnvironmentException       there is no run to be the context of
         +- RunConfigurationException
         +- SnapshotException
         +- ComputeTargetException
         +- ModelNotFoundException
         +- ModelPathNotFoundException

Below these stand the errors of the SDK's that localtrack has no reason to raise, each a child of AzureMLException.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = [
    "ActivityCanceledException",
    "ActivityFailedException",
    "AuthenticationException",
    "AzureMLAggregatedException",
    "AzureMLException",
    "CloudOnlyException",
    "ComputeTargetException",
    "DatasetTimestampMissingError",
    "DiscoveryUrlNotFoundException",
    "ExperimentExecutionException",
    "ModelNotFoundException",
    "ModelPathNotFoundException",
    "ParallelRunException",
    "ProjectSystemException",
    "RunConfigurationException",
    "RunEnvironmentException",
    "ServiceException",
    "SnapshotException",
    "TrainingException",
    "UserErrorException",
    "WebserviceException",
    "WorkspaceException",
    "WorkspacePrivateEndpointException",
]


class AzureMLException(Exception):
    """The root of all errors that localtrack raises on purpose.

    Args:
        exception_message: What happened, to which run or file, and what to do now.
        inner_exception: The error underneath, if there is one.
        **kwargs: Accepted for the SDK's sake and kept in ``details``.
    """

    def __init__(self, exception_message: str, inner_exception: BaseException | None = None, **kwargs: Any) -> None:
        super().__init__(exception_message, inner_exception)
        self.details = kwargs

    @property
    def message(self) -> str:
        """What happened."""
        return str(self.args[0])

    @property
    def inner_exception(self) -> BaseException | None:
        """The error underneath, or None."""
        inner: BaseException | None = self.args[1]
        return inner

    def __str__(self) -> str:
        return self.message


class UserErrorException(AzureMLException):
    """A wrong argument, name or value; nothing was changed."""


class AuthenticationException(UserErrorException):
    """Never raised by localtrack, which has nothing to sign in to; here for ``except`` clauses."""


class CloudOnlyException(UserErrorException):
    """The call means something only in Azure."""


class WorkspaceException(AzureMLException):
    """A workspace is missing, belongs to something else, or was written by a newer localtrack."""


class ServiceException(AzureMLException):
    """The store on this machine refused: the disk is full, the database is locked or damaged."""


class ExperimentExecutionException(AzureMLException):
    """A script can't be submitted, or watching it was interrupted."""


class ActivityFailedException(AzureMLException):
    """A run that was waited for has failed.

    Args:
        error_details: The run's error, as ``Run.get_details()["error"]`` has it, or a text.
        run_id: The run.
        **kwargs: Accepted for the SDK's sake and kept in ``details``.
    """

    def __init__(self, error_details: Any, run_id: str | None = None, **kwargs: Any) -> None:
        self.error_details = error_details
        self.run_id = run_id
        text = error_details if isinstance(error_details, str) else json.dumps(error_details, indent=4)
        what = "" if run_id is None else f"\nThe run is {run_id}; run.get_details_with_logs() has what it printed."
        super().__init__(f"Activity Failed:\n{text}{what}", **kwargs)

    def __reduce__(self) -> tuple[type[ActivityFailedException], tuple[Any, str | None]]:
        return type(self), (self.error_details, self.run_id)


class RunEnvironmentException(AzureMLException):
    """There is no submitted run that this process could be the script of."""


class RunConfigurationException(AzureMLException):
    """A run configuration can't be read or has a wrong value."""


class SnapshotException(AzureMLException):
    """The files of a folder could not be kept."""


class ComputeTargetException(AzureMLException):
    """There is no compute target of that name."""


class ModelNotFoundException(AzureMLException):
    """There is no model of that name or version."""


class ModelPathNotFoundException(AzureMLException):
    """A run has no file under the path that should become a model."""


class ActivityCanceledException(AzureMLException):
    """Never raised by localtrack; here for ``except`` clauses."""


class AzureMLAggregatedException(AzureMLException):
    """Never raised by localtrack; here for ``except`` clauses."""


class DatasetTimestampMissingError(AzureMLException):
    """Never raised by localtrack; here for ``except`` clauses."""


class DiscoveryUrlNotFoundException(AzureMLException):
    """Never raised by localtrack; here for ``except`` clauses."""


class ParallelRunException(AzureMLException):
    """Never raised by localtrack; here for ``except`` clauses."""


class ProjectSystemException(AzureMLException):
    """Never raised by localtrack; here for ``except`` clauses."""


class TrainingException(AzureMLException):
    """Never raised by localtrack; here for ``except`` clauses."""


class WebserviceException(AzureMLException):
    """Never raised by localtrack; here for ``except`` clauses."""


class WorkspacePrivateEndpointException(AzureMLException):
    """Never raised by localtrack; here for ``except`` clauses."""
