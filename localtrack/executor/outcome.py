"""How a script ended, in the SDK's ``error`` document."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from typing import Any

from localtrack.executor.build_failed import BuildFailed
from localtrack.paths import RunFolder
from localtrack.store.run_record import RunRecord

_TAIL_BYTES = 64 << 10
_TRACEBACK = "Traceback (most recent call last):"
_LINES = 20


def error_of(exit_code: int, folder: RunFolder) -> dict[str, Any] | None:
    """Return the error of a script that ended by itself, or None if it ended well.

    Args:
        exit_code: Negative for a signal.
        folder: The run's, with its log.
    """
    if exit_code == 0:
        return None
    if exit_code < 0:
        reason = f"The script was ended by {_signal_name(-exit_code)}"
        if exit_code == -signal.SIGKILL:
            reason += "; if nobody killed it, the system may have run out of memory"
    else:
        reason = f"The script ended with exit code {exit_code}"
    text = _log_end(folder).rstrip()
    start = text.rfind(_TRACEBACK)
    raised = _raised(text[start:]) if start >= 0 and exit_code > 0 else None
    if raised is not None:
        kind, _, message = raised.partition(":")
        debug = {"type": kind, "message": message.strip(), "stackTrace": text[start:]}
        return document("UserError", f"{reason}: {raised}", debug)
    lines = text.splitlines()[-_LINES:]
    if not lines:
        return document("UserError", f"{reason}, and had printed nothing")
    last = f": {lines[-1]}" if exit_code > 0 else ""
    return document("UserError", f"{reason}{last}", {"stackTrace": "\n".join(lines)})


def not_prepared(error: Exception) -> dict[str, Any]:
    """Return the error of a run whose working folder could not be made."""
    return document("PreparationFailed", f"The run could not be prepared: {error}")


def not_built(error: BuildFailed) -> dict[str, Any]:
    """Return the error of a run whose environment could not be built."""
    debug = {"type": "BuildFailed", "message": str(error), "stackTrace": "\n".join(error.lines)}
    return document("EnvironmentBuildFailed", f"The run's environment could not be built. {error}", debug)


def too_long(run: RunRecord) -> dict[str, Any]:
    """Return the error of a run that was ended after its time was up."""
    assert run.definition is not None
    limit = run.definition["maxRunDurationSeconds"]
    return document("MaxRunDurationExceeded", f"The script was ended after max_run_duration_seconds = {limit}.")


def lost(what: str) -> dict[str, Any]:
    """Return the error of a run whose owner is dead."""
    return document("ProcessLost", what)


def document(code: str, message: str, debug: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the SDK's document of one error."""
    error: dict[str, Any] = {"code": code, "message": message}
    if debug is not None:
        error["debugInfo"] = debug
    return {"error": error}


def dump(members: Sequence[Sequence[Any]]) -> str:
    """Return processes as the database keeps them."""
    return json.dumps(members)


def _raised(traceback: str) -> str | None:
    """Return the line of a printed traceback that has the exception: the first that is not indented."""
    for line in traceback.splitlines()[1:]:
        if line and not line.startswith((" ", "\t")):
            return line.strip()
    return None


def _signal_name(number: int) -> str:
    try:
        return f"signal {signal.Signals(number).name} ({number})"
    except ValueError:
        return f"signal {number}"


def _log_end(folder: RunFolder) -> str:
    try:
        with open(folder.std_log, "rb") as log:
            log.seek(max(os.fstat(log.fileno()).st_size - _TAIL_BYTES, 0))
            return log.read().decode(errors="replace").replace("\r\n", "\n")
    except FileNotFoundError:
        return ""
