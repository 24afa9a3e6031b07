"""Which experiments a list has."""

from __future__ import annotations


class ViewType:
    """The choices of `Experiment.list` (the SDK's ``azureml.core.ViewType``)."""

    ActiveOnly = "ActiveOnly"
    ArchivedOnly = "ArchivedOnly"
    All = "All"
