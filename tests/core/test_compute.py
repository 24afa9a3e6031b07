"""Compute targets: made, changed, listed and deleted, and how many runs go at once on them."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localtrack.core import ComputeTarget, Experiment, Run, ScriptRunConfig, Workspace
from localtrack.core import compute as kinds
from localtrack.core.compute import AmlCompute
from localtrack.core.compute.amlcompute import AmlComputeNodeStateCounts, AmlComputeStatus, ScaleSettings
from localtrack.core.compute_target import ComputeTargetException, LocalTarget
from localtrack.exceptions import CloudOnlyException, UserErrorException
from localtrack.store import status
from localtrack.store.runs import NewRun
from localtrack.store.store import Store, close_store
from localtrack.store.targets import TargetRecord

WAITS = """
import os, sys, time
open(os.path.join(sys.argv[1], sys.argv[2]), "w").close()
while not os.path.exists(os.path.join(sys.argv[1], "go")):
    time.sleep(0.01)
"""
ELSEWHERE = [name for name in kinds.__all__ if name not in ("AmlCompute", "ComputeTarget")]


@pytest.fixture
def create(workspace: Workspace) -> Callable[..., AmlCompute]:
    def create_target(name: str, max_nodes: int, **options: object) -> AmlCompute:
        return ComputeTarget.create(
            workspace, name, AmlCompute.provisioning_configuration(max_nodes=max_nodes, **options)
        )

    return create_target


@pytest.fixture
def submit(workspace: Workspace, tmp_path: Path) -> Callable[..., Run]:
    """Submit a script that says that it has started, and waits for a file named ``go``."""
    source = tmp_path / "source"
    source.mkdir()
    (tmp_path / "started").mkdir()
    (source / "waits.py").write_text(WAITS)
    experiment = Experiment(workspace, "e")
    runs = []

    def submit_run(target: object) -> Run:
        arguments = [str(tmp_path / "started"), len(runs)]
        runs.append(experiment.submit(ScriptRunConfig(source, "waits.py", arguments, compute_target=target)))
        return runs[-1]

    yield submit_run
    for run in runs:
        if run.get_status() not in ("Completed", "Failed", "Canceled"):
            run.cancel()


def test_a_target_is_an_object_of_its_own_class(workspace, create):
    create("gpu-cluster", 4, vm_size="STANDARD_NC6", tags={"team": "vision"}, description="Big ones")
    cluster = ComputeTarget(workspace=workspace, name="gpu-cluster")
    assert type(cluster) is AmlCompute
    assert type(ComputeTarget(workspace, "local")) is LocalTarget
    assert (cluster.name, cluster.type, cluster.vm_size, cluster.tags, cluster.description, cluster.max_nodes) == (
        "gpu-cluster",
        "AmlCompute",
        "STANDARD_NC6",
        {"team": "vision"},
        "Big ones",
        4,
    )
    assert cluster.created_on.tzinfo is not None
    assert {name: type(each) for name, each in workspace.compute_targets.items()} == {
        "local": LocalTarget,
        "gpu-cluster": AmlCompute,
    }
    assert [each.name for each in AmlCompute.list(workspace)] == ["local", "gpu-cluster"]
    with pytest.raises(ComputeTargetException, match=r"'local' is of type 'Local' and no AmlCompute"):
        AmlCompute(workspace, "local")


def test_the_way_in_which_programs_get_or_make_a_cluster(workspace, capsys):
    """As tutorials write it: caught is what the older module calls the error."""
    for _ in range(2):
        try:
            cluster = ComputeTarget(workspace=workspace, name="cpu-cluster")
            print("found")
        except ComputeTargetException as error:
            assert "there are: local" in str(error)
            config = AmlCompute.provisioning_configuration(
                vm_size="STANDARD_D2_V2", vm_priority="lowpriority", min_nodes=1, max_nodes=3
            )
            cluster = ComputeTarget.create(workspace, "cpu-cluster", config)
        cluster.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20)
    ready = "Succeeded: up to 3 runs go at once on 'cpu-cluster'.\n"
    assert capsys.readouterr().out == f"{ready}found\n{ready}"


def test_create_gives_a_target_that_is_there_its_new_configuration(workspace, create):
    first = create("cluster", 1, tags={"old": "yes"})
    second = create("cluster", 5)
    assert (second.max_nodes, second.tags) == (5, {})
    assert second.created_on == first.created_on
    assert first.max_nodes == 1
    first.refresh_state()
    assert first.max_nodes == 5


@pytest.mark.parametrize("name", ["", "a", "a" * 33, "1st", "-a", "a-", "two words", "a_b", "größe", None, 7])
def test_a_name_that_can_t_be_a_target_s(workspace, name):
    with pytest.raises(ComputeTargetException, match="can't be a compute target's name: use 2 to 32"):
        ComputeTarget.create(workspace, name, AmlCompute.provisioning_configuration(max_nodes=1))
    assert list(workspace.compute_targets) == ["local"]


def test_local_is_changed_not_created_nor_deleted(workspace):
    with pytest.raises(ComputeTargetException, match="'local' is always there"):
        ComputeTarget.create(workspace, "Local", AmlCompute.provisioning_configuration(max_nodes=1))
    local = ComputeTarget(workspace, "local")
    with pytest.raises(ComputeTargetException, match="'local' is always there"):
        local.delete()
    local.update(max_nodes=7)
    assert ComputeTarget(workspace, "local").max_nodes == local.max_nodes == 7
    assert type(ComputeTarget(workspace, "local")) is LocalTarget


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "max_nodes is missing"),
        ({"max_nodes": -1}, "max_nodes must be a whole number"),
        ({"max_nodes": True}, "max_nodes must be a whole number"),
        ({"max_nodes": 1.5}, "max_nodes must be a whole number"),
        ({"max_nodes": "4"}, "max_nodes must be a whole number"),
        ({"max_nodes": 1, "min_nodes": 2}, "min_nodes is 2 and max_nodes 1"),
        ({"max_nodes": 1, "min_nodes": -2}, "min_nodes must be a whole number"),
        ({"max_nodes": 1, "idle_seconds_before_scaledown": float("nan")}, "must be 0 or more seconds"),
        ({"max_nodes": 1, "idle_seconds_before_scaledown": "soon"}, "must be 0 or more seconds"),
    ],
)
def test_numbers_that_can_t_be_used(options, message):
    with pytest.raises(ComputeTargetException, match=message):
        AmlCompute.provisioning_configuration(**options)


@pytest.mark.parametrize(
    "option",
    [
        {"admin_username": "me"},
        {"admin_user_password": "secret"},
        {"admin_user_ssh_key": "ssh-rsa x"},
        {"vnet_resourcegroup_name": "group"},
        {"vnet_name": "net"},
        {"subnet_name": "sub"},
        {"remote_login_port_public_access": "Enabled"},
        {"identity_type": "SystemAssigned"},
        {"identity_id": ["me"]},
        {"enable_node_public_ip": False},
    ],
)
def test_what_means_something_only_in_azure_is_refused_by_name(option):
    with pytest.raises(CloudOnlyException, match=next(iter(option))):
        AmlCompute.provisioning_configuration(max_nodes=1, **option)


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_machines_elsewhere_are_refused_by_name(workspace, kind):
    elsewhere = getattr(kinds, kind)
    for call in (
        lambda: elsewhere(workspace, "there"),
        lambda: elsewhere.attach_configuration(address="10.0.0.1"),
        lambda: elsewhere.provisioning_configuration(vm_size="STANDARD_D2_V2"),
        lambda: elsewhere.create(workspace, "there", None),
        lambda: elsewhere.attach(workspace, "there", None),
    ):
        with pytest.raises(CloudOnlyException, match=kind):
            call()
    assert elsewhere.list(workspace) == []


@pytest.mark.parametrize(
    "call",
    [
        lambda ws, cluster: cluster.add_identity("SystemAssigned"),
        lambda ws, cluster: cluster.remove_identity(),
        lambda ws, cluster: cluster.list_nodes(),
        lambda ws, cluster: AmlCompute.supported_vmsizes(ws),
        lambda ws, cluster: AmlCompute.list_usages(ws),
        lambda ws, cluster: AmlCompute.list_quotas(ws),
        lambda ws, cluster: AmlCompute.update_quotas(ws, "family", 3),
        lambda ws, cluster: ComputeTarget.attach(ws, "there", None),
    ],
)
def test_calls_that_mean_something_only_in_azure(workspace, create, call):
    with pytest.raises(CloudOnlyException):
        call(workspace, create("cluster", 1))


def test_a_configuration_of_something_else_is_refused(workspace):
    with pytest.raises(ComputeTargetException, match="is no configuration of a compute target"):
        ComputeTarget.create(workspace, "cluster", {"max_nodes": 2})
    with pytest.raises(UserErrorException, match="is no dict of a tag"):
        AmlCompute.provisioning_configuration(max_nodes=1, tags=["a"])
    assert list(workspace.compute_targets) == ["local"]


def test_update_changes_what_is_given_and_nothing_else(workspace, create):
    cluster = create("cluster", 2, min_nodes=1, idle_seconds_before_scaledown=60, tags={"team": "vision"})
    cluster.update(max_nodes=4)
    assert cluster.scale_settings == ScaleSettings(1, 4, 60)
    with pytest.raises(ComputeTargetException, match="min_nodes is 1 and max_nodes 0"):
        cluster.update(max_nodes=0)
    cluster.update(min_nodes=0, idle_seconds_before_scaledown=90)
    cluster.update()
    again = ComputeTarget(workspace, "cluster")
    assert (again.scale_settings, again.tags, again.created_on) == (
        ScaleSettings(0, 4, 90),
        {"team": "vision"},
        cluster.created_on,
    )


def test_a_deleted_target_is_gone(workspace, create):
    cluster = create("cluster", 2)
    cluster.delete()
    cluster.wait_for_completion(is_delete_operation=True)
    assert list(workspace.compute_targets) == ["local"]
    for call in (cluster.get_status, cluster.refresh_state, lambda: cluster.update(max_nodes=3)):
        with pytest.raises(ComputeTargetException, match="no compute target 'cluster'"):
            call()
    assert list(workspace.compute_targets) == ["local"], "a late update brings nothing back"
    with pytest.raises(ComputeTargetException, match="was not attached"):
        cluster.detach()


def test_a_document_gives_the_target_again(workspace, create):
    cluster = create("cluster", 3, min_nodes=1, vm_size="STANDARD_D2_V2", description="Small")
    document = cluster.serialize()
    assert document == cluster.get()
    assert document["properties"]["properties"] == {
        "vmSize": "STANDARD_D2_V2",
        "vmPriority": "dedicated",
        "scaleSettings": {"minNodeCount": 1, "maxNodeCount": 3, "nodeIdleTimeBeforeScaleDown": "PT1800S"},
    }
    again = AmlCompute.deserialize(workspace, document)
    assert (type(again), again.serialize()) == (AmlCompute, document)
    assert AmlComputeStatus.deserialize(document["properties"]["status"]) == cluster.status
    for wrong in (None, {}, {"name": "cluster"}, "cluster"):
        with pytest.raises(ComputeTargetException, match="is no document of a compute target"):
            ComputeTarget.deserialize(workspace, wrong)
    with pytest.raises(ComputeTargetException, match="is of another workspace"):
        ComputeTarget.deserialize(workspace, {**document, "id": "/subscriptions/x/computes/cluster"})


counts = st.integers(0, 1 << 31)


@given(st.builds(ScaleSettings, counts, counts, st.none() | st.integers(1, 10**9).map(float)))
def test_scale_settings_come_back_from_their_document(settings):
    assert ScaleSettings.deserialize(settings.serialize()) == settings


@given(st.builds(AmlComputeNodeStateCounts, counts, counts, counts, counts, counts, counts))
def test_node_counts_come_back_from_their_document(states):
    assert AmlComputeNodeStateCounts.deserialize(states.serialize()) == states


@pytest.mark.parametrize("kind", [ScaleSettings, AmlComputeNodeStateCounts, AmlComputeStatus])
def test_a_document_of_something_else_is_refused(kind):
    assert kind.deserialize(None) is None
    with pytest.raises(ComputeTargetException, match="is no document of"):
        kind.deserialize({"colour": "blue"})


def test_scale_settings_of_the_sdk_s_own_documents():
    document = {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT1H30M"}
    assert ScaleSettings.deserialize(document) == ScaleSettings(0, 4, 5400)
    with pytest.raises(ComputeTargetException, match="no length of time"):
        ScaleSettings.deserialize({**document, "nodeIdleTimeBeforeScaleDown": "soon"})


def test_max_nodes_is_how_many_runs_go_at_once(workspace, create, submit, tmp_path, wait_until):
    cluster = create("cluster", 2)
    runs = [submit(cluster) for _ in range(4)]
    wait_until(lambda: len(list((tmp_path / "started").iterdir())) == 2)
    status = cluster.get_status()
    assert (status.current_node_count, status.target_node_count, status.node_state_counts.running_node_count) == (
        2,
        2,
        2,
    )
    assert (status.provisioning_state, status.errors, status.scale_settings.maximum_node_count) == (
        "Succeeded",
        None,
        2,
    )
    assert {run.id for run in cluster.get_active_runs()} == {run.id for run in runs}
    assert [run.get_status() for run in runs[2:]] == ["Queued", "Queued"]
    with pytest.raises(ComputeTargetException, match="4 runs wait for the compute target 'cluster'"):
        cluster.delete()
    (tmp_path / "started" / "go").touch()
    for run in runs:
        assert run.wait_for_completion()["status"] == "Completed"
    assert cluster.get_status().current_node_count == 0
    cluster.delete()
    assert runs[0].get_details()["target"] == "cluster"


def test_more_runs_start_when_somebody_waits_after_max_nodes_has_grown(create, submit, tmp_path, wait_until):
    cluster = create("cluster", 0)
    runs = [submit("cluster") for _ in range(3)]
    assert [run.get_status() for run in runs] == ["Queued"] * 3
    cluster.update(max_nodes=3)
    (tmp_path / "started" / "go").touch()
    assert runs[-1].wait_for_completion()["status"] == "Completed"
    for run in runs:
        run.wait_for_completion()


def test_a_smaller_target_lets_what_runs_go_on(create, submit, tmp_path, wait_until):
    cluster = create("cluster", 2)
    runs = [submit(cluster) for _ in range(3)]
    wait_until(lambda: len(list((tmp_path / "started").iterdir())) == 2)
    cluster.update(max_nodes=1)
    assert [run.get_status() for run in runs] == ["Running", "Running", "Queued"]
    (tmp_path / "started" / "go").touch()
    for run in runs:
        run.wait_for_completion()


def queue(store: Store, count: int, target: str = "local") -> list[str]:
    """Let runs wait as rows."""
    experiment = store.experiments.ensure("e").id
    ids = [f"run_{number:05}" for number in range(count)]
    place = store.queue.place
    new = [NewRun(run_id, "Queued", type="azureml.scriptrun", target=target, queue=place) for run_id in ids]
    store.runs.create(experiment, new)
    return ids


def test_the_queue_is_taken_by_priority_and_then_in_order(store):
    ids = queue(store, 6)
    store.targets.put(TargetRecord("local", "Local", 6))
    store.runs.update(ids[4], priority=5)
    store.runs.update(ids[2], priority=-1)
    store.runs.update(ids[5], priority=5)
    taken = [store.queue.claim("local") for _ in ids]
    assert taken == [ids[4], ids[5], ids[0], ids[1], ids[3], ids[2]]
    assert store.queue.claim("local") is None


def test_ten_thousand_waiting_runs_make_a_claim_no_slower(store):
    """A claim reads the one row that it takes, whatever waits: counted in SQLite's own steps."""

    def steps_of_a_claim() -> int:
        count = 0

        def counted() -> None:
            nonlocal count
            count += 1

        connection = store.database.connection()
        connection.set_progress_handler(counted, 10)
        taken = store.queue.claim("local")
        connection.set_progress_handler(None, 0)
        store.runs.move(taken, status.SUPERVISOR, status.FAILED)
        return count

    ids = queue(store, 10_000)
    assert store.queue.lengths() == {"local": 10_000}
    steps_of_a_claim()  # the first notes this process, too
    many = steps_of_a_claim()
    for run_id in ids[2:-1]:
        store.runs.move(run_id, status.OUTSIDER, status.CANCELED)
    assert many <= 2 * steps_of_a_claim()
    assert store.queue.lengths() == {}


