"""``localtrack run submit-script``."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommand, CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.exit_code import EXIT_CODE, NOT_COMPLETED
from localtrack.cli.run import run_configuration
from localtrack.cli.run.table import run_table
from localtrack.cli.run.watching import completes
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.exceptions import ComputeTargetException, UserErrorException

if TYPE_CHECKING:
    from localtrack.core import Workspace

helps["run submit-script"] = """
type: command
short-summary: Run a script in the background and show its output until it ends
long-summary: >-
    The folder is kept with the run as it is now, and the script works in a copy of it, in this interpreter unless a
    run configuration says otherwise. Ctrl-C ends the output, not the run. When stdout is no terminal, the output goes
    to stderr, and stdout has the result alone. The exit code is 3 if the run does not complete.
examples:
  - name: Run a script with an argument of its own.
    text: localtrack run submit-script -e train train.py --alpha 0.1
  - name: Run it as .azureml/sklearn.runconfig says, which may be a changed copy of local.runconfig.
    text: localtrack run submit-script -c sklearn -e testexperiment train.py
  - name: Run it in an environment that is built with the packages of a conda file.
    text: localtrack run submit-script -d conda_dependencies.yml train.py
  - name: Return at once, and print the run's id.
    text: localtrack run submit-script --async --query run_id -o tsv train.py
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "run", "localtrack.cli.run.submission#{}") as group:
        group.command("submit-script", "submit_script", table_transformer=run_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "run submit-script") as arguments:
        add_scope_arguments(arguments)
        arguments.positional(
            "script",
            nargs=argparse.REMAINDER,
            metavar="USER_SCRIPT_AND_ARGUMENTS",
            validator=_check_script,
            help="The script, relative to the source directory, and its arguments. They come last. Those of the run "
            "configuration when left out.",
        )
        run_configuration.add_arguments(arguments)
        arguments.argument("source_directory", help="Folder of the script. That of --path when left out.")
        arguments.argument("detached", options_list=["--async"], help="Return at once, without the script's output.")


def submit_script(
    cmd: CLICommand,
    script: list[str],
    run_configuration_name: str | None = None,
    conda_dependencies: str | None = None,
    source_directory: str | None = None,
    target: str | None = None,
    detached: bool = False,
    **kwargs: Any,
) -> dict[str, Any]:
    """Submit a script, and wait for its end unless ``detached``.

    Args:
        cmd: Knack's command, which takes the exit code.
        script: The script and its arguments, instead of those of the run configuration.
        run_configuration_name: The name or path of a run configuration's file.
        conda_dependencies: A conda file, instead of the run configuration's packages.
        source_directory: The folder that is kept with the run; that of ``--path`` when left out.
        target: The compute target, instead of the run configuration's.
        detached: Whether to return at once.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no experiment, or something else can't be used.
        RunConfigurationException: The run configuration isn't there, or wants what can't be had.
        ComputeTargetException: There is no such compute target.
        KeyboardInterrupt: Ctrl-C; the run goes on.
    """
    from localtrack.cli.run.document import run_dto, with_definition
    from localtrack.core import Experiment, ScriptRunConfig

    scope = Scope(**kwargs)
    workspace = scope.workspace()
    experiment = scope.experiment(workspace)
    if experiment is None:
        raise UserErrorException(
            "Which experiment? Add -e NAME, or give the folder one with "
            f"`localtrack folder attach -w {workspace.name} -e NAME`."
        )
    folder = _folder(scope, workspace)
    file = None
    if run_configuration_name is not None:
        file = run_configuration.find(run_configuration_name, folder, workspace._layout.project)
    configuration = run_configuration.changed(file, folder, script, conda_dependencies, target)
    config = ScriptRunConfig(source_directory or folder, run_config=configuration)
    try:
        run = Experiment(workspace, experiment).submit(config)
    except ComputeTargetException as error:
        if file is None or target is not None:
            raise
        raise run_configuration.without_target(file, error) from error
    if not detached and not completes(run):
        cmd.cli_ctx.data[EXIT_CODE] = NOT_COMPLETED
    record = run._reload()
    return with_definition(run_dto(workspace._store, record), record)


def _check_script(arguments: argparse.Namespace) -> None:
    if arguments.script[:1] == ["--"]:
        del arguments.script[0]
    if not arguments.script and arguments.run_configuration_name is None:
        raise ValueError("give a script, with its arguments behind it, or -c with a run configuration that names one")


def _folder(scope: Scope, workspace: Workspace) -> str:
    """Return the folder that is submitted from: that of ``--path``."""
    folder = os.path.abspath(scope.path or os.curdir)
    return workspace._layout.project if os.path.isfile(folder) else folder  # it may name the workspace's configuration
