"""The Spark packages of an environment: kept, and not used."""

from __future__ import annotations

from localtrack.core.environment_section import Field, Section


class SparkPackage(Section):
    """A package of Maven's.

    Args:
        group: Its group.
        artifact: Its name.
        version: Its version.
    """

    group = Field("group", str | None, doc="Its group.")
    artifact = Field("artifact", str | None, doc="Its name.")
    version = Field("version", str | None, doc="Its version.")

    def __init__(self, group: str | None = None, artifact: str | None = None, version: str | None = None) -> None:
        super().__init__()
        self.group = group
        self.artifact = artifact
        self.version = version


class SparkSection(Section):
    """Which packages Spark loads."""

    repositories = Field("repositories", list, list, doc="Where packages are looked for.")
    packages = Field("packages", list, list, of=SparkPackage, doc="The packages.")
    precache_packages = Field("precachePackages", bool, True, doc="Whether an image has the packages in it.")


class SparkEnvironment(SparkSection):
    """The older name of `SparkSection`."""
