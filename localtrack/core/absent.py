"""Names of the SDK's for what localtrack does not have: they can be imported, and say so when they are used."""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

from localtrack.exceptions import CloudOnlyException, UserErrorException


class Reason(NamedTuple):
    """Why something is not here.

    Attributes:
        instead: What to do instead, in sentences.
        error: What using it raises.
    """

    instead: str
    error: type[UserErrorException] = UserErrorException


DATASETS = Reason(
    "There are no datasets here yet: read the files by their paths. Workspace.get_default_datastore() has a folder "
    "for them."
)
OUTPUTS = Reason("Write the files to ./outputs, where they are kept with the run, or to a path of your own.")
SWEEPS = Reason(
    "There are no sweeps here yet: submit the script once for each set of parameters, in a loop, and find the best run "
    "with Experiment.search_runs."
)
PIPELINES = Reason(
    "There are no pipelines here yet: submit the scripts one after the other, with Run.wait_for_completion between "
    "them, or from one script with Run.submit_child."
)
ESTIMATORS = Reason("Use ScriptRunConfig, which has taken its place in the SDK, too.")
DIAGNOSTICS = Reason("localtrack does not log its own calls, and sends nothing to anybody: leave it out.")

AUTOML = Reason("It is a service in Azure: train the models in scripts of your own.", CloudOnlyException)
AZURE_STORAGE = Reason(
    "The only datastore here is the folder of Workspace.get_default_datastore().", CloudOnlyException
)
DATABRICKS = Reason("Scripts run on this machine, with the packages of CondaDependencies.", CloudOnlyException)
HOSTING = Reason(
    "Models are hosted in Azure. Load the model in a program of your own: Model.get_model_path has its file.",
    CloudOnlyException,
)
SERVICES = Reason("Nothing of Azure's is connected to this workspace: leave it out.", CloudOnlyException)


class Absent(type):
    """The class of such names. Each is a class, for annotations and ``isinstance``, and nothing is one of its kind.

    Example:
        >>> from localtrack.pipeline.core import PipelineData
        >>> isinstance("data", PipelineData)
        False
        >>> PipelineData("data")
        Traceback (most recent call last):
        localtrack.exceptions.UserErrorException: PipelineData(...): localtrack does not have ...
    """

    _reason: Reason

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to make one.

        Raises:
            UserErrorException: Always.
        """
        raise cls._refusal(f"{cls.__name__}(...)")

    def __getattr__(cls, name: str) -> NoReturn:
        if name.startswith("_"):  # what Python, notebooks and debuggers ask of any object
            raise AttributeError(f"{cls.__name__} has no attribute {name!r}.")
        raise cls._refusal(f"{cls.__name__}.{name}")

    def _refusal(cls, use: str) -> UserErrorException:
        module = cls.__module__.replace("localtrack", "azureml", 1)
        return cls._reason.error(f"{use}: localtrack does not have {module}.{cls.__name__}. {cls._reason.instead}")


def absent(module: str, name: str, reason: Reason) -> Absent:
    """Return what stands for a name of the SDK's.

    Args:
        module: The module that it is in.
        name: The name.
        reason: Why there is nothing behind it.

    Example:
        >>> from localtrack.core.absent import SERVICES, absent
        >>> absent("localtrack.core", "PrivateEndPoint", SERVICES).get(ws)
        Traceback (most recent call last):
        localtrack.exceptions.CloudOnlyException: PrivateEndPoint.get: localtrack does not have azureml.core...
    """
    return Absent(name, (_Base,), {"__module__": module, "_reason": reason})


class _Base:
    def __init_subclass__(cls) -> None:
        for above in cls.__mro__[1:]:
            if isinstance(above, Absent):
                raise above._refusal(f"class {cls.__name__}({above.__name__})")
