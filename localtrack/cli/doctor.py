"""``localtrack doctor``: whether all is well, here and with the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommand, CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.exit_code import EXIT_CODE

if TYPE_CHECKING:
    from localtrack.core.diagnosis import Examined

_STATUS = {"ok": "ok", "warning": "warning", "error": "ERROR"}

helps["doctor"] = """
type: command
short-summary: Check this installation, and the workspace with all that it keeps
long-summary: >-
    Python, SQLite, the file system, the database, runs and their files, journals, source code, processes, and what
    takes how much space. Others may use the workspace meanwhile, and nothing is changed without --fix. With it,
    what can be repaired without losing anything is repaired. The exit code is 1 if an error remains. It works, too,
    where the database can't be opened, and says what to do.
examples:
  - name: A row for each check.
    text: localtrack doctor -o table
  - name: Repair what can be repaired, and read all files.
    text: localtrack doctor --fix --deep
  - name: All that was found, with what to do.
    text: localtrack doctor --query "checks[].findings[].[what, remedy]"
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "", "localtrack.cli.doctor#{}") as group:
        group.command("doctor", "doctor", table_transformer=_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "doctor") as arguments:
        arguments.ignore("cmd")
        arguments.argument("fix", help="Repair what can be repaired without losing anything.")
        arguments.argument("deep", help="Read all files, and compare them with what was kept.")
        arguments.argument("path", help="Folder of the project, or one below it. The working folder when left out.")


def doctor(cmd: CLICommand, fix: bool = False, deep: bool = False, path: str | None = None) -> dict[str, Any]:
    """Check the installation and a workspace.

    Args:
        cmd: Knack's command, which takes the exit code.
        fix: Whether to repair what can be.
        deep: Whether to read all files.
        path: The folder in which, or above which, the workspace is looked for.

    Raises:
        ServiceException: Something was to be repaired, and this user can't change the workspace.
    """
    from localtrack.cli.progress import Progress
    from localtrack.core import diagnosis

    with Progress("Checking") as progress:
        found = diagnosis.diagnose(path, fix=fix, deep=deep, step=lambda what: progress.advance(what=what))
    if any(each.status == "error" for each in found.checks):
        cmd.cli_ctx.data[EXIT_CODE] = 1
    return {
        "workspace": found.workspace,
        "checks": [_document(each) for each in found.checks],
        "space": found.space,
    }


def _document(check: Examined) -> dict[str, Any]:
    return {
        "name": check.name,
        "status": check.status,
        "detail": check.detail,
        "findings": [
            {
                "kind": each.kind,
                "severity": each.severity,
                "what": each.what,
                "remedy": each.remedy,
                "runId": each.run_id,
                "path": each.path,
                "name": each.name,
                "fixable": each.fixable,
                "fixed": each.fixed,
            }
            for each in check.findings
        ],
    }


def _table(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"Check": each["name"], "Status": _STATUS[each["status"]], "Detail": each["detail"]}
        for each in result["checks"]
    ]
