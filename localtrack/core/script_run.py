"""The run of a submitted script, seen from outside of it."""

from __future__ import annotations

from localtrack.core.run import Run


class ScriptRun(Run):
    """A run whose script a supervisor executes (the SDK's ``azureml.core.ScriptRun``).

    Its exit code decides how it ends. `Run.cancel` and `Run.fail` end all its processes before they return.
    """
