"""The SDK's objects, by the SDK's names; each is loaded on first use."""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers read it, without the import of typing
if TYPE_CHECKING:
    from typing import Any

    from localtrack.core.compute import ComputeTarget as ComputeTarget
    from localtrack.core.conda_dependencies import CondaDependencies as CondaDependencies
    from localtrack.core.container_registry import ContainerRegistry as ContainerRegistry
    from localtrack.core.environment import Environment as Environment
    from localtrack.core.experiment import Experiment as Experiment
    from localtrack.core.keyvault import Keyvault as Keyvault
    from localtrack.core.model import Model as Model
    from localtrack.core.run import Run as Run
    from localtrack.core.run import get_run as get_run
    from localtrack.core.runconfig import RunConfiguration as RunConfiguration
    from localtrack.core.script_run import ScriptRun as ScriptRun
    from localtrack.core.script_run_config import ScriptRunConfig as ScriptRunConfig
    from localtrack.core.view_type import ViewType as ViewType
    from localtrack.core.workspace import Workspace as Workspace

_HOMES = {
    "ComputeTarget": "compute",
    "CondaDependencies": "conda_dependencies",
    "ContainerRegistry": "container_registry",
    "Environment": "environment",
    "Experiment": "experiment",
    "Keyvault": "keyvault",
    "Model": "model",
    "Run": "run",
    "RunConfiguration": "runconfig",
    "ScriptRun": "script_run",
    "ScriptRunConfig": "script_run_config",
    "ViewType": "view_type",
    "Workspace": "workspace",
    "get_run": "run",
}

__all__ = [
    "VERSION",
    "ContainerRegistry",
    "Environment",
    "Experiment",
    "Model",
    "Run",
    "RunConfiguration",
    "ScriptRun",
    "ScriptRunConfig",
    "Workspace",
    "get_run",
]


def __getattr__(name: str) -> Any:
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in _HOMES.values():
        return importlib.import_module(f"{__name__}.{name}")
    if name in ("VERSION", "__version__"):
        from localtrack import VERSION

        return f"1.61.0+localtrack.{VERSION}"  # the SDK version whose surface this is
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}: localtrack does not have it")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
