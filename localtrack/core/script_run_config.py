"""What is to be run: a script or a command, with its folder, its arguments and how it is run."""

from __future__ import annotations

import copy
import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from localtrack.exceptions import UserErrorException
from localtrack.paths import working_folder

if TYPE_CHECKING:
    from localtrack.core.environment import Environment
    from localtrack.core.experiment import Experiment
    from localtrack.core.run import Run
    from localtrack.core.run_configuration import RunConfiguration
    from localtrack.core.run_configuration_sections import DockerConfiguration
    from localtrack.core.script_run import ScriptRun


def get_run_config_from_script_run(script_run_config: ScriptRunConfig) -> RunConfiguration:
    """Return a copy of a script's run configuration, with the script, its arguments and the command.

    Example:
        >>> from localtrack.core.script_run_config import get_run_config_from_script_run
        >>> source = ScriptRunConfig(".", script="train.py", arguments=["--alpha", 0.1])
        >>> get_run_config_from_script_run(source).save(".", "train")
    """
    result = copy.deepcopy(script_run_config.run_config)
    result.script = script_run_config.script or ""
    result.arguments = script_run_config.arguments
    result.command = script_run_config.command or ""
    return result


class ScriptRunConfig:
    """The configuration of a script's run (the SDK's ``azureml.core.ScriptRunConfig``).

    What is changed in ``run_config`` before the run is submitted counts.

    Args:
        source_directory: The folder that is kept with the run, and of which the script gets a copy to work in; the
            working folder when None.
        script: The script, relative to the folder.
        arguments: The script's arguments: texts, numbers and paths.
        run_config: How the script is run. ``compute_target``, ``environment``, ``distributed_job_config``,
            ``docker_runtime_config`` and ``max_run_duration_seconds`` are ignored then; ``script``, ``arguments`` and
            ``command`` win over those of the configuration.
        compute_target: A compute target or its name; ``"local"`` when left out.
        environment: The `Environment`; when left out, the script runs in the interpreter that submits it.
        distributed_job_config: Kept, and refused when the run is submitted.
        resume_from: A run whose ``outputs`` the script goes on with, or a path. A script gets its path as the arguments
            ``--resume-from PATH``; both scripts and commands get it in the environment variable
            ``AZUREML_DATAREFERENCE_MODEL_LOCATION``. These are the SDK's names.
        max_run_duration_seconds: The run is ended after so many seconds.
        command: A program with its arguments as a list, for which there is no shell, or a text for the shell; instead
            of a script and arguments.
        docker_runtime_config: Kept, and refused when the run is submitted if it wants a container.

    Attributes:
        source_directory: The folder.
        run_config: The `RunConfiguration`: the one given, or one made from the other arguments.
        resume_from: As given.

    Raises:
        UserErrorException: Script and command are both given, or an argument has a wrong value.

    Example:
        >>> config = ScriptRunConfig(".", command=["python", "-c", "print(1)"])
        >>> config.run_config.environment_variables["SEED"] = "7"
        >>> config.run_config.target
        'local'
    """

    MAX_DURATION_SECONDS_DEFAULT = 2_592_000

    def __init__(
        self,
        source_directory: str | os.PathLike[str] | None,
        script: str | None = None,
        arguments: Sequence[Any] | None = None,
        run_config: RunConfiguration | None = None,
        _telemetry_values: object = None,
        compute_target: Any = None,
        environment: Environment | None = None,
        distributed_job_config: object = None,
        resume_from: Run | str | os.PathLike[str] | None = None,
        max_run_duration_seconds: float | None = MAX_DURATION_SECONDS_DEFAULT,
        command: Sequence[Any] | str | None = None,
        docker_runtime_config: DockerConfiguration | None = None,
    ) -> None:
        from localtrack.core import distributed_job
        from localtrack.core.run_configuration import RunConfiguration

        if script is not None and command is not None:
            raise UserErrorException("Give a script or a command, not both.")
        if command is not None and arguments:
            raise UserErrorException("Arguments are a script's: put those of a command into the command.")
        self.source_directory = os.fspath(source_directory) if source_directory is not None else working_folder()
        self.resume_from = resume_from
        # Checked as those of a configuration are.
        given = RunConfiguration(script=script, arguments=arguments, command=command)
        self._own: dict[str, Any] = {}
        if run_config is None:
            self.run_config = given
            given.max_run_duration_seconds = max_run_duration_seconds
            given.target = compute_target
            if environment is not None:
                given.environment = environment
            if distributed_job_config is not None:
                distributed_job.put(given, distributed_job_config)
            if docker_runtime_config is not None:
                given.docker = docker_runtime_config
            return
        if not isinstance(run_config, RunConfiguration):
            raise UserErrorException(
                f"run_config must be a RunConfiguration, not {run_config!r}: RunConfiguration.load(path, name) reads "
                "one from a file."
            )
        self.run_config = run_config
        ignored = {
            "compute_target": compute_target,
            "environment": environment,
            "distributed_job_config": distributed_job_config,
            "docker_runtime_config": docker_runtime_config,
            "max_run_duration_seconds": None
            if max_run_duration_seconds == self.MAX_DURATION_SECONDS_DEFAULT
            else max_run_duration_seconds,
        }
        names = [name for name, value in ignored.items() if value is not None]
        if names:
            warnings.warn(
                f"ScriptRunConfig ignores {', '.join(names)}, because run_config is given: set them there.",
                stacklevel=2,
            )
        for name, value in (("script", script), ("arguments", arguments), ("command", command)):
            if value is not None:
                self._own[name] = getattr(given, name)
        for name in ("script", "arguments", "command"):
            theirs = getattr(run_config, name)
            if theirs and theirs != getattr(self, name):
                warnings.warn(
                    f"ScriptRunConfig does not take the {name} {theirs!r} of run_config, because another is given.",
                    stacklevel=2,
                )

    @property
    def script(self) -> str | None:
        """The script: the one given, or the run configuration's; None for a command."""
        if "command" in self._own:
            return None
        return self._own.get("script", self.run_config.script) or None

    @script.setter
    def script(self, script: str | None) -> None:
        self._set("script", script)

    @property
    def arguments(self) -> list[Any]:
        """The script's arguments: those given, or the run configuration's."""
        if "command" in self._own:
            return []
        found: list[Any] = self._own.get("arguments", self.run_config.arguments)
        return found

    @arguments.setter
    def arguments(self, arguments: Sequence[Any] | None) -> None:
        self._set("arguments", arguments)

    @property
    def command(self) -> list[Any] | str | None:
        """The command: the one given, or the run configuration's; None for a script."""
        if "script" in self._own:
            return None
        return self._own.get("command", self.run_config.command) or None

    @command.setter
    def command(self, command: Sequence[Any] | str | None) -> None:
        self._set("command", command)

    @property
    def compute_target(self) -> str:
        """The name of the run configuration's target."""
        return str(self.run_config.target)

    @compute_target.setter
    def compute_target(self, target: Any) -> None:
        self.run_config.target = target

    @property
    def max_run_duration_seconds(self) -> float | None:
        """The run configuration's limit."""
        seconds: float | None = self.run_config.max_run_duration_seconds
        return seconds

    @max_run_duration_seconds.setter
    def max_run_duration_seconds(self, seconds: float | None) -> None:
        self.run_config.max_run_duration_seconds = seconds

    def _set(self, name: str, value: Any) -> None:
        from localtrack.core.run_configuration import RunConfiguration

        if value is None:
            self._own.pop(name, None)
            setattr(self.run_config, name, "" if name == "script" else None)
        else:
            self._own[name] = getattr(RunConfiguration(**{name: value}), name)

    def _submit(
        self,
        experiment: Experiment,
        tags: dict[str, Any] | None = None,
        *,
        run_id: str | None = None,
        display_name: str | None = None,
        credential_passthrough: bool | None = None,
        _parent_run_id: str | None = None,
    ) -> ScriptRun:
        from localtrack.core import run_configuration_limits
        from localtrack.core.labels import checked_labels
        from localtrack.core.runs import load, new_id
        from localtrack.core.script_run import ScriptRun
        from localtrack.executor.submission import Submission, submit
        from localtrack.paths import check_run_id

        configuration = self.run_config
        run_configuration_limits.check(configuration)
        if self.script is not None and self.command is not None:
            raise UserErrorException("The run configuration has a script and a command: leave one of them out.")
        # Read through the definition, where what was put into them later is checked too.
        known = configuration._definition()
        workspace = experiment.workspace
        passthrough = configuration.credential_passthrough if credential_passthrough is None else credential_passthrough
        wanted = Submission(
            run_id=check_run_id(run_id) if run_id is not None else new_id(experiment.name),
            experiment_id=experiment.id,
            identity={
                "subscription_id": workspace.subscription_id,
                "resource_group": workspace.resource_group,
                "workspace_name": workspace.name,
                "experiment": experiment.name,
            },
            source_directory=self.source_directory,
            script=self.script,
            command=self.command,
            arguments=self.arguments,
            target=configuration.target,
            environment=configuration._environment(),
            variables={**known["environment"].get("environmentVariables", {}), **known["environmentVariables"]},
            max_seconds=configuration.max_run_duration_seconds,
            priority=configuration.priority or 0,
            credential_passthrough=bool(passthrough),
            resume_from=None if self.resume_from is None else _resumed(self.resume_from),
            parent=_parent_run_id,
            display_name=display_name,
            tags=checked_labels(tags, "tag"),
        )
        submit(workspace._store, wanted)
        run = load(workspace, wanted.run_id)
        assert isinstance(run, ScriptRun)
        return run


def _resumed(given: Run | str | os.PathLike[str]) -> str:
    """Return the path of what a script is to go on with."""
    from localtrack.core.run import Run

    if isinstance(given, Run):
        path = given.experiment.workspace._layout.run(given.id).outputs
        if not os.path.isdir(path):
            raise UserErrorException(f"Run {given.id} has no outputs that another could go on with.")
        return path
    if not isinstance(given, str | os.PathLike):
        raise UserErrorException(f"resume_from must be a run or a path, not {given!r}.")
    path = os.path.abspath(given)
    if not os.path.exists(path):
        raise UserErrorException(f"resume_from is {path}, which is not there.")
    return path
