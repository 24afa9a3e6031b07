"""What a run's script has around it: its environment, its secrets, its working copy."""

from __future__ import annotations

from typing import Any

from localtrack.core.run_base import RunBase
from localtrack.exceptions import UserErrorException


class RunScript(RunBase):
    """The surroundings of a run's script."""

    def get_environment(self) -> Any:
        """Refuse: localtrack keeps no environments yet.

        Raises:
            UserErrorException: Always; the message says in what the script ran.
        """
        definition = self._cached().definition
        if definition is None:
            raise UserErrorException(f"Run {self._id} is no script's: a process logs to it, and it has no environment.")
        raise UserErrorException(
            f"This version of localtrack keeps no environments. Run {self._id} ran in {definition['interpreter']}."
        )

    def get_secret(self, name: str) -> str:
        """Return a secret: the environment variable of that name. localtrack keeps none itself.

        Args:
            name: Its name; a ``-`` in it may be a ``_`` in the variable's, as shells want it.

        Raises:
            UserErrorException: There is no such variable.

        Example:
            >>> import os
            >>> os.environ["API_TOKEN"] = "s3cret"
            >>> run.get_secret("API-TOKEN")
            's3cret'
        """
        from localtrack.core.keyvault import Keyvault

        return Keyvault(self.experiment.workspace).get_secret(name)

    def get_secrets(self, secrets: list[str]) -> dict[str, str]:
        """Return several secrets by their names; see `get_secret`.

        Raises:
            UserErrorException: There is no variable for one of them.

        Example:
            >>> import os
            >>> os.environ["API_TOKEN"] = "s3cret"
            >>> run.get_secrets(["API_TOKEN"])
            {'API_TOKEN': 's3cret'}
        """
        from localtrack.core.keyvault import Keyvault

        return Keyvault(self.experiment.workspace).get_secrets(secrets)

    def clean(self) -> list[str]:
        """Remove the script's working copy of its source folder, which is kept when the script fails.

        Returns:
            The folders that were removed.

        Raises:
            UserErrorException: The script has not ended.
            ServiceException: The folder can't be removed.

        Example:
            >>> run.complete()
            >>> run.clean()
            []
        """
        from localtrack.executor.working_copy import discard

        return discard(self.experiment.workspace._refresh(), self._reload())
