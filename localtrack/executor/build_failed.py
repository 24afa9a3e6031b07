"""An environment that could not be built, and what is known of why."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from localtrack.exceptions import ExperimentExecutionException

_TAIL_BYTES = 64 << 10
_LINES = 20
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # colors, and what a progress bar moves the cursor by
_REASON = re.compile("(?:ERROR|error|Error): |\\s*(?:\u00d7|\u2570\u2500\u25b6) ")  # pip's, and uv's with its tree


class BuildFailed(ExperimentExecutionException):
    """An environment could not be built.

    Args:
        message: What happened.
        lines: The last that the build printed.
    """

    def __init__(self, message: str, lines: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.lines = list(lines)


def build_failed(step: str, log: str, start: int, requirements: Iterable[str]) -> BuildFailed:
    """Return the error of a step that failed, with the requirement that is to blame if the step names it.

    Args:
        step: What failed, as the beginning of a sentence.
        log: The file with its output.
        start: Where the step's own output begins there.
        requirements: What was asked for.
    """
    lines = _last_lines(log, start)
    reasons = [line for line in lines if _REASON.match(line)]
    reason = _REASON.sub("", reasons[0], count=1).strip() if reasons else (lines[-1].strip() if lines else "")
    blamed = [each for each in requirements if _names(each, reasons or lines[-3:])]
    what = f" because of {', '.join(blamed)}" if blamed else ""
    return BuildFailed(f"{step} failed{what}: {reason or 'it printed nothing'}", lines)


def _names(requirement: str, lines: Iterable[str]) -> bool:
    match = re.match(r"[A-Za-z0-9_.-]+", requirement)
    if match is None:
        return False
    name = re.sub(r"[-_.]+", "[-_.]+", match[0])
    pattern = re.compile(rf"(?<![\w.-]){name}(?![\w-])", re.IGNORECASE)
    return any(pattern.search(line) for line in lines)


def _last_lines(log: str, start: int) -> list[str]:
    with open(log, "rb") as file:
        file.seek(max(os.fstat(file.fileno()).st_size - _TAIL_BYTES, start))
        text = _ESCAPES.sub("", file.read().decode(errors="replace"))
    return [line.rpartition("\r")[2] for line in text.replace("\r\n", "\n").split("\n") if line.strip()][-_LINES:]
