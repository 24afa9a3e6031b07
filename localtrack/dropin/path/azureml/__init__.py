"""The ``azureml`` of submitted scripts: importing it puts localtrack in its place."""

import importlib.util
import os
import sys
from typing import Any


def __getattr__(name: str) -> Any:
    # A thread that waited while another one ran this file goes on with this module, not with its replacement.
    return getattr(localtrack, name)


def _load_surrounding_localtrack() -> None:
    # By file, not by sys.path: the folder around localtrack may be the site-packages of another interpreter.
    folder = __file__
    for _ in range(4):
        folder = os.path.dirname(folder)
    spec = importlib.util.spec_from_file_location(
        "localtrack", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None and spec.loader is not None
    sys.modules["localtrack"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["localtrack"])


try:
    import localtrack.dropin
except ModuleNotFoundError:
    _load_surrounding_localtrack()
    import localtrack.dropin

localtrack.dropin.install()
