"""When a pipeline runs: names alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["Schedule", "ScheduleRecurrence", "TimeZone"]

Schedule = absent(__name__, "Schedule", PIPELINES)
ScheduleRecurrence = absent(__name__, "ScheduleRecurrence", PIPELINES)
TimeZone = absent(__name__, "TimeZone", PIPELINES)
