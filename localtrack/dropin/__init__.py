"""The name ``azureml`` meaning localtrack, for scripts that were written for the SDK.

``azureml.X`` becomes the very module ``localtrack.X``, not a copy: one ``Run`` class, whichever name it was
imported by, so that ``isinstance`` and pickling hold. A submitted script gets this without a change, because
`localtrack.paths.dropin_folder` stands first on its ``PYTHONPATH``; the processes that the script starts inherit it.
Other programs call ``install()`` before they import ``azureml``.

Example:
    >>> import localtrack.dropin
    >>> localtrack.dropin.install()
    >>> import azureml.exceptions
    >>> import localtrack.exceptions
    >>> azureml.exceptions is localtrack.exceptions
    True
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["install"]


def install() -> None:
    """Make ``azureml`` and every ``azureml.X`` the modules of localtrack, in this process.

    Calling it again changes nothing.

    Raises:
        UserErrorException: Modules of another ``azureml`` were already imported in this process.
    """
    _refuse_other_sdk()
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    sys.modules["azureml"] = sys.modules["localtrack"]


class _Finder:
    """Finds ``azureml.X`` where ``localtrack.X`` is."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  importlib's signature; the name alone decides
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != "azureml":
            return None
        name = _localtrack_name(fullname)
        found = importlib.util.find_spec(name)
        if found is None:
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: azureml is localtrack here, which has no module {name!r}. "
                "Leave the import out, or catch its ImportError.",
                name=fullname,
            )
        # `_Loader` has no base class, because importing importlib.abc costs more than this whole module.
        spec = ModuleSpec(fullname, _Loader(), origin=found.origin)  # type: ignore[arg-type]
        spec.submodule_search_locations = found.submodule_search_locations
        return spec


class _Loader:
    """Gives the module of localtrack for one name below ``azureml``."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(_localtrack_name(spec.name))
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # importlib has just made `__spec__` the alias's; reload, inspect and runpy need the module's own.
        module.__spec__ = self._own_spec


_FINDER = _Finder()


def _refuse_other_sdk() -> None:
    modules = sys.modules.copy()
    taken = sorted(
        name
        for name, module in modules.items()
        if name.startswith("azureml.") and module is not modules.get(_localtrack_name(name))
    )
    # A package without submodules is what namespace hooks of a real SDK leave behind at startup: nothing of it
    # is in use yet.
    if not taken and not hasattr(modules.get("azureml", sys.modules["localtrack"]), "__path__"):
        taken = ["azureml"]
    if taken:
        from localtrack.exceptions import UserErrorException

        raise UserErrorException(
            f"localtrack can't become azureml in this process, because another {taken[0]} is already imported. "
            "Call localtrack.dropin.install() before anything imports azureml."
        )


def _localtrack_name(name: str) -> str:
    return "localtrack" + name.removeprefix("azureml")
