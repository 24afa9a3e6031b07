"""The R packages of an environment: kept, but no script of R's runs here."""

from __future__ import annotations

from localtrack.core.environment_section import Field, Section


class RCranPackage(Section):
    """A package of CRAN's."""

    name = Field("name", str | None, doc="Its name.")
    version = Field("version", str | None, doc="Its version.")
    repository = Field("repository", str | None, doc="Where it comes from.")


class RGitHubPackage(Section):
    """A package on GitHub."""

    repository = Field("repository", str | None, doc="Owner and name of the repository.")
    auth_token = Field("authToken", str | None, doc="A token; it is kept as it is wherever the environment is kept.")


class RSection(Section):
    """Which R an environment has, and which packages."""

    r_version = Field("rVersion", str | None, doc="The version of R.")
    user_managed = Field("userManaged", bool, False, doc="Whether R has its packages already.")
    rscript_path = Field("rscriptPath", str | None, doc="The path of Rscript.")
    snapshot_date = Field("snapshotDate", str | None, doc="The day of the packages, as ``2019-04-17``.")
    cran_packages = Field("cranPackages", list, list, of=RCranPackage, doc="Packages of CRAN's.")
    github_packages = Field("gitHubPackages", list, list, of=RGitHubPackage, doc="Packages on GitHub.")
    custom_url_packages = Field("customUrlPackages", list, list, doc="Packages at addresses.")
    bioconductor_packages = Field("bioConductorPackages", list, list, doc="Packages of Bioconductor.")
