"""The commands of ``az ml`` that exist only in the cloud."""

import pytest
from knack import CLI

from localtrack.cli import azure_only
from localtrack.exceptions import CloudOnlyException

# Those of the grammar of ``az ml`` that localtrack does not have.
COMMANDS = """
run submit-hyperdrive, run submit-pipeline, run monitor-tensorboard, workspace sync-keys, workspace diagnose,
workspace list-keys, workspace update-dependencies, workspace share, workspace private-endpoint add,
workspace private-endpoint list, workspace private-endpoint delete, computetarget attach remote,
computetarget attach aks, computetarget attach kubernetes, computetarget detach, computetarget get-credentials,
computetarget create computeinstance, computetarget create aks, computetarget create datafactory,
computetarget computeinstance start, computetarget computeinstance stop, computetarget computeinstance restart,
computetarget amlcompute identity assign, computetarget amlcompute identity remove,
computetarget amlcompute identity show, computetarget update aks, computetarget update amlcompute,
model deploy, model package, model profile, service list, service delete, service create aci, service run,
endpoint realtime create, dataset list, dataset show, dataset register, dataset unregister, dataset deprecate,
dataset archive, dataset reactivate, datastore list, datastore show, datastore show-default, datastore set-default,
datastore attach-blob, datastore attach-file, datastore attach-adls, datastore attach-adls-gen2,
datastore attach-sqldb, datastore attach-psqldb, datastore attach-mysqldb, datastore attach-dbfs, datastore detach,
datastore download, datastore upload, pipeline list, pipeline show, pipeline enable, pipeline disable,
pipeline create-schedule, pipeline last-pipeline-run, pipeline create, pipeline clone, pipeline submit-draft
"""


@pytest.mark.parametrize("command", [each.strip() for each in COMMANDS.replace("\n", " ").split(",")])
def test_each_is_refused_in_one_line(command):
    with pytest.raises(CloudOnlyException) as caught:
        azure_only._refuse(CLI(), [*command.split(), "-n", "x"])
    assert len(str(caught.value).splitlines()) == 1
    assert " ".join(command.split()[:1]) in str(caught.value)


@pytest.mark.parametrize(
    "command", ["run submit-script", "run list", "workspace list", "model list", "computetarget create amlcompute"]
)
def test_those_that_there_are_are_not_refused(command):
    azure_only._refuse(CLI(), [*command.split(), "service"])


def test_any_arguments_will_do_and_the_exit_code_is_1(cli):
    for arguments in (
        ["run", "submit-hyperdrive", "--hyperdrive-configuration-name", "x.yml", "-c", "local", "train.py", "--help"],
        ["datastore", "attach-blob", "-n", "x", "-k", "secret", "-t", "here"],
        ["Service", "create", "aci", "\x1b[2J"],
        ["pipeline"],
    ):
        done = cli(*arguments, code=1)
        assert done.out == ""
        assert done.err.startswith("ERROR: `") and len(done.err.splitlines()) == 1
        assert "exists only in Azure: " in done.err
        assert "secret" not in done.err and "\x1b" not in done.err
    assert list(cli.folder.iterdir()) == []


def test_they_are_in_no_help(cli):
    assert "submit-hyperdrive" not in cli("run", "--help").out
    assert "datastore" not in cli("--help").out
