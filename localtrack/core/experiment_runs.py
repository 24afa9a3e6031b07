"""The runs of an experiment: starting, submitting and finding them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from localtrack.core.experiment_base import ExperimentBase
from localtrack.core.filters import run_filter
from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from pandas import DataFrame

    from localtrack.core.run import Run
    from localtrack.core.run_list import RunIterator, RunList
    from localtrack.core.script_run import ScriptRun
    from localtrack.core.script_run_config import ScriptRunConfig


class ExperimentRuns(ExperimentBase):
    """The runs of an experiment."""

    def start_logging(
        self,
        *,
        name: str | None = None,
        run_id: str | None = None,
        outputs: str | bool | None = None,
        snapshot_directory: str | os.PathLike[str] | None = None,
        display_name: str | None = None,
        description: str | None = None,
        tags: dict[str, Any] | None = None,
    ) -> Run:
        """Start a run that this process logs to, until `Run.complete` or the end of a ``with`` block.

        Args:
            name: The run's name; ``run_<id>`` when left out.
            run_id: The run's id; a UUID when left out.
            outputs: The folder whose files are kept with the run when it ends: ``./outputs``, which is made now, when
                left out or True; none when False.
            snapshot_directory: A folder whose files are kept with the run as they are now. Unlike the SDK, nothing is
                when it is left out.
            display_name: What lists call the run.
            description: Of the run.
            tags: Of the run.

        Raises:
            UserErrorException: The run id is taken, or a name or tag can't be kept.
            ServiceException: The workspace can't be written.

        Example:
            >>> with exp.start_logging(display_name="first try", tags={"team": "vision"}) as run:
            ...     for step in range(3):
            ...         run.log("loss", 1 / (step + 1), step=step)
            >>> run.get_status(), run.get_metrics()["loss"][:2]
            ('Completed', [1.0, 0.5])
        """
        from localtrack.core.runs import start

        return start(
            self._whole,
            run_id=run_id,
            name=name,
            outputs=outputs,
            snapshot_directory=snapshot_directory,
            display_name=display_name,
            description=description,
            tags=tags,
        )

    def submit(self, config: ScriptRunConfig, tags: dict[str, Any] | None = None, **kwargs: Any) -> ScriptRun:
        """Have a script run in the background and return at once; the run outlives this process.

        Args:
            config: What is to be run.
            tags: Of the run.
            **kwargs: ``run_id`` and ``display_name``.

        Raises:
            ExperimentExecutionException: The script isn't there, or nothing can be started.
            ComputeTargetException: There is no such compute target.
            UserErrorException: An argument can't be kept, or the run id is taken.
            TypeError: There is a keyword that the SDK doesn't have.

        Example:
            >>> from pathlib import Path
            >>> source = Path("source")
            >>> source.mkdir()
            >>> _ = (source / "train.py").write_text("print('training')")
            >>> run = exp.submit(ScriptRunConfig(source_directory="source", script="train.py"))
            >>> run.wait_for_completion()["status"]
            'Completed'
        """
        from localtrack.core.script_run_config import ScriptRunConfig

        if not isinstance(config, ScriptRunConfig):
            raise UserErrorException(f"submit needs a ScriptRunConfig, not {config!r:.100}.")
        return config._submit(self._whole, tags, **kwargs)

    def get_runs(
        self,
        type: str | None = None,
        tags: str | dict[str, Any] | None = None,
        properties: str | dict[str, Any] | None = None,
        include_children: bool = False,
    ) -> RunIterator:
        """Return an iterator over the experiment's runs, newest first.

        Args:
            type: Only runs of this type, such as ``azureml.scriptrun``.
            tags: Only runs with this tag; or with all of these tags and values.
            properties: Likewise.
            include_children: Whether child runs are among them.

        Example:
            >>> run.tag("quality", "fantastic run")
            >>> [each.id == run.id for each in exp.get_runs(tags={"quality": "fantastic run"})]
            [True]
        """
        return self._runs(type=type, tags=tags, properties=properties, top_level=not include_children)

    def search_runs(
        self,
        filter_string: str = "",
        order_by: list[str] | str | None = None,
        max_results: int | None = None,
    ) -> RunList:
        """Return the experiment's runs for which a condition holds; see `Workspace.search_runs`.

        Example:
            >>> run.log("loss", 0.25)
            >>> exp.search_runs("metrics.loss < 0.5")[0].id == run.id
            True
        """
        from localtrack.core.search import search

        return search(self._workspace, filter_string, order_by, max_results, experiment=self._whole)

    def to_pandas(self) -> DataFrame:
        """Return a table of the experiment's runs, newest first, children among them.

        Returns:
            A row for each run. Columns: ``run_id``, ``status``, times and so on; ``metrics.NAME`` with the last value,
            ``tags.NAME`` and ``properties.NAME``.

        Raises:
            UserErrorException: pandas is not installed.

        Example:
            >>> run.log("loss", 0.25)
            >>> exp.to_pandas()[["run_id", "metrics.loss"]].shape
            (1, 2)
        """
        from localtrack.core.frame import frame
        from localtrack.store.run_filter import RunFilter

        store = self._workspace._refresh()
        return frame(store, list(store.runs.walk(RunFilter(experiment=self._known_id()))))

    def _runs(self, **chosen: Any) -> RunIterator:
        from localtrack.core.runs import listed

        return listed(self._workspace, run_filter(experiment=self._known_id(), **chosen))