def test_more_runs_start_when_a_run_ends_after_max_nodes_has_grown(create, submit, tmp_path, wait_until):
    """Nobody submits or waits: the supervisor that goes on calls another."""
    cluster = create("cluster", 1)
    runs = [submit(cluster) for _ in range(60)]
    wait_until(lambda: started(tmp_path) == {"0"})
    cluster.update(max_nodes=2)

    def two_at_once() -> bool:
        """End what runs until two do; a supervisor looks for free slots once a second."""
        running = [run for run in runs if run.get_status() == "Running"]
        if len(running) == 1:
            running[0].cancel()
        return len(running) == 2

    wait_until(two_at_once)


def test_the_next_submit_goes_on_where_a_supervisor_was_killed(workspace, create, submit, tmp_path, wait_until):
    """Nothing is read in between, which would find the dead supervisor."""
    store = workspace._store
    cluster = create("cluster", 1)
    first = submit(cluster)
    wait_until(lambda: started(tmp_path) == {"0"})
    second = submit(cluster)
    owner = store.runs.get(first.id).owner
    os.kill(store.owners.pid(owner), signal.SIGKILL)
    wait_until(lambda: store.owners.is_dead(owner))
    third = submit(cluster)
    (tmp_path / "started" / "go").touch()
    wait_until(lambda: [store.runs.get(run.id).status for run in (second, third)] == ["Completed", "Completed"])
    assert first.get_status() == "Failed"


