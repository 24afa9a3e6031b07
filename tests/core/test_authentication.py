"""Signing in is accepted and means nothing; secrets are the environment's."""

import pickle
from pathlib import Path

import pytest

from localtrack.core import Experiment, Keyvault, Workspace, authentication
from localtrack.exceptions import CloudOnlyException, UserErrorException

SECRET = "p4ssw0rd-of-a-test"

WAYS = {
    "AbstractAuthentication": {"cloud": SECRET},
    "ArmTokenAuthentication": {"arm_access_token": SECRET, "cloud": "AzureCloud"},
    "AzureCliAuthentication": {"cloud": SECRET},
    "AzureMLTokenAuthentication": {"azureml_access_token": SECRET, "expiry_time": None, "run_id": "1"},
    "InteractiveLoginAuthentication": {"force": True, "tenant_id": SECRET, "cloud": "AzureCloud"},
    "MsiAuthentication": {"cloud": "AzureCloud", "identity_config": {"client_id": SECRET}},
    "ServicePrincipalAuthentication": {
        "tenant_id": "t",
        "service_principal_id": "i",
        "service_principal_password": SECRET,
        "cloud": "AzureCloud",
        "_enable_caching": False,
    },
    "TokenAuthentication": {"get_token_for_audience": lambda audience: SECRET, "cloud": None},
}


def test_all_ways_are_here() -> None:
    assert sorted(WAYS) == authentication.__all__


@pytest.mark.parametrize(("name", "given"), WAYS.items(), ids=list(WAYS))
def test_a_way_to_sign_in_takes_what_the_sdk_takes_and_keeps_none_of_it(workspace: Workspace, name, given) -> None:
    way = getattr(authentication, name)(**given)

    assert isinstance(way, authentication.AbstractAuthentication)
    assert vars(way) == {}
    assert SECRET.encode() not in pickle.dumps(way)
    assert Workspace.from_config(auth=way).name == workspace.name
    assert Workspace(workspace.subscription_id, workspace.resource_group, workspace.name, auth=way).name == "test"
    for call in (way.get_authentication_header, way.get_token, way.signed_session):
        with pytest.raises(CloudOnlyException, match=f"{name}.* signs in to nothing"):
            call()


def test_nothing_of_it_is_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("API_TOKEN", SECRET)
    way = authentication.ServicePrincipalAuthentication("t", "i", SECRET)
    workspace = Workspace.create(name="demo", auth=way)
    run = Experiment(workspace, "train").start_logging()

    assert run.get_secret("api-token") == run.get_secrets(["API_TOKEN"])["API_TOKEN"] == SECRET
    run.complete()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files and not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_tokens_may_be_renewed() -> None:
    way = authentication.ArmTokenAuthentication("t0ken")
    way.update_arm_access_token(SECRET)
    assert vars(way) == {}


def test_secrets_are_listed_by_name_alone(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", SECRET)
    keyvault = workspace.get_default_keyvault()

    assert isinstance(keyvault, Keyvault)
    assert {"name": "API_TOKEN"} in keyvault.list_secrets()
    assert SECRET not in str(keyvault.list_secrets())
    assert all(keyvault.get_secret(each["name"]) is not None for each in keyvault.list_secrets())


def test_secrets_are_not_changed(workspace: Workspace) -> None:
    keyvault = workspace.get_default_keyvault()
    for call in (
        lambda: keyvault.set_secret("a", SECRET, content_type="text"),
        lambda: keyvault.set_secrets({"a": SECRET}),
        lambda: keyvault.delete_secret("a"),
        lambda: keyvault.delete_secrets(["a"]),
    ):
        with pytest.raises(CloudOnlyException, match=r"^a: .*environment variables") as refused:
            call()
        assert SECRET not in str(refused.value)
    with pytest.raises(UserErrorException, match="no secret 'a'"):
        keyvault.get_secret("a")
