"""Making compute targets and changing them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from localtrack.core.compute.compute import ComputeTarget
from localtrack.core.compute.configuration import checked_configuration, checked_scale
from localtrack.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from localtrack.core.workspace import Workspace
    from localtrack.store.targets import TargetRecord

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,30}[A-Za-z0-9]")
_AML_COMPUTE = "AmlCompute"


def create(workspace: Workspace, name: str, configuration: object) -> ComputeTarget:
    """Make a compute target, or give the one of that name this configuration; see `ComputeTarget.create`."""
    from localtrack.store.queue import LOCAL
    from localtrack.store.targets import TargetRecord

    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ComputeTargetException(
            f"{name!r} can't be a compute target's name: use 2 to 32 letters, digits and dashes, with a letter first "
            "and a letter or digit last."
        )
    if name.lower() == LOCAL:
        raise ComputeTargetException(
            "The compute target 'local' is always there: ComputeTarget(workspace, 'local').update(max_nodes=...) "
            "changes how many runs go at once."
        )
    wanted = checked_configuration(configuration)
    scale = wanted.scale_settings
    settings = {
        "vm_size": wanted.vm_size,
        "vm_priority": wanted.vm_priority,
        "min_nodes": scale.minimum_node_count,
        "idle_seconds_before_scaledown": scale.idle_seconds_before_scaledown,
        "tags": wanted.tags,
        "description": wanted.description,
    }
    workspace._store.targets.put(TargetRecord(name, _AML_COMPUTE, scale.maximum_node_count, settings))
    return ComputeTarget(workspace, name)


def change(
    workspace: Workspace, name: str, min_nodes: int | None, max_nodes: int | None, idle_seconds: float | None
) -> None:
    """Change how many runs go at once; see `ComputeTarget.update`."""

    def changed(record: TargetRecord) -> TargetRecord:
        scale = checked_scale(
            record.settings.get("min_nodes", 0) if min_nodes is None else min_nodes,
            record.max_nodes if max_nodes is None else max_nodes,
            record.settings.get("idle_seconds_before_scaledown") if idle_seconds is None else idle_seconds,
        )
        settings = {
            **record.settings,
            "min_nodes": scale.minimum_node_count,
            "idle_seconds_before_scaledown": scale.idle_seconds_before_scaledown,
        }
        return replace(record, max_nodes=scale.maximum_node_count, settings=settings)

    if (min_nodes, max_nodes, idle_seconds) != (None, None, None):
        workspace._store.targets.change(name, changed)
