"""The event that a run's status has changed, under the SDK's name, and its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localtrack.store.events import StatusEvent

_NANOSECONDS = 1_000_000_000
_TYPE = "AmlRunStatusChangedEvent"


@dataclass(frozen=True, slots=True)
class AmlRunStatusChangedEvent:
    """A run's status has changed.

    Attributes:
        id: Grows with each event of the workspace.
        time: When, in UTC.
        run_id: The run.
        experiment_name: Its experiment.
        parent_run_id: The run above it, or None.
        old_status: The status until then, or None if it is new.
        new_status: The status since then.
        error: The SDK's ``error`` document, or None.
    """

    id: int
    time: datetime
    run_id: str
    experiment_name: str
    parent_run_id: str | None
    old_status: str | None
    new_status: str
    error: dict[str, Any] | None

    @classmethod
    def of(cls, event: StatusEvent) -> AmlRunStatusChangedEvent:
        """Return the event of a row."""
        return cls(
            event.key,
            moment(event.time),
            event.run_id,
            event.experiment,
            event.parent,
            event.old_status,
            event.new_status,
            event.error,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the event as a document that JSON can hold."""
        return {
            "type": _TYPE,
            "id": self.id,
            "time": utc(self.time),
            "runId": self.run_id,
            "experimentName": self.experiment_name,
            "parentRunId": self.parent_run_id,
            "oldStatus": self.old_status,
            "newStatus": self.new_status,
            "error": self.error,
        }


def moment(nanoseconds: int) -> datetime:
    """Return a time of the store's."""
    return datetime.fromtimestamp(nanoseconds // _NANOSECONDS, UTC).replace(
        microsecond=nanoseconds % _NANOSECONDS // 1000
    )


def utc(time: datetime) -> str:
    """Return a time as the SDK writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
