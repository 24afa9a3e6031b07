"""Finding runs by what was logged, by tags, properties and attributes.

A filter is a text in MLflow's grammar for searching runs, which also has ``or``, ``not`` and parentheses here::

    metrics.mse < 3000 and (tags.quality like 'fan%' or not status = 'Completed')

| left side | what it is |
|---|---|
| ``metrics.NAME`` | the value that was logged last by `Run.log`: a number, text or bool |
| ``min(metrics.NAME)``, ``max(metrics.NAME)`` | the least and the greatest number that was logged |
| ``count(metrics.NAME)`` | how often something was logged; 0 for a run without the metric |
| ``tags.NAME``, ``properties.NAME`` | texts |
| ``status``, ``run_id``, ``name``, ``display_name``, ``type``, ``experiment``, ``target``, ``description``, \
``submitted_by``, ``parent`` | texts; of parent and experiment the run id and the name |
| ``number``, ``exit_code``, ``duration`` | numbers; the duration in seconds, up to now for a run that goes on |
| ``start_time``, ``end_time``, ``created`` | times |

Attributes may also be written ``attributes.NAME``, ``attribute.NAME`` or ``run.NAME``; ``name``, ``parent`` and
``experiment`` are also ``run_name``, ``parent_run_id`` and ``experiment_name``. A name with other characters than
letters, digits and ``_ . - / : @`` stands in quotes: ``metrics."val loss"`` or ``metrics.`val loss```, with the quote
itself written twice.

| operator | holds for a run |
|---|---|
| ``= != < <= > >=`` (also ``==``, ``<>``) | whose value is so; also ``!=`` needs one: a run without it is not found |
| ``LIKE``, ``NOT LIKE`` | whose text fits a pattern: ``%`` is any text, ``_`` is any character, case counts |
| ``ILIKE``, ``NOT ILIKE`` | likewise, whatever the case |
| ``IN (..., ...)``, ``NOT IN (..., ...)`` | whose value is one of these, or has a value that is not |
| ``IS NULL``, ``IS NOT NULL`` | that lacks the value, or has it; lists, tables and images count as values |
| ``not ...`` | for which something does not hold, also if that is because it lacks the value |

Words may be written in any case. ``and`` binds more tightly than ``or``.

Values: numbers, also ``inf``, ``-inf`` and ``nan`` (which is equal to itself here, so that ``metrics.loss = nan`` finds
runs that diverged); texts in ``'...'`` or ``"..."``, where the quote is written twice or behind a backslash, and a
backslash before a quote or a backslash is written twice; ``true`` and ``false`` for metrics. A number is never compared
with a text: ``metrics.x > 3`` finds no text. Tags and properties are texts, and are compared as texts.

Times are texts in ISO 8601, in UTC if they don't say otherwise, or MLflow's milliseconds since 1970. A time is compared
in the precision of microseconds (of a text) or milliseconds; a date is its first moment.

An order is a list of left sides, each with ``ASC`` or ``DESC`` behind it or nothing, which is ``ASC``. Numbers stand
before other values; runs that lack the value, or have NaN, stand last in both directions; where all is equal, the
newest run is first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localtrack.core.experiment import Experiment
    from localtrack.core.run_list import RunList
    from localtrack.core.workspace import Workspace


def search(
    workspace: Workspace,
    text: str = "",
    order_by: str | Sequence[str] | None = None,
    max_results: int | None = None,
    experiment: Experiment | None = None,
) -> RunList:
    """Return the runs of a workspace for which a filter holds, children among them, newest first.

    Args:
        workspace: The workspace.
        text: The filter; all runs if it is empty.
        order_by: Left sides of comparisons, each with ``ASC`` or ``DESC`` behind it or nothing.
        max_results: The most that are returned; all if None.
        experiment: Only the runs of this experiment.

    Raises:
        UserErrorException: The filter, the order or the number can't be used.

    Example:
        >>> run.log("mse", 2500)
        >>> run.tag("quality", "fantastic")
        >>> found = ws.search_runs("metrics.mse < 3000 and tags.quality like 'fan%'", order_by=["metrics.mse"])
        >>> found[0].id == run.id
        True
    """
    from localtrack.core.run_list import RunList
    from localtrack.core.runs import from_record

    store = workspace._refresh()
    records = store.search.runs(
        text,
        experiment_id=None if experiment is None else experiment._known_id(),
        order_by=order_by,
        max_results=max_results,
    )
    return RunList(from_record(workspace, record) for record in records)
