"""The ``localtrack`` command: the grammar of ``az ml`` on one machine.

    application,    from the arguments to the exit code
    exit_code
    parser, log,    what the framework (knack) does differently here
    settings,
    output
    scope           which workspace and experiment a command is about
    folder, run     one module for each group of commands
    run_dto,        a run as the commands return it, and as a table shows it
    run_table

Only `main` is loaded at once; the commands load the workspace's code themselves.
"""

from __future__ import annotations

import sys

from localtrack import VERSION

__all__ = ["main"]


def main() -> int:
    """Run the command of ``sys.argv`` and return its exit code; wrong usage and ``--help`` leave by `SystemExit`.

    0: done. 1: an error. 2: wrong usage. 3: a run that was waited for did not complete. 130: Ctrl-C.
    """
    arguments = sys.argv[1:]
    if arguments[:1] in (["--version"], ["-v"]):
        print(f"localtrack {VERSION}")  # here, because the framework takes several times as long to load
        return 0
    try:
        from localtrack.cli.application import invoke

        return invoke(arguments)
    except KeyboardInterrupt:
        return 130
