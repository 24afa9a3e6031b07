"""What a compute target says of itself, as the SDK's objects."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from localtrack.exceptions import ComputeTargetException

_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")
_COUNTS = {
    "idle_node_count": "idleNodeCount",
    "leaving_node_count": "leavingNodeCount",
    "preempted_node_count": "preemptedNodeCount",
    "preparing_node_count": "preparingNodeCount",
    "running_node_count": "runningNodeCount",
    "unusable_node_count": "unusableNodeCount",
}


@dataclass
class ScaleSettings:
    """How many runs go at once.

    Attributes:
        minimum_node_count: Kept; means nothing here.
        maximum_node_count: How many runs go at once.
        idle_seconds_before_scaledown: Kept; means nothing here.
    """

    minimum_node_count: int
    maximum_node_count: int
    idle_seconds_before_scaledown: float | None

    def serialize(self) -> dict[str, Any]:
        """Return the SDK's document, with the time as ISO 8601 writes it."""
        seconds = f"{self.idle_seconds_before_scaledown or 0:f}".rstrip("0").rstrip(".")
        return {
            "minNodeCount": self.minimum_node_count,
            "maxNodeCount": self.maximum_node_count,
            "nodeIdleTimeBeforeScaleDown": f"PT{seconds}S" if seconds != "0" else "",
        }

    @staticmethod
    def deserialize(object_dict: dict[str, Any] | None) -> ScaleSettings | None:
        """Return the settings of a document, or None for none.

        Raises:
            ComputeTargetException: It is no such document.
        """
        if not object_dict:
            return None
        try:
            text = object_dict["nodeIdleTimeBeforeScaleDown"]
            return ScaleSettings(object_dict["minNodeCount"], object_dict["maxNodeCount"], _seconds(text))
        except (TypeError, KeyError) as error:
            raise ComputeTargetException(f"{object_dict!r} is no document of scale settings.", error) from error


@dataclass
class AmlComputeNodeStateCounts:
    """How many nodes are in which state; here a node is a run's place on this machine."""

    idle_node_count: int
    leaving_node_count: int
    preempted_node_count: int
    preparing_node_count: int
    running_node_count: int
    unusable_node_count: int

    def serialize(self) -> dict[str, int]:
        """Return the SDK's document."""
        return {_COUNTS[name]: count for name, count in asdict(self).items()}

    @staticmethod
    def deserialize(object_dict: dict[str, Any] | None) -> AmlComputeNodeStateCounts | None:
        """Return the counts of a document, or None for none.

        Raises:
            ComputeTargetException: It is no such document.
        """
        if not object_dict:
            return None
        try:
            return AmlComputeNodeStateCounts(**{name: object_dict[key] for name, key in _COUNTS.items()})
        except (TypeError, KeyError) as error:
            raise ComputeTargetException(f"{object_dict!r} is no document of node counts.", error) from error


@dataclass
class AmlComputeStatus:
    """The status of a compute target.

    Attributes:
        current_node_count: How many runs are on it.
        node_state_counts: The same, by the SDK's states.
        scale_settings: How many may be.
        provisioning_state: Always ``"Succeeded"``.
        errors: Always None.
    """

    allocation_state: str
    allocation_state_transition_time: datetime | None
    creation_time: datetime | None
    current_node_count: int
    errors: list[Any] | None
    modified_time: datetime | None
    node_state_counts: AmlComputeNodeStateCounts | None
    provisioning_state: str
    provisioning_state_transition_time: datetime | None
    scale_settings: ScaleSettings | None
    target_node_count: int
    vm_priority: str
    vm_size: str

    def serialize(self) -> dict[str, Any]:
        """Return the SDK's document."""
        return {
            "allocationState": self.allocation_state,
            "allocationStateTransitionTime": _text(self.allocation_state_transition_time),
            "creationTime": _text(self.creation_time),
            "currentNodeCount": self.current_node_count,
            "errors": self.errors,
            "modifiedTime": _text(self.modified_time),
            "nodeStateCounts": self.node_state_counts.serialize() if self.node_state_counts else None,
            "provisioningState": self.provisioning_state,
            "provisioningStateTransitionTime": _text(self.provisioning_state_transition_time),
            "scaleSettings": self.scale_settings.serialize() if self.scale_settings else None,
            "targetNodeCount": self.target_node_count,
            "vmPriority": self.vm_priority,
            "vmSize": self.vm_size,
        }

    @staticmethod
    def deserialize(object_dict: dict[str, Any] | None) -> AmlComputeStatus | None:
        """Return the status of a document, or None for none.

        Raises:
            ComputeTargetException: It is no such document.
        """
        if not object_dict:
            return None
        try:
            return AmlComputeStatus(
                object_dict["allocationState"],
                _moment(object_dict["allocationStateTransitionTime"]),
                _moment(object_dict["creationTime"]),
                object_dict["currentNodeCount"],
                object_dict["errors"],
                _moment(object_dict["modifiedTime"]),
                AmlComputeNodeStateCounts.deserialize(object_dict["nodeStateCounts"]),
                object_dict["provisioningState"],
                _moment(object_dict["provisioningStateTransitionTime"]),
                ScaleSettings.deserialize(object_dict["scaleSettings"]),
                object_dict["targetNodeCount"],
                object_dict["vmPriority"],
                object_dict["vmSize"],
            )
        except (TypeError, KeyError, ValueError) as error:
            raise ComputeTargetException(f"{object_dict!r} is no document of a status.", error) from error


def _seconds(text: str) -> float | None:
    if not text:
        return None
    match = _DURATION.fullmatch(text)
    if match is None or text == "PT":
        raise ComputeTargetException(f"{text!r} is no length of time such as 'PT1800S'.")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
