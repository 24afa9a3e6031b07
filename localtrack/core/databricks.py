"""Settings of scripts in Databricks: names alone."""

from __future__ import annotations

from localtrack.core.absent import DATABRICKS, absent

__all__ = [
    "DatabricksCluster",
    "DatabricksEnvironment",
    "DatabricksSection",
    "EggLibrary",
    "JarLibrary",
    "MavenLibrary",
    "PyPiLibrary",
    "RCranLibrary",
]

DatabricksCluster = absent(__name__, "DatabricksCluster", DATABRICKS)
DatabricksEnvironment = absent(__name__, "DatabricksEnvironment", DATABRICKS)
DatabricksSection = absent(__name__, "DatabricksSection", DATABRICKS)
EggLibrary = absent(__name__, "EggLibrary", DATABRICKS)
JarLibrary = absent(__name__, "JarLibrary", DATABRICKS)
MavenLibrary = absent(__name__, "MavenLibrary", DATABRICKS)
PyPiLibrary = absent(__name__, "PyPiLibrary", DATABRICKS)
RCranLibrary = absent(__name__, "RCranLibrary", DATABRICKS)
