"""The commands of ``az ml`` that exist only in the cloud: each says so, and what to do here instead.

They are no commands of the parser's, so that they stand in no help and no completion. Those that are looked up are
the first words of the command line, so any arguments will do.
"""

from __future__ import annotations

from typing import Any

from knack import CLI
from knack.commands import CLICommandsLoader
from knack.events import EVENT_INVOKER_PRE_PARSE_ARGS

from localtrack.exceptions import CloudOnlyException

_DEPLOYING = "models are deployed in Azure; `localtrack model download` gives you the files to serve"
_PIPELINE = "pipelines run in Azure; submit their steps with `localtrack run submit-script`, and wait for each"
_DATA = "localtrack doesn't reach data in Azure; give scripts the paths of files on this machine"
_KEYS = "there is no storage account with keys"
_NETWORK = "there is no network in front of a workspace on this machine"
_MACHINES = (
    "there are no machines of Azure's; `localtrack computetarget create amlcompute` sets how many runs go at once"
)
_CLUSTER = "a compute target here is only a number of runs at once; `localtrack computetarget show` has it"

# By the first words of the commands; of several that fit, the longest counts. The first is a whole group where all of
# its commands are.
_REASONS = {
    "run submit-hyperdrive": "sweeps run in Azure; submit a run for each set of parameters with "
    "`localtrack run submit-script`, find the best with `localtrack run search --order-by`, and see in what they "
    "differ with `localtrack run compare`",
    "run submit-pipeline": _PIPELINE,
    "run monitor-tensorboard": "localtrack starts no TensorBoard; `localtrack run metrics` and `localtrack run export` "
    "have what runs have logged, and `tensorboard --logdir FOLDER` shows event files that scripts write",
    "workspace sync-keys": _KEYS,
    "workspace list-keys": _KEYS,
    "workspace diagnose": "there are no services of Azure's to diagnose; `localtrack doctor` looks at the workspace",
    "workspace share": "a workspace here is a folder; share the folder, or `localtrack backup` to a file",
    "workspace update-dependencies": "there is no registry of container images",
    "workspace private-endpoint": _NETWORK,
    "computetarget attach": _MACHINES,
    "computetarget detach": "nothing is attached; `localtrack computetarget delete` removes a compute target",
    "computetarget get-credentials": "there is nothing to log in to",
    "computetarget create aks": _MACHINES,
    "computetarget create computeinstance": _MACHINES,
    "computetarget create datafactory": _MACHINES,
    "computetarget computeinstance": _MACHINES,
    "computetarget amlcompute": _CLUSTER,
    "computetarget update": "`localtrack computetarget create amlcompute` changes the one of that name",
    "model deploy": _DEPLOYING,
    "model package": _DEPLOYING,
    "model profile": _DEPLOYING,
    "service": _DEPLOYING,
    "endpoint": _DEPLOYING,
    "dataset": _DATA,
    "datastore": _DATA,
    "pipeline": _PIPELINE,
}
_MOST_WORDS = max(len(name.split()) for name in _REASONS)


def add_commands(loader: CLICommandsLoader) -> None:
    """Have these commands answered before the command line is parsed."""
    loader.cli_ctx.register_event(EVENT_INVOKER_PRE_PARSE_ARGS, _refuse)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add no arguments: any are accepted."""


def _refuse(_cli: CLI, args: list[str], **_more: Any) -> None:
    """Refuse a command that exists only in Azure.

    Raises:
        CloudOnlyException: It does.
    """
    words: list[str] = []
    for each in args:
        if each.startswith("-"):
            break
        words.append(each.lower())
    for count in range(min(len(words), _MOST_WORDS), 0, -1):
        name = " ".join(words[:count])
        if name in _REASONS:
            raise CloudOnlyException(f"`{name}` exists only in Azure: {_REASONS[name]}.")
