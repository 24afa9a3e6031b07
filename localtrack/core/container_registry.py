"""Where Docker images are kept."""

from __future__ import annotations

from localtrack.core.environment_section import Field, Section


class ContainerRegistry(Section):
    """A registry of Docker images. localtrack keeps it with an environment and uses nothing of it."""

    address = Field("address", str | None, doc="Its address.")
    username = Field("username", str | None, doc="Who signs in.")
    password = Field("password", str | None, doc="The password; it is kept as it is wherever the environment is kept.")
    registry_identity = Field("registryIdentity", object, doc="The identity of Azure's that signs in, or None.")


class AzureContainerRegistry(ContainerRegistry):
    """A registry of Docker images in Azure."""
