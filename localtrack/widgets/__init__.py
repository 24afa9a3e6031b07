"""What shows a run in a notebook while it runs (the SDK's ``azureml.widgets``); plain HTML, nothing to install."""

from __future__ import annotations

from localtrack.widgets.run_details import ParallelRunStepDetails, RunDetails

__all__ = ["ParallelRunStepDetails", "RunDetails"]
