"""Machines and services that a workspace in Azure can be connected to; each says so when it is used."""

from __future__ import annotations

from typing import Any, NoReturn

from localtrack.exceptions import CloudOnlyException


class CloudCompute:
    """A compute target of a kind that is not this machine.

    Raises:
        CloudOnlyException: Always.
    """

    def __init__(self, workspace: object = None, name: str | None = None, **kwargs: Any) -> None:
        raise self._refused(f"(workspace, {name!r})")

    @classmethod
    def provisioning_configuration(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to describe one.

        Raises:
            CloudOnlyException: Always.
        """
        raise cls._refused(".provisioning_configuration()")

    @classmethod
    def attach_configuration(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to describe one that is there.

        Raises:
            CloudOnlyException: Always.
        """
        raise cls._refused(".attach_configuration()")

    @classmethod
    def create(cls, workspace: object, name: str, provisioning_configuration: object) -> NoReturn:
        """Refuse to make one.

        Raises:
            CloudOnlyException: Always.
        """
        raise cls._refused(".create()")

    @classmethod
    def attach(cls, workspace: object, name: str, attach_configuration: object) -> NoReturn:
        """Refuse to connect one.

        Raises:
            CloudOnlyException: Always.
        """
        raise cls._refused(".attach()")

    @classmethod
    def list(cls, workspace: object) -> list[Any]:
        """Return an empty list: no workspace on this machine has one."""
        return []

    @classmethod
    def _refused(cls, call: str) -> CloudOnlyException:
        return CloudOnlyException(
            f"{cls.__name__}{call} means something only in Azure: the runs of this workspace go on this machine. Use "
            "the compute target 'local', or one of ComputeTarget.create(workspace, NAME, "
            "AmlCompute.provisioning_configuration(max_nodes=...))."
        )


class AdlaCompute(CloudCompute):
    """Data Lake Analytics."""


class AksCompute(CloudCompute):
    """A Kubernetes service."""


class BatchCompute(CloudCompute):
    """A Batch account."""


class DataFactoryCompute(CloudCompute):
    """A Data Factory."""


class DatabricksCompute(CloudCompute):
    """A Databricks workspace."""


class DsvmCompute(CloudCompute):
    """A Data Science Virtual Machine."""


class HDInsightCompute(CloudCompute):
    """An HDInsight cluster."""


class KubernetesCompute(CloudCompute):
    """A Kubernetes cluster."""


class RemoteCompute(CloudCompute):
    """Another machine, over SSH."""


class SynapseCompute(CloudCompute):
    """A Spark pool of Synapse."""
