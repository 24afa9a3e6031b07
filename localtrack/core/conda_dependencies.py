"""The conda and pip packages of an environment."""

from __future__ import annotations

import re
from collections.abc import Iterable

from localtrack.core.conda_file import CONDA_FILE_NAME as CONDA_FILE_NAME
from localtrack.core.conda_file import PYTHON_DEFAULT_VERSION as PYTHON_DEFAULT_VERSION
from localtrack.core.conda_packages import CondaPackages
from localtrack.core.package_spec import checked_specs, merged, pip_name
from localtrack.core.pip_packages import PipPackages
from localtrack.exceptions import UserErrorException

CPU = "cpu"
GPU = "gpu"

# What the SDK's estimators installed; programs name them.
CNTK_DEFAULT_VERSION = "2.7"
PYTORCH_DEFAULT_VERSION = "1.6.0"
TENSORFLOW_DEFAULT_VERSION = "2.2.0"

_SDK_PACKAGES = ("azureml-core", "azureml-defaults", "azureml-sdk")
_SDK_VERSION = "1.61.0"


class CondaDependencies(CondaPackages, PipPackages):
    """The packages that conda and pip put into an environment (the SDK's ``CondaDependencies``).

    Args:
        conda_dependencies_file_path: A conda file to begin with. When left out: the channels ``anaconda`` and
            ``conda-forge``, the Python version of this process, and no packages.

    Raises:
        UserErrorException: The file can't be read.
        RunConfigurationException: The file has a fault; the message names the line.

    Example:
        >>> packages = CondaDependencies()
        >>> packages.add_pip_package("scikit-learn==1.5.0")
        >>> packages.pip_packages
        ['scikit-learn==1.5.0']
    """

    DEFAULT_NUMBER_OF_CONDA_PACKAGES = 0
    DEFAULT_NUMBER_OF_PIP_PACKAGES = 0

    @staticmethod
    def create(
        pip_indexurl: str | None = None,
        pip_packages: Iterable[str] | None = None,
        conda_packages: Iterable[str] | None = None,
        python_version: str | None = PYTHON_DEFAULT_VERSION,
        pin_sdk_version: bool = True,
    ) -> CondaDependencies:
        """Return dependencies with some packages. Unlike the SDK, ``azureml-defaults`` is added only when asked for.

        Args:
            pip_indexurl: Where pip looks for packages instead of PyPI.
            pip_packages: What pip puts in, such as ``["scikit-learn==1.5.0"]``.
            conda_packages: What conda puts in, such as ``["numpy=1.26"]``.
            python_version: The version of Python; that of this process when left out.
            pin_sdk_version: Whether ``azureml-core``, ``azureml-defaults`` and ``azureml-sdk`` without a version get
                the SDK's whose surface localtrack has.

        Raises:
            UserErrorException: A package is no text.

        Example:
            >>> packages = CondaDependencies.create(pip_packages=["xgboost"], conda_packages=["numpy=1.26"])
            >>> packages.pip_packages, list(packages.conda_packages)[-1]
            (['xgboost'], 'numpy=1.26')
        """
        created = CondaDependencies()
        if python_version is not None:
            created.set_python_version(python_version)
        for package in checked_specs(conda_packages, "conda_packages"):
            created.add_conda_package(package)
        if pip_indexurl is not None:
            created.set_pip_index_url(pip_indexurl)
        for package in checked_specs(pip_packages, "pip_packages"):
            own = pin_sdk_version and pip_name(package) in _SDK_PACKAGES and not re.search(r"[<>=~!@;]", package)
            created.add_pip_package(f"{package}~={_SDK_VERSION}" if own else package)
        return created

    @staticmethod
    def merge_requirements(requirements: Iterable[str]) -> list[str]:
        """Return requirements of pip's with one for each package, which has the extras and versions of all.

        Raises:
            UserErrorException: One is no text.

        Example:
            >>> CondaDependencies.merge_requirements(["numpy>=1.26", "pandas", "NumPy<3"])
            ['numpy>=1.26,<3', 'pandas']
        """
        return merged(checked_specs(requirements, "requirements"))

    @staticmethod
    def sdk_origin_url() -> str:
        """Refuse: localtrack comes with the environments that it builds, from no index.

        Raises:
            UserErrorException: Always.
        """
        raise UserErrorException(
            "CondaDependencies.sdk_origin_url() has no answer: localtrack is put into the environments that it builds, "
            "and comes from no index. Leave the call out."
        )

    def get_default_number_of_packages(self) -> int:
        """Return how many packages new dependencies have besides Python: none.

        Example:
            >>> CondaDependencies().get_default_number_of_packages()
            0
        """
        return self.DEFAULT_NUMBER_OF_CONDA_PACKAGES + self.DEFAULT_NUMBER_OF_PIP_PACKAGES

    def add_tensorflow_pip_package(self, core_type: str = CPU, version: str | None = None) -> None:
        """Add TensorFlow to what pip puts in.

        Args:
            core_type: ``"cpu"`` or ``"gpu"``.
            version: The version; any when left out.

        Raises:
            UserErrorException: There is no such kind.

        Example:
            >>> packages = CondaDependencies()
            >>> packages.add_tensorflow_pip_package(version="2.16.1")
            >>> packages.pip_packages
            ['tensorflow==2.16.1']
        """
        self.add_pip_package(_of_core("tensorflow", core_type) + (f"=={version}" if version else ""))

    def add_tensorflow_conda_package(self, core_type: str = CPU, version: str | None = None) -> None:
        """Add TensorFlow to what conda puts in; see `add_tensorflow_pip_package`.

        Raises:
            UserErrorException: There is no such kind.

        Example:
            >>> packages = CondaDependencies()
            >>> packages.add_tensorflow_conda_package("gpu")
            >>> packages.conda_packages[1:]
            ['tensorflow-gpu']
        """
        self.add_conda_package(_of_core("tensorflow", core_type) + (f"={version}" if version else ""))

    def add_cntk_package(self, core_type: str = CPU) -> None:
        """Add the Cognitive Toolkit to what pip puts in.

        Raises:
            UserErrorException: There is no such kind.

        Example:
            >>> packages = CondaDependencies()
            >>> packages.add_cntk_package()
            >>> packages.pip_packages
            ['cntk']
        """
        self.add_pip_package(_of_core("cntk", core_type))


def _of_core(package: str, core_type: str) -> str:
    if core_type not in (CPU, GPU):
        raise UserErrorException(f"core_type is {CPU!r} or {GPU!r}, not {core_type!r}.")
    return package if core_type == CPU else f"{package}-gpu"
