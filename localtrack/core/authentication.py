"""Ways to sign in to Azure, by the SDK's names: each takes what it is given, and keeps nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from localtrack.exceptions import CloudOnlyException

__all__ = [
    "AbstractAuthentication",
    "ArmTokenAuthentication",
    "AzureCliAuthentication",
    "AzureMLTokenAuthentication",
    "InteractiveLoginAuthentication",
    "MsiAuthentication",
    "ServicePrincipalAuthentication",
    "TokenAuthentication",
]


class AbstractAuthentication:
    """What the ways to sign in have in common; ``auth`` of `Workspace.from_config` and others takes any.

    Args:
        cloud: Accepted, and not kept.

    Example:
        >>> from localtrack.core.authentication import ServicePrincipalAuthentication
        >>> auth = ServicePrincipalAuthentication("tenant", "id", "s3cret")
        >>> Workspace.from_config(auth=auth).name
        'demo'
        >>> vars(auth)
        {}
    """

    def __init__(self, cloud: str | None = None) -> None:
        pass

    def get_authentication_header(self) -> NoReturn:
        """Refuse: there is no service that a header could be for.

        Raises:
            CloudOnlyException: Always.
        """
        raise self._refusal("get_authentication_header")

    def get_token(self, *scopes: str, **kwargs: Any) -> NoReturn:
        """Refuse: nobody was signed in.

        Raises:
            CloudOnlyException: Always.
        """
        raise self._refusal("get_token")

    def signed_session(self, session: Any = None) -> NoReturn:
        """Refuse: nobody was signed in.

        Raises:
            CloudOnlyException: Always.
        """
        raise self._refusal("signed_session")

    def _refusal(self, call: str) -> CloudOnlyException:
        return CloudOnlyException(
            f"{type(self).__name__}.{call}(): localtrack signs in to nothing, and has no tokens. Leave the call out; "
            "azure-identity has tokens for services in Azure."
        )


class InteractiveLoginAuthentication(AbstractAuthentication):
    """Signing in by a browser; none is opened.

    Args:
        force: Accepted, and not kept.
        tenant_id: Likewise.
        cloud: Likewise.
    """

    def __init__(self, force: bool = False, tenant_id: str | None = None, cloud: str | None = None) -> None:
        pass


class AzureCliAuthentication(AbstractAuthentication):
    """Signing in as the user of ``az``; it is not asked."""


class MsiAuthentication(AbstractAuthentication):
    """Signing in as a managed identity.

    Args:
        cloud: Accepted, and not kept.
        **kwargs: Likewise.
    """

    def __init__(self, cloud: str | None = None, **kwargs: Any) -> None:
        pass


class ServicePrincipalAuthentication(AbstractAuthentication):
    """Signing in as a service principal.

    Args:
        tenant_id: Accepted, and not kept.
        service_principal_id: Likewise.
        service_principal_password: Likewise.
        cloud: Likewise.
        _enable_caching: Likewise.
    """

    def __init__(
        self,
        tenant_id: str,
        service_principal_id: str,
        service_principal_password: str,
        cloud: str = "AzureCloud",
        _enable_caching: bool = True,
    ) -> None:
        pass


class ArmTokenAuthentication(AbstractAuthentication):
    """Signing in by a token of Azure's resource manager.

    Args:
        arm_access_token: Accepted, and not kept.
        cloud: Likewise.
    """

    def __init__(self, arm_access_token: str, cloud: str | None = None) -> None:
        pass

    def update_arm_access_token(self, new_arm_access_token: str) -> None:
        """Accept a token, and do not keep it.

        Example:
            >>> from localtrack.core.authentication import ArmTokenAuthentication
            >>> ArmTokenAuthentication("t0ken").update_arm_access_token("newer")
        """


class AzureMLTokenAuthentication(AbstractAuthentication):
    """Signing in by the token of a run.

    Args:
        azureml_access_token: Accepted, and not kept.
        expiry_time: Likewise.
        **kwargs: Likewise.
    """

    def __init__(self, azureml_access_token: str, expiry_time: Any = None, **kwargs: Any) -> None:
        pass


class TokenAuthentication(AbstractAuthentication):
    """Signing in by tokens that a function gives; it is not called.

    Args:
        get_token_for_audience: Accepted, and not kept.
        cloud: Likewise.
    """

    def __init__(self, get_token_for_audience: Callable[[str], Any], cloud: str | None = None) -> None:
        pass
