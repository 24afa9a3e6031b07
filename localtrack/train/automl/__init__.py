"""Automated training, which is a service in Azure: names alone."""

from __future__ import annotations

from localtrack.train.automl.automlconfig import AutoMLConfig

__all__ = ["AutoMLConfig"]
