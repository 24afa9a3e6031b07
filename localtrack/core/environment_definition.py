"""The SDK's older name of an environment."""

from __future__ import annotations

from localtrack.core.environment import Environment
from localtrack.core.run_configuration_fields import ENVIRONMENT_NAME


class EnvironmentDefinition(Environment):
    """The older name of `Environment`, with which it needed none of its own.

    Args:
        name: The environment's name.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(ENVIRONMENT_NAME if name is None else name)
