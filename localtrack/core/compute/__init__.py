"""Where scripts run: the compute targets of a workspace, all of them on this machine."""

from __future__ import annotations

from localtrack.core.compute.amlcompute import AmlCompute
from localtrack.core.compute.compute import ComputeTarget
from localtrack.core.compute.computeinstance import ComputeInstance
from localtrack.core.compute.elsewhere import (
    AdlaCompute,
    AksCompute,
    BatchCompute,
    DatabricksCompute,
    DataFactoryCompute,
    DsvmCompute,
    HDInsightCompute,
    KubernetesCompute,
    RemoteCompute,
    SynapseCompute,
)

__all__ = [
    "AdlaCompute",
    "AksCompute",
    "AmlCompute",
    "BatchCompute",
    "ComputeInstance",
    "ComputeTarget",
    "DataFactoryCompute",
    "DatabricksCompute",
    "DsvmCompute",
    "HDInsightCompute",
    "KubernetesCompute",
    "RemoteCompute",
    "SynapseCompute",
]
