"""The ``localtrack`` command: the grammar of ``az ml`` on one machine.

    application,    from the arguments to the exit code
    exit_code, help,
    wrong_usage
    command_modules what puts the commands of a group together
    parser, log,    what the framework (knack) does differently here
    settings,
    refusing
    output,         what is printed of a result
    table_format,
    yaml_format,
    whole_file
    query,          JMESPath on a result
    query_evaluation
    completion      what the Tab key offers
    streams         stdin, stdout and stderr as they come
    launch,         exec and shell-init without the framework, which takes several times as long to load
    shell_code
    scope           which workspace and experiment a command is about
    progress        what is shown while something takes long

All else are the commands, a module or a folder for each group of them. Only `main` is loaded at once; the commands
load the workspace's code themselves.
"""

from __future__ import annotations

import os
import sys

from localtrack import VERSION
from localtrack.cli import streams
from localtrack.cli.exit_code import INTERRUPTED

__all__ = ["main"]

_COMPLETION_SECONDS = 2.0


def main() -> int:
    """Run the command of ``sys.argv`` and return its exit code.

    0: done. 1: an error. 2: wrong usage. 3: a run that was waited for did not complete. 130: Ctrl-C.
    """
    streams.open_missing()
    arguments = sys.argv[1:]
    try:
        # A program that runs this command while it completes a line of its own gives arguments.
        code = _complete() if "_ARGCOMPLETE" in os.environ and not arguments else _run(arguments)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 0
    except BrokenPipeError:
        code = 0
    except OSError as error:
        streams.say(f"{error.filename or 'stdout'}: {error.strerror}.")
        code = 1
    except Exception as error:
        # What is raised before the application can take care of it, such as that of a package that is missing.
        if "--debug" in arguments:
            raise
        streams.say(f"{type(error).__name__}: {error}. --debug shows where.")
        code = 1
    return streams.finish(code)


def _run(arguments: list[str]) -> int:
    if arguments[:1] in (["--version"], ["-v"]):
        print(f"localtrack {VERSION}")
        return 0
    if (command := _launched(arguments)) is not None:
        from localtrack.cli.launch import launch

        return launch(command)
    if arguments in (["shell-init", "bash"], ["shell-init", "zsh"]):
        from localtrack.cli.shell_code import shell_code

        sys.stdout.write(shell_code(arguments[1]))
        return 0
    from localtrack.cli.application import invoke

    return invoke(arguments)


def _launched(arguments: list[str]) -> list[str] | None:
    """Return the command of a plain ``exec``; one with options of its own is parsed as all others are."""
    if arguments[:1] != ["exec"]:
        return None
    if arguments[1:2] == ["--"]:
        return arguments[2:] or None
    return arguments[1:] if len(arguments) > 1 and not arguments[1].startswith("-") else None


def _complete() -> int:
    """Write what the Tab key offers, and nothing else: not even why nothing is offered."""
    import threading

    streams.discard(1)
    streams.discard(2)
    in_time = threading.Timer(_COMPLETION_SECONDS, os._exit, [1])
    in_time.daemon = True
    in_time.start()
    from localtrack.cli.application import invoke

    return invoke([])
