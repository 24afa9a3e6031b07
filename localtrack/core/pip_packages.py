"""What pip puts into an environment that conda describes, and with which options."""

from __future__ import annotations

import re
from collections.abc import Iterable

from localtrack.core.conda_file import CondaFile
from localtrack.core.package_spec import checked_spec, checked_specs, pip_name
from localtrack.exceptions import UserErrorException

_INDEX_OPTIONS = ("--index-url", "-i")


class PipPackages(CondaFile):
    """The packages and options of pip's."""

    @property
    def pip_packages(self) -> list[str]:
        """A copy of what pip puts in."""
        return [each for each in self._pip if not each.startswith("-")]

    @property
    def pip_options(self) -> list[str]:
        """A copy of pip's options."""
        return [each for each in self._pip if each.startswith("-")]

    def set_pip_index_url(self, index_url: str) -> None:
        """Set where pip looks for packages instead of PyPI.

        Raises:
            UserErrorException: It is no text.

        Example:
            >>> packages = CondaDependencies()
            >>> packages.set_pip_index_url("https://pypi.example.com/simple")
            >>> packages.pip_options
            ['--index-url https://pypi.example.com/simple']
        """
        self.set_pip_option(f"--index-url {checked_spec(index_url, 'The address of an index')}")

    def add_pip_package(self, pip_package: str) -> None:
        """Add what pip puts in, in place of another version of the same package.

        Args:
            pip_package: A requirement of pip's, such as ``pandas>=2`` or an address.

        Raises:
            UserErrorException: It is no text, or an option of pip's.

        Example:
            >>> packages = CondaDependencies()
            >>> packages.add_pip_package("pandas")
            >>> packages.add_pip_package("pandas>=2")
            >>> packages.pip_packages
            ['pandas>=2']
        """
        package = checked_spec(pip_package, "A pip package")
        if package.startswith("-"):
            raise UserErrorException(f"{package!r} is an option of pip's: add it with set_pip_option().")
        self.remove_pip_package(package)
        self._set_pip([*self._pip, package])

    def remove_pip_package(self, pip_package: str) -> None:
        """Remove a package from what pip puts in, whatever its version, if it is there.

        Example:
            >>> packages = CondaDependencies.create(pip_packages=["pandas>=2"])
            >>> packages.remove_pip_package("pandas")
            >>> packages.pip_packages
            []
        """
        name = pip_name(checked_spec(pip_package, "A pip package"))
        self._set_pip([each for each in self._pip if each.startswith("-") or pip_name(each) != name])

    def set_pip_option(self, pip_option: str) -> None:
        """Add an option of pip's. There is one ``--index-url``; the last counts.

        Args:
            pip_option: Such as ``--extra-index-url https://pypi.example.com/simple`` or ``--pre``.

        Raises:
            UserErrorException: It is no option.

        Example:
            >>> packages = CondaDependencies()
            >>> packages.set_pip_option("--pre")
            >>> packages.pip_options
            ['--pre']
        """
        option = checked_spec(pip_option, "An option of pip's")
        if not option.startswith("-"):
            raise UserErrorException(f"An option of pip's begins with '-', and {option!r} does not.")
        others = [each for each in self._pip if each != option]
        if _option_name(option) in _INDEX_OPTIONS:
            others = [each for each in others if _option_name(each) not in _INDEX_OPTIONS]
        self._set_pip([option, *others])

    def remove_pip_option(self, pip_option: str) -> None:
        """Remove an option of pip's, if it is there.

        Args:
            pip_option: The whole option, or its name for all of that name.

        Example:
            >>> packages = CondaDependencies.create(pip_indexurl="https://pypi.example.com/simple")
            >>> packages.remove_pip_option("--index-url")
            >>> packages.pip_options
            []
        """
        option = checked_spec(pip_option, "An option of pip's")
        self._set_pip(
            [
                each
                for each in self._pip
                if not each.startswith("-") or (each != option and _option_name(each) != option)
            ]
        )

    def set_pip_requirements(self, pip_requirements: Iterable[str]) -> None:
        """Set all that pip puts in, with its options.

        Args:
            pip_requirements: The lines of a requirements file.

        Raises:
            UserErrorException: One is no text; nothing was changed.

        Example:
            >>> packages = CondaDependencies()
            >>> packages.set_pip_requirements(["--pre", "pandas>=2"])
            >>> packages.pip_options, packages.pip_packages
            (['--pre'], ['pandas>=2'])
        """
        self._set_pip(checked_specs(pip_requirements, "pip_requirements"))

    @property
    def _pip(self) -> list[str]:
        for each in self._dependencies:
            if isinstance(each, dict):
                found: list[str] = each["pip"]
                return found
        return []

    def _set_pip(self, lines: list[str]) -> None:
        for each in self._dependencies:
            if isinstance(each, dict):
                each["pip"] = lines
                return
        if lines:
            self._dependencies.append({"pip": lines})


def _option_name(option: str) -> str:
    return re.split(r"[=\s]", option, maxsplit=1)[0]
