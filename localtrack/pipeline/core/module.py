"""Parts that several pipelines use: names alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["Module", "ModuleVersion", "ModuleVersionDescriptor"]

Module = absent(__name__, "Module", PIPELINES)
ModuleVersion = absent(__name__, "ModuleVersion", PIPELINES)
ModuleVersionDescriptor = absent(__name__, "ModuleVersionDescriptor", PIPELINES)
