"""What a workspace has in Azure only: each part says so when it is used, instead of seeming to do something."""

from __future__ import annotations

from typing import Any, NoReturn

from localtrack.exceptions import CloudOnlyException, UserErrorException


class CloudWorkspace:
    """The part of the SDK's ``Workspace`` that means something only in Azure, or that localtrack does not have yet."""

    @property
    def service_context(self) -> NoReturn:
        """Refuse: there is no service behind this workspace."""
        raise _cloud_only("service_context")

    @property
    def discovery_url(self) -> NoReturn:
        """Refuse: there is no service behind this workspace."""
        raise _cloud_only("discovery_url")

    @property
    def private_endpoints(self) -> NoReturn:
        """Refuse: there is no network in front of this workspace."""
        raise _cloud_only("private_endpoints")

    @property
    def images(self) -> NoReturn:
        """Refuse: images are deployed in Azure."""
        raise _cloud_only("images")

    @property
    def webservices(self) -> NoReturn:
        """Refuse: web services are deployed in Azure."""
        raise _cloud_only("webservices")

    @property
    def linked_services(self) -> NoReturn:
        """Refuse: other services of Azure are linked in Azure."""
        raise _cloud_only("linked_services")

    @property
    def datasets(self) -> NoReturn:
        """Refuse: localtrack has no datasets yet."""
        raise _missing("datasets", "Read the files by their paths; get_default_datastore() has a folder for them.")

    def get_mlflow_tracking_uri(self) -> NoReturn:
        """Refuse: MLflow can't write to this workspace yet."""
        raise _missing("get_mlflow_tracking_uri()", "Log with Run.log, or let MLflow write to a store of its own.")

    def update_dependencies(self, container_registry: Any = None, force: bool = False) -> NoReturn:
        """Refuse: registries of container images belong to Azure."""
        raise _cloud_only("update_dependencies()")

    def add_private_endpoint(
        self,
        private_endpoint_config: Any,
        private_endpoint_auto_approval: bool = True,
        location: str | None = None,
        show_output: bool = True,
        tags: dict[str, str] | None = None,
    ) -> NoReturn:
        """Refuse: there is no network in front of this workspace."""
        raise _cloud_only("add_private_endpoint()")

    def delete_private_endpoint_connection(self, private_endpoint_connection_name: str) -> NoReturn:
        """Refuse: there is no network in front of this workspace."""
        raise _cloud_only("delete_private_endpoint_connection()")

    def list_keys(self) -> NoReturn:
        """Refuse: there is no storage account with keys."""
        raise _cloud_only("list_keys()")

    def sync_keys(self, no_wait: bool = False) -> NoReturn:
        """Refuse: there is no storage account with keys."""
        raise _cloud_only("sync_keys()")

    def diagnose_workspace(self, diagnose_parameters: Any) -> NoReturn:
        """Refuse: there are no networks and services of Azure's to diagnose."""
        raise _cloud_only("diagnose_workspace()")

    def set_connection(self, name: str, category: str, target: str, authType: str, value: str) -> NoReturn:
        """Refuse: connections to other services are kept in Azure."""
        raise _cloud_only("set_connection()")

    def list_connections(self, category: str | None = None, target: str | None = None) -> NoReturn:
        """Refuse: connections to other services are kept in Azure."""
        raise _cloud_only("list_connections()")

    def get_connection(self, name: str) -> NoReturn:
        """Refuse: connections to other services are kept in Azure."""
        raise _cloud_only("get_connection()")

    def delete_connection(self, name: str) -> NoReturn:
        """Refuse: connections to other services are kept in Azure."""
        raise _cloud_only("delete_connection()")


def refuse_cloud(call: str, **given: Any) -> None:
    """Refuse arguments that mean something only in Azure, if they are given.

    Raises:
        CloudOnlyException: One is.
    """
    for name, value in given.items():
        if value is not None:
            raise _cloud_only(f"{call}({name}=...)")


def _cloud_only(what: str) -> CloudOnlyException:
    return CloudOnlyException(
        f"Workspace.{what} means something only in Azure, and this workspace is on this machine: leave the call out."
    )


def _missing(what: str, instead: str) -> UserErrorException:
    return UserErrorException(f"Workspace.{what} is not supported by this version of localtrack. {instead}")
