"""localtrack: the Azure ML SDK v1 run history without Azure, in one SQLite file under a project's ``.azureml/``.

The module tree is the SDK's own: ``from localtrack.core import Workspace, Experiment, Run, ScriptRunConfig``.
The same names can be had from ``localtrack`` itself; they are loaded on first use.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers read it, without the import of typing, which costs as much as all the rest
if TYPE_CHECKING:
    from typing import Any

    from localtrack.core import Experiment as Experiment
    from localtrack.core import Model as Model
    from localtrack.core import Run as Run
    from localtrack.core import ScriptRunConfig as ScriptRunConfig
    from localtrack.core import Workspace as Workspace
    from localtrack.dropin import install_as_azureml as install_as_azureml
    from localtrack.dropin import load_ipython_extension as load_ipython_extension

VERSION = "0.1.0"
__version__ = VERSION

__all__ = ["VERSION", "Experiment", "Model", "Run", "ScriptRunConfig", "Workspace", "install_as_azureml"]

_ROOMS = ("core", "data", "exceptions", "pipeline", "telemetry", "train", "widgets")


def __getattr__(name: str) -> Any:
    # Rooms too, since programs write `import azureml.core` and `azureml.exceptions.X`.
    import importlib

    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    if name in ("install_as_azureml", "load_ipython_extension"):
        return getattr(importlib.import_module(f"{__name__}.dropin"), name)
    if name in __all__:
        return getattr(importlib.import_module(f"{__name__}.core"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
