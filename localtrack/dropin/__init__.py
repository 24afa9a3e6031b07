"""The name ``azureml`` meaning localtrack, for scripts that were written for the SDK.

``azureml.X`` becomes the very module ``localtrack.X``, not a copy: one ``Run`` class, whichever name it was
imported by, so that ``isinstance`` and pickling hold. A submitted script gets this without a change, because
`localtrack.paths.dropin_folder` stands first on its ``PYTHONPATH``; the processes that the script starts inherit it.
Other programs call ``localtrack.install_as_azureml()`` before they import ``azureml``, and notebooks say
``%load_ext localtrack``.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["install", "install_as_azureml", "load_ipython_extension", "search_path"]


def install_as_azureml() -> None:
    """Make ``azureml`` mean localtrack in this process and in those that it starts; at the top of a program.

    Workers of ``multiprocessing`` and joblib and the Pythons of ``subprocess`` import the same modules, by this
    process's ``PYTHONPATH`` and ``sys.path``. Calling it again changes nothing.

    Raises:
        UserErrorException: Modules of another ``azureml`` were already imported in this process.

    Example:
        >>> import localtrack
        >>> localtrack.install_as_azureml()
        >>> import azureml.core
        >>> azureml.core is localtrack.core
        True
    """
    from localtrack.paths import dropin_folder

    install()
    os.environ["PYTHONPATH"] = search_path(os.environ.get("PYTHONPATH"))
    folder = dropin_folder()
    if folder not in sys.path:
        # Workers get a copy. It is behind the program's own folder, as what PYTHONPATH names is.
        sys.path.insert(1, folder)
    if sys.version_info < (3, 12):
        # Before the program looks up `sys.exit`: a run that is opened later wants to know how it ends.
        import localtrack.core.run  # noqa: F401


def load_ipython_extension(ipython: object) -> None:  # noqa: ARG001  what IPython calls it with
    """Do what `install_as_azureml` does, for ``%load_ext localtrack``.

    Args:
        ipython: The shell that loads it.
    """
    install_as_azureml()


def search_path(path: str | None) -> str:
    """Return a ``PYTHONPATH`` by which new processes take localtrack for ``azureml``.

    Args:
        path: What ``PYTHONPATH`` is without it, or None.

    Example:
        >>> from localtrack.dropin import search_path
        >>> search_path("/home/me/lib")
        '.../localtrack/dropin/path:/home/me/lib'
    """
    from localtrack.paths import dropin_folder

    folder = dropin_folder()
    others = [entry for entry in (path or "").split(os.pathsep) if path and entry != folder]
    return os.pathsep.join([folder, *others])


def install() -> None:
    """Make ``azureml`` and every ``azureml.X`` the modules of localtrack, in this process alone.

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
            "Call localtrack.install_as_azureml() before anything imports azureml."
        )


def _localtrack_name(name: str) -> str:
    return "localtrack" + name.removeprefix("azureml")
