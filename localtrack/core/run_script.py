"""What a run's script has around it: its environment, its secrets, its working copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from localtrack.core.run_base import RunBase
from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.core.environment import Environment


class RunScript(RunBase):
    """The surroundings of a run's script."""

    @property
    def input_datasets(self) -> dict[str, Any]:
        """The data sets that the run was given: none, as localtrack has none; asking for one says so."""
        return _NoDatasets("input", self._id)

    @property
    def output_datasets(self) -> dict[str, Any]:
        """The data sets that the run writes: none, as localtrack has none; asking for one says so."""
        return _NoDatasets("output", self._id)

    def get_environment(self) -> Environment:
        """Return the environment that the script runs in.

        Without one of its own a script runs in the interpreter that submits it. What is returned then describes that.

        Raises:
            UserErrorException: The run is no script's.

        Example:
            >>> run.get_environment()
            Traceback (most recent call last):
            localtrack.exceptions.UserErrorException: Run ... is no script's: ...
        """
        from localtrack.core.environment import Environment

        definition = self._cached().definition
        if definition is None:
            raise UserErrorException(f"Run {self._id} is no script's: a process logs to it, and it has no environment.")
        if definition.get("environment") is not None:
            return Environment._from_definition(definition["environment"])
        environment = Environment("interpreter")
        environment.python.user_managed_dependencies = True
        environment.python.interpreter_path = definition["interpreter"]
        environment.python.conda_dependencies = None
        return environment

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


class _NoDatasets(dict[str, Any]):
    """An empty dict that says why it is."""

    def __init__(self, what: str, run_id: str) -> None:
        super().__init__()
        self._what = what
        self._run_id = run_id

    def __missing__(self, name: object) -> NoReturn:
        raise KeyError(
            f"Run {self._run_id} has no {self._what} dataset {name!r}: localtrack hands none to scripts. Give the "
            "script the path of a folder as an argument."
        )
