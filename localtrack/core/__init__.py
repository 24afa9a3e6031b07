"""The SDK's objects, by the SDK's names; each is loaded on first use."""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers read it, without the import of typing
if TYPE_CHECKING:
    from typing import Any

    from localtrack.core.compute import ComputeTarget as ComputeTarget
    from localtrack.core.compute_target import attach_legacy_compute_target as attach_legacy_compute_target
    from localtrack.core.compute_target import is_compute_target_prepared as is_compute_target_prepared
    from localtrack.core.compute_target import prepare_compute_target as prepare_compute_target
    from localtrack.core.compute_target import remove_legacy_compute_target as remove_legacy_compute_target
    from localtrack.core.conda_dependencies import CondaDependencies as CondaDependencies
    from localtrack.core.container_registry import ContainerRegistry as ContainerRegistry
    from localtrack.core.dataset import Dataset as Dataset
    from localtrack.core.datastore import Datastore as Datastore
    from localtrack.core.diagnostics import diagnostic_log as diagnostic_log
    from localtrack.core.environment import Environment as Environment
    from localtrack.core.experiment import Experiment as Experiment
    from localtrack.core.image import Image as Image
    from localtrack.core.keyvault import Keyvault as Keyvault
    from localtrack.core.linked_service import LinkedService as LinkedService
    from localtrack.core.linked_service import (
        SynapseWorkspaceLinkedServiceConfiguration as SynapseWorkspaceLinkedServiceConfiguration,
    )
    from localtrack.core.model import Model as Model
    from localtrack.core.private_endpoint import PrivateEndPoint as PrivateEndPoint
    from localtrack.core.private_endpoint import PrivateEndPointConfig as PrivateEndPointConfig
    from localtrack.core.run import Run as Run
    from localtrack.core.run import get_run as get_run
    from localtrack.core.runconfig import RunConfiguration as RunConfiguration
    from localtrack.core.script_run import ScriptRun as ScriptRun
    from localtrack.core.script_run_config import ScriptRunConfig as ScriptRunConfig
    from localtrack.core.view_type import ViewType as ViewType
    from localtrack.core.webservice import Webservice as Webservice
    from localtrack.core.workspace import Workspace as Workspace

_HOMES = {
    "ComputeTarget": "compute",
    "CondaDependencies": "conda_dependencies",
    "ContainerRegistry": "container_registry",
    "Dataset": "dataset",
    "Datastore": "datastore",
    "Environment": "environment",
    "Experiment": "experiment",
    "Image": "image",
    "Keyvault": "keyvault",
    "LinkedService": "linked_service",
    "Model": "model",
    "PrivateEndPoint": "private_endpoint",
    "PrivateEndPointConfig": "private_endpoint",
    "Run": "run",
    "RunConfiguration": "runconfig",
    "ScriptRun": "script_run",
    "ScriptRunConfig": "script_run_config",
    "SynapseWorkspaceLinkedServiceConfiguration": "linked_service",
    "ViewType": "view_type",
    "Webservice": "webservice",
    "Workspace": "workspace",
    "attach_legacy_compute_target": "compute_target",
    "diagnostic_log": "diagnostics",
    "get_run": "run",
    "is_compute_target_prepared": "compute_target",
    "prepare_compute_target": "compute_target",
    "remove_legacy_compute_target": "compute_target",
}

# Programs name these after a mere `import azureml.core`, too.
_MODULES = {*_HOMES.values(), "authentication", "databricks", "resource_configuration"}

__all__ = [
    "VERSION",
    "ComputeTarget",
    "CondaDependencies",
    "ContainerRegistry",
    "Dataset",
    "Datastore",
    "Environment",
    "Experiment",
    "Image",
    "Keyvault",
    "LinkedService",
    "Model",
    "PrivateEndPoint",
    "PrivateEndPointConfig",
    "Run",
    "RunConfiguration",
    "ScriptRun",
    "ScriptRunConfig",
    "SynapseWorkspaceLinkedServiceConfiguration",
    "Webservice",
    "Workspace",
    "attach_legacy_compute_target",
    "diagnostic_log",
    "get_run",
    "is_compute_target_prepared",
    "prepare_compute_target",
    "remove_legacy_compute_target",
]


def __getattr__(name: str) -> Any:
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in ("VERSION", "__version__"):
        from localtrack import VERSION

        return f"1.61.0+localtrack.{VERSION}"  # the SDK version whose surface this is
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}: localtrack does not have it")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
