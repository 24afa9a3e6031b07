"""What conda puts into an environment, and from which channels."""

from __future__ import annotations

import re
from typing import Any

from localtrack.core.conda_file import CondaFile
from localtrack.core.package_spec import checked_spec, conda_name
from localtrack.exceptions import UserErrorException

_PYTHON_VERSION = re.compile(r"\d+(\.\d+)*(\.\*)?")


class CondaPackages(CondaFile):
    """The channels and packages of conda's, Python among them."""

    @property
    def conda_channels(self) -> list[str]:
        """A copy of the channels that conda takes packages from."""
        return list(self._document.get("channels") or ())

    @property
    def conda_packages(self) -> list[str]:
        """A copy of what conda puts in, Python among it."""
        return [each for each in self._dependencies if isinstance(each, str)]

    def get_python_version(self) -> str | None:
        """Return the version of Python, or None if any will do.

        Example:
            >>> CondaDependencies.create(python_version="3.12").get_python_version()
            '3.12'
        """
        for package in self.conda_packages:
            if conda_name(package) == "python":
                return package.lower().rpartition("python")[2].strip("= ") or None
        return None

    def set_python_version(self, version: str) -> None:
        """Set the version of Python.

        Args:
            version: Such as ``"3.12"``: a text, because 3.10 as a number is 3.1.

        Raises:
            UserErrorException: It is no version.

        Example:
            >>> packages = CondaDependencies()
            >>> packages.set_python_version("3.12")
            >>> packages.conda_packages
            ['python=3.12']
        """
        if not isinstance(version, str) or not _PYTHON_VERSION.fullmatch(version):
            raise UserErrorException(f"The version of Python is a text such as '3.12', not {version!r}.")
        places = [place for place, each in enumerate(self._dependencies) if _is_conda(each, "python")]
        wanted = f"python={version}"
        if places:
            self._dependencies[places[0]] = wanted
        else:
            self._dependencies.insert(0, wanted)

    def add_channel(self, channel: str) -> None:
        """Add a channel that conda takes packages from; one that is there already stays as it is.

        Raises:
            UserErrorException: It is no text.

        Example:
            >>> packages = CondaDependencies()
            >>> packages.add_channel("pytorch")
            >>> packages.conda_channels
            ['anaconda', 'conda-forge', 'pytorch']
        """
        name = checked_spec(channel, "A channel")
        if name not in self.conda_channels:
            self._document["channels"] = [*self.conda_channels, name]

    def remove_channel(self, channel: str) -> None:
        """Remove a channel, if it is there.

        Example:
            >>> packages = CondaDependencies()
            >>> packages.remove_channel("anaconda")
            >>> packages.conda_channels
            ['conda-forge']
        """
        self._document["channels"] = [each for each in self.conda_channels if each != channel]

    def add_conda_package(self, conda_package: str) -> None:
        """Add what conda puts in, in place of another version of the same package.

        Args:
            conda_package: Name and, if it matters, version, such as ``numpy=1.26``.

        Raises:
            UserErrorException: It is no text.

        Example:
            >>> packages = CondaDependencies()
            >>> packages.add_conda_package("numpy")
            >>> packages.add_conda_package("numpy=1.26")
            >>> packages.conda_packages[1:]
            ['numpy=1.26']
        """
        package = checked_spec(conda_package, "A conda package")
        self.remove_conda_package(package)
        # conda wants pip's list last, for people's sake.
        last = len(self._dependencies) - any(isinstance(each, dict) for each in self._dependencies[-1:])
        self._dependencies.insert(last, package)

    def remove_conda_package(self, conda_package: str) -> None:
        """Remove a package from what conda puts in, whatever its version, if it is there.

        Example:
            >>> packages = CondaDependencies.create(conda_packages=["numpy=1.26"])
            >>> packages.remove_conda_package("numpy")
            >>> len(packages.conda_packages)
            1
        """
        name = conda_name(checked_spec(conda_package, "A conda package"))
        self._dependencies[:] = [each for each in self._dependencies if not _is_conda(each, name)]


def _is_conda(entry: Any, name: str) -> bool:
    return isinstance(entry, str) and conda_name(entry) == name
