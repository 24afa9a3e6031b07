"""The run: one execution, with all that belongs to it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from localtrack.core.run_base import DeletedRunWriter
from localtrack.core.run_charts import RunCharts
from localtrack.core.run_children import RunChildren
from localtrack.core.run_files import RunFiles
from localtrack.core.run_frame import RunFrame
from localtrack.core.run_labels import RunLabels
from localtrack.core.run_models import RunModels
from localtrack.core.run_script import RunScript
from localtrack.core.run_snapshots import RunSnapshots
from localtrack.core.run_status import RunStatus
from localtrack.exceptions import RunEnvironmentException
from localtrack.paths import RUN_ID_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from localtrack.core.experiment import Experiment
    from localtrack.core.run_list import RunIterator
    from localtrack.core.workspace import Workspace


class Run(RunCharts, RunFrame, RunStatus, RunLabels, RunChildren, RunFiles, RunModels, RunScript, RunSnapshots):
    """A run (the SDK's ``azureml.core.Run``).

    Calling the class loads a run that is there. Runs are made by `Experiment.start_logging`, `Experiment.submit` and
    `Run.child_run`; a script finds its own with `Run.get_context`.

    Args:
        experiment: The run's experiment.
        run_id: The run's id.
        outputs: The folder whose files are kept when the run ends; none when left out.
        **kwargs: Accepted for the SDK's sake.

    Raises:
        UserErrorException: The workspace has no such run.
    """

    def __init__(self, experiment: Experiment, run_id: str, outputs: str | None = None, **kwargs: Any) -> None:
        from localtrack.core.experiment_base import check_experiment
        from localtrack.core.runs import require

        check_experiment(experiment, "Run(...)")
        record = require(experiment.workspace, run_id)
        self._attach(experiment.workspace._layout, run_id)
        self._experiment = experiment
        self._record = record
        self._outputs = outputs

    @classmethod
    def get_context(cls, allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any) -> Run:
        """Return the run whose script this process is, or else the offline run of this program.

        An offline run is recorded like any other, in the workspace of the working folder or, if there is none, in the
        default workspace of this user; a line on stderr says where. It ends with the program. Each call gives the
        same run, also in the processes that the program starts. With the environment variable
        ``LOCALTRACK_OFFLINE=print`` it prints what it is given, as the SDK's does, and nothing is recorded.

        Args:
            allow_offline: Whether a process that is no submitted script's gets an offline run.
            used_for_context_manager: Accepted and not used.
            **kwargs: Accepted and not used.

        Raises:
            RunEnvironmentException: This process is no submitted script's, and ``allow_offline`` is false.

        Example:
            >>> run = Run.get_context()
            >>> run.log("loss", 0.5)
            >>> run.get_metrics()
            {'loss': 0.5}
        """
        from localtrack.core.context import submitted

        found = submitted()
        if found is not None:
            return found
        if not allow_offline:
            raise RunEnvironmentException(
                "This process is not the script of a submitted run, and allow_offline is False: submit the script, "
                "or leave allow_offline out."
            )
        from localtrack.core.offline_run import offline

        return offline()

    @classmethod
    def get_submitted_run(cls, **kwargs: Any) -> Run:
        """Return `get_context`, whose older name this is.

        Example:
            >>> Run.get_submitted_run() is Run.get_context()
            True
        """
        return cls.get_context(**kwargs)

    @staticmethod
    def get(workspace: Workspace, run_id: str) -> Run:
        """Return a run of a workspace.

        Raises:
            UserErrorException: There is none of that id.

        Example:
            >>> Run.get(ws, run.id).id == run.id
            True
        """
        from localtrack.core.runs import load

        return load(workspace, run_id)

    @staticmethod
    def list(
        experiment: Experiment,
        type: str | None = None,
        tags: str | dict[str, Any] | None = None,
        properties: str | dict[str, Any] | None = None,
        status: str | None = None,
        include_children: bool = False,
    ) -> RunIterator:
        """Return an iterator over an experiment's runs, newest first.

        Args:
            experiment: The experiment.
            type: Only runs of this type, such as ``azureml.scriptrun``.
            tags: Only runs with this tag; or with all of these tags and values.
            properties: Likewise.
            status: Only runs of this status, such as ``Completed``.
            include_children: Whether child runs are among them.

        Example:
            >>> run.tag("quality", "great")
            >>> [each.id == run.id for each in Run.list(exp, tags={"quality": "great"}, status="Running")]
            [True]
        """
        from localtrack.core.experiment_base import check_experiment

        check_experiment(experiment, "Run.list")
        return experiment._runs(
            type=type, tags=tags, properties=properties, status=status, top_level=not include_children
        )

    @staticmethod
    def list_by_compute(
        compute: Any,
        type: str | None = None,
        tags: str | dict[str, Any] | None = None,
        properties: str | dict[str, Any] | None = None,
        status: str | None = None,
    ) -> RunIterator:
        """Return an iterator over the runs of a compute target that wait or are running, newest first.

        Args:
            compute: The compute target, as ``ws.compute_targets`` has it.
            type: Only runs of this type.
            tags: Only runs with this tag; or with all of these tags and values.
            properties: Likewise.
            status: Only runs of this status.

        Example:
            >>> [each.id == run.id for each in Run.list_by_compute(ws.compute_targets["local"])]
            [True]
        """
        from localtrack.core.filters import run_filter
        from localtrack.core.runs import listed
        from localtrack.store.status import OPEN

        statuses = OPEN if status is None else tuple({status} & set(OPEN)) or ("",)
        chosen = run_filter(target=compute.name, statuses=statuses, type=type, tags=tags, properties=properties)
        return listed(compute.workspace, chosen)

    @staticmethod
    def add_type_provider(runtype: str, run_factory: Callable[[Experiment, str], Run]) -> None:
        """Have runs of a type be loaded as objects of another class.

        Args:
            runtype: The type.
            run_factory: Makes the object from the experiment and the run's id; may be the class.

        Example:
            >>> class SweepRun(Run):
            ...     pass
            >>> Run.add_type_provider("sweep", SweepRun)
        """
        from localtrack.core.runs import provide

        provide(runtype, run_factory)

    def get_details(self) -> dict[str, Any]:
        """Return the SDK's details of the run: ids, status, times, error, properties, definition, log files.

        Example:
            >>> details = run.get_details()
            >>> details["runId"] == run.id, details["status"]
            (True, 'Running')
        """
        from localtrack.core.details import details

        return details(self.experiment.workspace._refresh(), self._reload())

    def get_details_with_logs(self) -> dict[str, Any]:
        """Return `get_details` with the text of each log file in place of its path.

        Example:
            >>> with run:
            ...     print("hello")
            hello
            >>> run.get_details_with_logs()["logFiles"]
            {'logs/user_log.txt': 'hello...'}
        """
        from localtrack.core.details import with_logs

        return with_logs(self.get_details())

    def delete(self) -> None:
        """Delete the run and all runs below it, with their metrics and files; the SDK can't. Models stay.

        Raises:
            UserErrorException: One of them has not ended; nothing was deleted.
            ServiceException: The database refused, and nothing was deleted; or a folder of a deleted run stays.

        Example:
            >>> run.complete()
            >>> run.delete()
            >>> list(exp.get_runs())
            []
        """
        self.experiment.workspace._refresh().deletion.delete_run(self._id)
        self._writer = DeletedRunWriter(self._id)

    @classmethod
    def get_docs_url(cls) -> str:
        """Return the address of the SDK's page about runs.

        Example:
            >>> Run.get_docs_url().startswith("https://")
            True
        """
        return "https://learn.microsoft.com/python/api/azureml-core/azureml.core.run.run"

    def _repr_html_(self) -> str:
        from localtrack.core.html import run_html

        return run_html(self)


def get_run(experiment: Experiment, run_id: str, rehydrate: bool = True) -> Run:
    """Return a run of an experiment's workspace.

    Raises:
        UserErrorException: There is none of that id.
    """
    from localtrack.core.runs import load

    return load(experiment.workspace, run_id)


def __getattr__(name: str) -> Any:
    # Where the SDK has these classes; programs ask `isinstance(run, _OfflineRun)`.
    if name == "_OfflineRun":
        from localtrack.core.offline_run import offline_class

        return offline_class()
    if name == "_SubmittedRun":
        from localtrack.core.context import _SubmittedRun

        return _SubmittedRun
    if name in ("InputDatasets", "OutputDatasets", "LinkOutput"):
        from localtrack.core.absent import DATASETS, absent

        globals()[name] = absent(__name__, name, DATASETS)
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}: localtrack does not have it")


# The exit code of a submitted script is seen from outside, and that of any other from Python 3.12 on.
if sys.version_info < (3, 12) and not os.environ.get(RUN_ID_VARIABLE):
    from localtrack.core import offline_exit

    offline_exit.prepare()
