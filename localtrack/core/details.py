"""The documents that the SDK gives of a run: its details, and its error."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from typing import Any

from localtrack.core import files
from localtrack.executor import git
from localtrack.store.run_record import RunRecord
from localtrack.store.status import QUEUED
from localtrack.store.store import Store

OWN = ("process", "graceSeconds", "keepCode", "environmentFile")  # for the supervisor alone
_NANOSECONDS = 1_000_000_000


def details(store: Store, run: RunRecord) -> dict[str, Any]:
    """Return the SDK's details of a run; what there is none of is left out.

    ``logFiles`` has the paths of the files on this machine, where the SDK has addresses. ``runDefinition`` has what
    localtrack ran. ``exitCode`` is localtrack's own, as are ``packages`` (the versions of what was installed for a
    script) and ``machine``.
    """
    git.wait(run.id)
    logs = [each for each in files.of(store, run) if each.name.startswith(files.LOG_FOLDERS)]
    definition = None if run.definition is None else {k: v for k, v in run.definition.items() if k not in OWN}
    document: dict[str, Any] = {
        "runId": run.id,
        "target": run.target,
        "status": run.status,
        "startTimeUtc": utc(run.started),
        "endTimeUtc": utc(run.ended),
        "error": run.error,
        "exitCode": run.exit_code,
        "properties": store.labels.properties(run.id),
        "inputDatasets": [],
        "outputDatasets": [],
        "runDefinition": definition,
        "logFiles": {each.name: files.path_of(store, run.id, each) for each in logs},
        "submittedBy": run.submitted_by,
        **store.facts.of(run.id),
    }
    return {name: value for name, value in document.items() if value is not None}


def explanation(run: RunRecord) -> str | None:
    """Return why a run waits or has failed, or None."""
    if run.status == QUEUED:
        return f"It waits for a slot of the compute target {run.target!r}."
    if run.error is not None:
        return str(run.error.get("error", {}).get("message") or "") or None
    return None


def with_logs(document: dict[str, Any]) -> dict[str, Any]:
    """Return details with each log file's text in place of its path; bytes that are no UTF-8 are replaced.

    Raises:
        ServiceException: A log is gone.
    """
    texts = {}
    for name, path in document["logFiles"].items():
        text = files.content(path, f"The log {name} of run {document['runId']}").decode(errors="replace")
        texts[name] = text.replace("\r\n", "\n").replace("\r", "\n")
    return {**document, "logFiles": texts}


def error_document(error: str | BaseException | None, code: str | None) -> dict[str, Any] | None:
    """Return the SDK's ``error`` document of what was given to `Run.fail`.

    Raises:
        TypeError: ``error`` is neither text nor an exception.
    """
    if error is None:
        return None if code is None else {"error": {"code": code, "message": ""}}
    if isinstance(error, str):
        return {"error": {"code": code or "UserError", "message": error}}
    if not isinstance(error, BaseException):
        raise TypeError(f"error_details must be a text or an exception, not {type(error).__name__}")
    return {
        "error": {
            "code": code or "UserError",
            "message": f"{type(error).__name__}: {error}",
            "debugInfo": {
                "type": type(error).__name__,
                "message": str(error),
                "stackTrace": "".join(traceback.format_exception(error)),
            },
        }
    }


def ended_well(error: BaseException) -> bool:
    """Whether what ends a ``with`` block is a program's regular end: ``sys.exit()`` or ``sys.exit(0)``."""
    return isinstance(error, SystemExit) and error.code in (None, 0)


def utc(nanoseconds: int | None) -> str | None:
    """Return a time as the SDK writes it: ISO 8601 in UTC, with microseconds and Z."""
    if nanoseconds is None:
        return None
    seconds, rest = divmod(nanoseconds, _NANOSECONDS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"
