"""The Python packages of an environment."""

from __future__ import annotations

from typing import Any

from localtrack.core.conda_dependencies import CondaDependencies
from localtrack.core.environment_section import Field, Section


class _CondaFile(Field):
    """The path of a conda file; setting it reads the file."""

    def _set(self, section: Section, value: Any) -> None:
        if value is not None:
            section._values["conda_dependencies"] = CondaDependencies(value)
        super()._set(section, value)


class PythonSection(Section):
    """Which Python an environment has, and which packages."""

    interpreter_path = Field(
        "interpreterPath",
        str,
        "python",
        doc="The interpreter if the packages are the user's: ``python`` is the one that submits, else a path or a name "
        "on the PATH.",
    )
    user_managed_dependencies = Field(
        "userManagedDependencies",
        bool,
        False,
        doc="Whether the interpreter has its packages already, so that no environment is built.",
    )
    conda_dependencies = Field(
        "condaDependencies", CondaDependencies | None, CondaDependencies, doc="The packages that are put in."
    )
    conda_dependencies_file = _CondaFile(
        "condaDependenciesFile", str | None, doc="The file that the packages come from; setting it reads the file."
    )
    base_conda_environment = Field("baseCondaEnvironment", str | None, doc="Kept, and not used.")


class PythonEnvironment(PythonSection):
    """The older name of `PythonSection`."""
