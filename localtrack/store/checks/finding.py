"""What a check found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

ERROR: Literal["error"] = "error"
WARNING: Literal["warning"] = "warning"
NOTE: Literal["note"] = "note"

Step = Callable[[str], object]  # told what is done next, once for each piece of work


@dataclass(frozen=True)
class Finding:
    """Something in a workspace that is not as it should be.

    Attributes:
        check: Which check found it, such as ``"files"``.
        kind: What it is, a fixed name such as ``"file-missing"``.
        what: The same in a sentence.
        remedy: What repairing it does, or what can be done by hand.
        severity: ``"error"`` if something that was recorded is lost, damaged or in contradiction; ``"warning"`` if
            something waits for somebody or takes space for nothing; ``"note"`` if it will be seen to by whoever opens
            the workspace next.
        run_id: The run that it is about, if it is about one.
        path: The file or folder that it is about, if it is about one.
        name: What it is about otherwise, such as a metric or a table.
        fixable: Whether ``fix=True`` repairs it, by which nothing is lost.
        fixed: Whether it was repaired.
    """

    check: str
    kind: str
    what: str
    remedy: str
    severity: Literal["error", "warning", "note"] = ERROR
    run_id: str | None = None
    path: str | None = None
    name: str | None = None
    fixable: bool = False
    fixed: bool = False

    @property
    def subject(self) -> tuple[str | None, ...]:
        """What tells it from other findings, whatever has grown meanwhile."""
        return self.check, self.kind, self.run_id, self.path, self.name


class Check(Protocol):
    """One kind of check."""

    name: str

    def find(self, step: Step) -> list[Finding]:
        """Return what is wrong now."""

    def repair(self, findings: list[Finding]) -> None:
        """Repair those findings, which are fixable; each wholly or not at all."""