def started(folder: Path) -> set[str]:
    return {path.name for path in (folder / "started").iterdir()}


def test_a_workspace_can_be_created_with_clusters(workspace, tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    with pytest.raises(ComputeTargetException, match="'cpu-cluster' is no configuration"):
        Workspace.create(name="other", default_cpu_compute_target="cpu-cluster")
    assert list((tmp_path / "other").iterdir()) == [], "nothing was made"
    ws = Workspace.create(
        name="other",
        default_cpu_compute_target=Workspace.DEFAULT_CPU_CLUSTER_CONFIGURATION,
        default_gpu_compute_target=AmlCompute.provisioning_configuration(vm_size="STANDARD_NC6", max_nodes=5),
    )
    found = {name: (each.vm_size, each.max_nodes) for name, each in ws.compute_targets.items() if name != "local"}
    assert found == {"cpu-cluster": ("STANDARD_DS2_V2", 2), "gpu-cluster": ("STANDARD_NC6", 5)}
    assert ws.get_default_compute_target("GPU").name == "gpu-cluster"
    assert workspace.get_default_compute_target("GPU").name == "local"
    ws.compute_targets["cpu-cluster"].update(max_nodes=1)
    again = Workspace.create(
        name="other", exist_ok=True, default_cpu_compute_target=Workspace.DEFAULT_CPU_CLUSTER_CONFIGURATION
    )
    assert again.compute_targets["cpu-cluster"].max_nodes == 1
    close_store(ws._layout)


def test_a_target_that_is_deleted_while_a_run_is_submitted(workspace: Workspace, store: Store) -> None:
    experiment = Experiment(workspace, "e")
    with pytest.raises(ComputeTargetException, match="'gone' was deleted meanwhile"):
        store.runs.create(experiment.id, [NewRun(id="run", status="Queued", target="gone")])
    assert list(experiment.get_runs()) == []
