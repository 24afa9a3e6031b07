"""What is to be run: a script or a command, with its folder and arguments."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from localtrack.exceptions import UserErrorException
from localtrack.paths import working_folder

if TYPE_CHECKING:
    from localtrack.core.experiment import Experiment
    from localtrack.core.script_run import ScriptRun


class ScriptRunConfig:
    """The configuration of a script's run (the SDK's ``azureml.core.ScriptRunConfig``).

    Args:
        source_directory: The folder that is kept with the run, and of which the script gets a copy to work in.
        script: The script, relative to the folder.
        arguments: The script's arguments: text and numbers.
        run_config: Not supported yet.
        compute_target: ``"local"``, which is what it is when left out.
        environment: Not supported yet; the script runs in this interpreter.
        distributed_job_config: Not supported yet.
        resume_from: Not supported yet.
        max_run_duration_seconds: The run is ended after so many seconds.
        command: A program with its arguments as a list, or a text for the shell; instead of a script.
        docker_runtime_config: Not supported.

    Raises:
        UserErrorException: An argument is not supported, or script and command are both given.
    """

    MAX_DURATION_SECONDS_DEFAULT = 2_592_000

    def __init__(
        self,
        source_directory: str | os.PathLike[str] | None,
        script: str | None = None,
        arguments: Sequence[Any] | None = None,
        run_config: object = None,
        _telemetry_values: object = None,
        compute_target: Any = None,
        environment: object = None,
        distributed_job_config: object = None,
        resume_from: object = None,
        max_run_duration_seconds: float | None = MAX_DURATION_SECONDS_DEFAULT,
        command: Sequence[Any] | str | None = None,
        docker_runtime_config: object = None,
    ) -> None:
        given = {
            "run_config": run_config,
            "environment": environment,
            "distributed_job_config": distributed_job_config,
            "resume_from": resume_from,
            "docker_runtime_config": docker_runtime_config,
        }
        for name, value in given.items():
            if value is not None:
                raise UserErrorException(
                    f"ScriptRunConfig({name}=...) is not supported by this version of localtrack: leave it out. "
                    "The script runs in the interpreter that submits it."
                )
        if script is not None and command is not None:
            raise UserErrorException("Give a script or a command, not both.")
        if isinstance(arguments, str):
            raise UserErrorException(f"arguments must be a list, such as {arguments.split()!r}, not a text.")
        self.source_directory = os.fspath(source_directory) if source_directory is not None else working_folder()
        self.script = script
        self.arguments = list(arguments or ())
        self.command = command
        self.compute_target = compute_target
        self.max_run_duration_seconds = max_run_duration_seconds

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
        from localtrack.core.labels import checked_labels
        from localtrack.core.runs import load, new_id
        from localtrack.core.script_run import ScriptRun
        from localtrack.executor.submission import Submission, submit
        from localtrack.paths import check_run_id

        workspace = experiment.workspace
        store = workspace._store
        target = self.compute_target
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
            target=getattr(target, "name", target) or "local",
            max_seconds=self.max_run_duration_seconds,
            parent=_parent_run_id,
            display_name=display_name,
            tags=checked_labels(tags, "tag"),
        )
        submit(store, wanted)
        run = load(workspace, wanted.run_id)
        assert isinstance(run, ScriptRun)
        return run
