"""Conda's package specifications, and which pip requirement means the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from localtrack.exceptions import RunConfigurationException

# Conda's names of what pip has by another one.
_PIP_NAMES = {
    "dask-core": "dask",
    "lightgbm-cpu": "lightgbm",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "opencv": "opencv-python",
    "py-lightgbm": "lightgbm",
    "py-opencv": "opencv-python",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "pyqt": "pyqt5",
    "pytables": "tables",
    "python-graphviz": "graphviz",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "ruamel-yaml": "ruamel.yaml",
    "seaborn-base": "seaborn",
    "tensorflow-base": "tensorflow",
    "tensorflow-gpu": "tensorflow",
}

# Programs and libraries that pip doesn't have, or has something else by their name. What is missing here is asked for
# from pip, which then says so in the build's log.
_NOT_IN_PIP = frozenset(
    """
    binutils blas boost boost-cpp bzip2 c-compiler ca-certificates cairo clang compilers cuda cuda-compiler cuda-nvcc
    cuda-runtime cuda-toolkit cuda-tools cuda-version cudatoolkit cudatoolkit-dev cudnn curl cxx-compiler eigen ffmpeg
    fftw fontconfig fortran-compiler freetype gcc geos gfortran git glib gmp gnupg graphviz gsl gxx hdf5 icu jpeg
    krb5 ld-impl-linux-64 libblas libcblas libcurl libffi libgcc libgcc-ng libgfortran libgomp libgl libiconv liblapack
    libopenblas libopencv libpng libprotobuf libsndfile libstdcxx libstdcxx-ng libtiff libuuid libxgboost libxml2
    llvm-openmp magma make mamba mpi mpich ms-mpi nccl ncurses netcdf4-c nodejs nomkl openblas openjdk openmpi openssl
    perl pkg-config proj pytorch-cuda pytorch-mutex r readline ruby rust snappy sqlite tk ucx unixodbc vs2015-runtime
    wget xz yaml zlib zstd
    """.split()  # noqa: SIM905
)
_PREFIXES_NOT_IN_PIP = ("-", "r-", "m2-", "m2w64-", "gcc-", "gxx-", "gfortran-", "binutils-", "sysroot-")

MOST_CHARACTERS = 10_000  # of what asks for one package
MOST_SHOWN = 200
_MOST_DIGITS = 100  # of a part of a version

_TEXT = re.compile(r"(?:[^:\s]+::)?(?P<name>[A-Za-z0-9_.-]+?)\s*(?P<rest>(?:[=<>!~\s].*)?)")
_EXACT_BUILD = re.compile(r"={1,2}(?P<version>[^=<>!~,|\s]+)=(?P<build>[^=,\s]+)")
_CONSTRAINT = re.compile(r"(?P<operator>===|==|>=|<=|!=|~=|=|>|<|)(?P<version>[^=<>!~]+)")


@dataclass(frozen=True)
class CondaPackage:
    """A package as a conda file asks for it.

    Attributes:
        name: Conda's name, as it was written.
        versions: Which ones will do, as pip writes it; empty for any.
        build: Of which build, which pip has none of.
    """

    name: str
    versions: str
    build: str | None

    @property
    def pip_name(self) -> str | None:
        """What pip calls it, or None if pip is known not to have it."""
        name = canonicalize_name(self.name)
        if name in _NOT_IN_PIP or name.startswith(_PREFIXES_NOT_IN_PIP):
            return None
        return _PIP_NAMES.get(name, name)


def parsed(text: str) -> CondaPackage:
    """Return what a line of a conda file asks for, such as ``conda-forge::numpy=1.26`` or ``scikit-learn>=1.0``.

    Raises:
        RunConfigurationException: It can't be understood, or pip has no way to say it.
    """
    match = _TEXT.fullmatch(" ".join(text.split())) if len(text) <= MOST_CHARACTERS else None
    if match is None:
        raise _not_understood(text)
    rest = re.sub(r"\s*([=<>!~,|]+)\s*", r"\1", match["rest"].strip())
    exact = _EXACT_BUILD.fullmatch(rest)
    if exact is not None:
        rest, build = f"=={exact['version']}", exact["build"]
    else:
        rest, _, build = rest.partition(" ")
    if "|" in rest:
        raise RunConfigurationException(
            f"The conda package {text[:MOST_SHOWN]!r} may have one of several versions, and pip can't be asked for "
            "that: choose one."
        )
    try:
        versions = SpecifierSet(",".join(filter(None, (_constraint(text, part) for part in rest.split(",")))))
    except InvalidSpecifier:
        raise _not_understood(text) from None
    return CondaPackage(match["name"].lower(), str(versions), build or None)


def _constraint(text: str, part: str) -> str:
    if part in ("", "*", "=*", "==*"):
        return ""
    match = _CONSTRAINT.fullmatch(part)
    if match is None or re.search(rf"\d{{{_MOST_DIGITS}}}", part):
        raise _not_understood(text)
    operator, version = match["operator"], match["version"]
    stem = version.rstrip("*").rstrip(".")
    if operator in (">", ">=", "<", "<="):
        return operator + stem  # conda takes a star here, and it means nothing
    if stem != version or operator == "=":
        return f"{operator if operator == '!=' else '=='}{stem}.*"
    return (operator or "==") + version


def _not_understood(text: str) -> RunConfigurationException:
    return RunConfigurationException(
        f"The conda package {text[:MOST_SHOWN]!r} is not understood: write it as 'name', 'name=1.2', 'name==1.2.3' or "
        "'name>=1.2,<2'."
    )
