"""A compute target: a name under which so many runs go at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from localtrack.core.compute.compute_status import AmlComputeNodeStateCounts, AmlComputeStatus, ScaleSettings
from localtrack.exceptions import CloudOnlyException, ComputeTargetException

if TYPE_CHECKING:
    from localtrack.core.run_list import RunIterator
    from localtrack.core.workspace import Workspace
    from localtrack.store.targets import TargetRecord

LOCAL_TYPE = "Local"
SUCCEEDED = "Succeeded"
_NANOSECONDS = 1_000_000_000


class ComputeTarget:
    """A compute target (the SDK's ``azureml.core.ComputeTarget``): a name under which so many runs go at once.

    Calling the class gives an object of the target's own class: `AmlCompute` for those that were created,
    `LocalTarget` for ``local``, which is always there.

    Args:
        workspace: The workspace.
        name: The target's name.

    Attributes:
        name: Its name.
        type: ``"Local"`` or ``"AmlCompute"``.
        workspace: Its workspace.
        id: Where it is, as the SDK writes it.
        location: Always ``"local"``.
        tags: Its tags.
        description: What it is for, or None.
        created_on: When it was created, in UTC.
        provisioning_state: Always ``"Succeeded"``: there is nothing to wait for.
        provisioning_errors: Always None.
        vm_size: The size of machine that was asked for; here it is this machine.
        vm_priority: What was asked for; it means nothing here.
        scale_settings: How many runs go at once, and what is kept beside it.
        max_nodes: How many runs go at once; the others wait.

    Raises:
        ComputeTargetException: There is none of that name, or it is of another class.

    Example:
        >>> ComputeTarget(ws, "local").type
        'Local'
    """

    def __new__(cls, workspace: Workspace, name: str) -> ComputeTarget:
        """Return an object of the target's own class."""
        record = _found(workspace, name)
        kind = _class_of(record)
        if not issubclass(kind, cls):
            raise ComputeTargetException(
                f"The compute target {name!r} is of type {record.type!r} and no {cls.__name__}: "
                f"get it with ComputeTarget(workspace, {name!r})."
            )
        return object.__new__(kind)

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.workspace = workspace
        self.name = name
        self.refresh_state()

    @staticmethod
    def create(workspace: Workspace, name: str, provisioning_configuration: object) -> ComputeTarget:
        """Make a compute target, or give the one of that name this configuration, as the SDK does.

        Args:
            workspace: The workspace.
            name: 2 to 32 letters, digits and dashes; a letter first, a letter or digit last.
            provisioning_configuration: Of `AmlCompute.provisioning_configuration`.

        Raises:
            ComputeTargetException: The name or the configuration can't be used; nothing was changed.
            CloudOnlyException: The configuration means something only in Azure.

        Example:
            >>> from localtrack.core.compute import AmlCompute
            >>> two_at_once = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=2)
            >>> cluster = ComputeTarget.create(ws, "cpu-cluster", two_at_once)
            >>> cluster.wait_for_completion()
            >>> sorted(ws.compute_targets)
            ['cpu-cluster', 'local']
        """
        from localtrack.core.compute.creation import create

        return create(workspace, name, provisioning_configuration)

    @staticmethod
    def attach(workspace: Workspace, name: str, attach_configuration: object) -> NoReturn:
        """Refuse: machines elsewhere can't be connected.

        Raises:
            CloudOnlyException: Always.
        """
        raise CloudOnlyException(
            f"{name!r}: machines and services elsewhere can't be attached, because runs go on this machine. Use "
            "ComputeTarget.create(workspace, NAME, AmlCompute.provisioning_configuration(max_nodes=...))."
        )

    @staticmethod
    def list(workspace: Workspace) -> list[ComputeTarget]:
        """Return the compute targets of a workspace, ``local`` first.

        Example:
            >>> ComputeTarget.list(ws)
            [LocalTarget(workspace='demo', name='local', type='Local')]
        """
        return [ComputeTarget(workspace, each.name) for each in workspace._store.targets.all()]

    def refresh_state(self) -> None:
        """Read again what other processes may have changed.

        Raises:
            ComputeTargetException: It was deleted.

        Example:
            >>> local = ComputeTarget(ws, "local")
            >>> ComputeTarget(ws, "local").update(max_nodes=3)
            >>> local.refresh_state()
            >>> local.max_nodes
            3
        """
        record = _found(self.workspace, self.name)
        settings = record.settings
        self.type = record.type
        self.id = f"{self.workspace._identity.scope}/computes/{self.name}"
        self.location = self.workspace.location
        self.created_on = _time(record.created)
        self.provisioning_state = SUCCEEDED
        self.provisioning_errors = None
        self.tags: dict[str, str | None] = dict(settings.get("tags") or {})
        self.description: str | None = settings.get("description")
        self.vm_size: str = settings.get("vm_size", "")
        self.vm_priority: str = settings.get("vm_priority", "dedicated")
        self.scale_settings = ScaleSettings(
            settings.get("min_nodes", 0), record.max_nodes, settings.get("idle_seconds_before_scaledown")
        )

    @property
    def max_nodes(self) -> int:
        """How many runs go at once; the others wait."""
        nodes: int = self.scale_settings.maximum_node_count
        return nodes

    @property
    def status(self) -> AmlComputeStatus:
        """What `get_status` returns."""
        return self.get_status()

    def wait_for_completion(self, show_output: bool = False, is_delete_operation: bool = False) -> None:
        """Return at once: a compute target of this machine is ready when it is created, and gone when it is deleted.

        Args:
            show_output: Whether a line says so.
            is_delete_operation: Whether `delete` was called.

        Example:
            >>> ComputeTarget(ws, "local").wait_for_completion()
        """
        if is_delete_operation:
            line = f"{SUCCEEDED}: {self.name!r} is deleted."
        else:
            self.refresh_state()
            line = f"{SUCCEEDED}: up to {self.max_nodes} runs go at once on {self.name!r}."
        if show_output:
            print(line)

    def get_status(self) -> AmlComputeStatus:
        """Return how many runs are on it now, and what it is set to.

        Example:
            >>> status = ComputeTarget(ws, "local").get_status()
            >>> status.provisioning_state, status.current_node_count
            ('Succeeded', 0)
        """
        store = self.workspace._refresh()
        self.refresh_state()
        running = store.queue.busy(self.name)
        return AmlComputeStatus(
            allocation_state="Steady",
            allocation_state_transition_time=self.created_on,
            creation_time=self.created_on,
            current_node_count=running,
            errors=None,
            modified_time=self.created_on,
            node_state_counts=AmlComputeNodeStateCounts(0, 0, 0, 0, running, 0),
            provisioning_state=SUCCEEDED,
            provisioning_state_transition_time=None,
            scale_settings=self.scale_settings,
            target_node_count=running,
            vm_priority=self.vm_priority,
            vm_size=self.vm_size,
        )

    def update(
        self,
        min_nodes: int | None = None,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: float | None = None,
    ) -> None:
        """Change how many runs go at once; what runs goes on.

        Runs that wait for a slot start with the next submit, when somebody waits for one of them, or when another run
        ends.

        Args:
            min_nodes: Kept; means nothing here.
            max_nodes: How many runs go at once; with 0, none is started.
            idle_seconds_before_scaledown: Kept; means nothing here.

        Raises:
            ComputeTargetException: A number can't be used, or the target was deleted; nothing was changed.

        Example:
            >>> local = ComputeTarget(ws, "local")
            >>> local.update(max_nodes=1)
            >>> local.get_status().scale_settings.maximum_node_count
            1
        """
        from localtrack.core.compute.creation import change

        change(self.workspace, self.name, min_nodes, max_nodes, idle_seconds_before_scaledown)
        self.refresh_state()

    def get_active_runs(
        self,
        type: str | None = None,
        tags: str | dict[str, Any] | None = None,
        properties: str | dict[str, Any] | None = None,
        status: str | None = None,
    ) -> RunIterator:
        """Return an iterator over the runs that wait for it or are on it; see `Run.list_by_compute`.

        Example:
            >>> [each.id == run.id for each in ComputeTarget(ws, "local").get_active_runs()]
            [True]
        """
        from localtrack.core.run import Run

        return Run.list_by_compute(self, type, tags, properties, status)

    def delete(self) -> None:
        """Take the compute target out of the workspace; its runs stay.

        Raises:
            ComputeTargetException: Runs wait for it or are on it, or it is ``local``; it stays.

        Example:
            >>> from localtrack.core.compute import AmlCompute
            >>> one_at_once = AmlCompute.provisioning_configuration(max_nodes=1)
            >>> ComputeTarget.create(ws, "one-by-one", one_at_once).delete()
            >>> list(ws.compute_targets)
            ['local']
        """
        self.workspace._refresh().targets.remove(self.name)

    def detach(self) -> NoReturn:
        """Refuse: only what was attached can be detached.

        Raises:
            ComputeTargetException: Always.
        """
        raise ComputeTargetException(f"The compute target {self.name!r} was not attached: delete() removes it.")

    def get(self) -> dict[str, Any]:
        """Return `serialize`.

        Example:
            >>> ComputeTarget(ws, "local").get()["name"]
            'local'
        """
        return self.serialize()

    def serialize(self) -> dict[str, Any]:
        """Return the target as the SDK's document.

        Example:
            >>> ComputeTarget(ws, "local").serialize()["properties"]["computeType"]
            'Local'
        """
        return {
            "id": self.id,
            "name": self.name,
            "location": self.location,
            "tags": self.tags,
            "identity": None,
            "properties": {
                "description": self.description,
                "resourceId": None,
                "computeType": self.type,
                "computeLocation": self.location,
                "provisioningState": self.provisioning_state,
                "provisioningErrors": self.provisioning_errors,
                "properties": {
                    "vmSize": self.vm_size,
                    "vmPriority": self.vm_priority,
                    "scaleSettings": self.scale_settings.serialize(),
                },
                "status": self.get_status().serialize(),
            },
        }

    @staticmethod
    def deserialize(workspace: Workspace, object_dict: dict[str, Any]) -> ComputeTarget:
        """Return the compute target of a document that `serialize` gave.

        Raises:
            ComputeTargetException: It is no such document, or of another workspace, or the target was deleted.

        Example:
            >>> ComputeTarget.deserialize(ws, ComputeTarget(ws, "local").serialize()).name
            'local'
        """
        try:
            name = object_dict["name"]
            scope = str(object_dict["id"]).rpartition("/computes/")[0]
        except (TypeError, KeyError) as error:
            raise ComputeTargetException(f"{object_dict!r} is no document of a compute target.", error) from error
        if scope != workspace._identity.scope:
            raise ComputeTargetException(f"The compute target {name!r} is of another workspace: {scope}.")
        return ComputeTarget(workspace, name)

    def __repr__(self) -> str:
        kind = type(self).__name__
        return f"{kind}(workspace={self.workspace.name!r}, name={self.name!r}, type={self.type!r})"


def _found(workspace: Workspace, name: str) -> TargetRecord:
    targets = workspace._store.targets
    record = targets.get(name)
    if record is None:
        raise ComputeTargetException(
            f"There is no compute target {name!r} in the workspace {workspace.name!r}; there are: "
            f"{', '.join(each.name for each in targets.all())}. ComputeTarget.create(workspace, {name!r}, "
            "AmlCompute.provisioning_configuration(max_nodes=...)) makes one."
        )
    return record


def _class_of(record: TargetRecord) -> type[ComputeTarget]:
    from localtrack.core.compute.amlcompute import AmlCompute
    from localtrack.core.compute.local import LocalTarget

    return LocalTarget if record.type == LOCAL_TYPE else AmlCompute


def _time(nanoseconds: int | None) -> datetime | None:
    return None if nanoseconds is None else datetime.fromtimestamp(nanoseconds / _NANOSECONDS, UTC)
