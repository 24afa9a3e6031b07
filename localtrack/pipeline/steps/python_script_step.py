"""A step that runs a script: a name alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["PythonScriptStep"]

PythonScriptStep = absent(__name__, "PythonScriptStep", PIPELINES)
