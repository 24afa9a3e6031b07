"""The files that metrics refer to: images and chart documents."""

from __future__ import annotations

import io
import json
import os
import time
from typing import Any

from localtrack import journal
from localtrack.core import files
from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.paths import check_artifact_name, is_artifact_name
from localtrack.store.artifacts import Artifact
from localtrack.store.metrics import Values
from localtrack.store.store import Store

_CHARTS = (journal.CONFUSION_MATRIX, journal.ACCURACY_TABLE, journal.RESIDUALS, journal.PREDICTIONS)

# How image files begin (their formats' specifications); WebP has its name further in.
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF", b"<svg", b"<?xml")


def keep_image(store: Store, run_id: str, name: str, path: str | os.PathLike[str] | None, plot: Any) -> str:
    """Keep an image file or a plot as a file of a run, and return the reference to it; see `Run.log_image`."""
    if (path is None) == (plot is None):
        raise UserErrorException(f"log_image({name!r}) needs exactly one of path and plot.")
    if path is not None:
        with files.opened(path) as file:
            begin = file.read(16)
        if not begin.lstrip().startswith(_IMAGES):
            raise UserErrorException(f"{os.fspath(path)} is not an image that log_image knows, such as PNG or JPEG.")
        artifact = check_artifact_name(os.path.relpath(path) if _is_below(path) else os.path.basename(path))
        return _keep(store, run_id, artifact, path)
    if not hasattr(plot, "savefig"):
        raise UserErrorException(
            f"The plot of log_image({name!r}) must be a matplotlib figure or matplotlib.pyplot, not {plot!r}."
        )
    picture = io.BytesIO()
    plot.savefig(picture, format="png")
    return _keep(store, run_id, _file_name(name, f"_{int(time.time())}.png"), picture.getvalue())


def keep_document(store: Store, run_id: str, name: str, document: dict[str, Any]) -> str:
    """Keep a checked chart document as a JSON file of a run that is named after its metric; return the reference."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    return _keep(store, run_id, _file_name(name, ".json"), text.encode())


def populated(store: Store, found: list[Values]) -> list[Values]:
    """Return values with the files themselves in place of references: an image's bytes, a chart's document.

    Raises:
        ServiceException: A file can't be read; the message names it.
    """
    artifacts: dict[str, dict[str, Artifact]] = {}
    result = []
    for metric in found:
        if metric.kind == journal.IMAGE or metric.kind in _CHARTS:
            if metric.run_id not in artifacts:
                artifacts[metric.run_id] = {each.name: each for each in store.artifacts.of(metric.run_id)}
            contents = [_read(store, metric, artifacts[metric.run_id], reference) for reference in metric.values]
            values = contents if metric.kind == journal.IMAGE else [json.loads(content) for content in contents]
            result.append(metric._replace(values=values))
        else:
            result.append(metric)
    return result


def _keep(store: Store, run_id: str, name: str, source: bytes | str | os.PathLike[str]) -> str:
    """Keep a file under a name that is free, the given one if it is, and return the reference to it."""
    while True:
        free = _free(store, run_id, name)
        try:
            files.upload(store, run_id, free, io.BytesIO(source) if isinstance(source, bytes) else source)
        except UserErrorException:
            if not store.artifacts.has(run_id, free):
                raise
            continue  # somebody else who logs to this run was faster
        return _start_of_reference(run_id) + free


def _free(store: Store, run_id: str, name: str) -> str:
    """Return the name, with a number before its suffix if a file of the run has it."""
    stem, suffix = os.path.splitext(name)

    def is_taken(number: int) -> bool:
        return store.artifacts.has(run_id, f"{stem}_{number}{suffix}")

    if not store.artifacts.has(run_id, name):
        return name
    # A metric that is logged at each of thousands of steps must not ask for each of the names before.
    taken, free = 1, 2
    while is_taken(free):
        taken, free = free, 2 * free
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (middle, free) if is_taken(middle) else (taken, middle)
    return f"{stem}_{free}{suffix}"


def _file_name(metric: str, end: str) -> str:
    safe = "".join(char if char.isalnum() or char in "_-." else "_" for char in metric)
    name = safe.encode()[:100].decode(errors="ignore") + end
    return name if is_artifact_name(name) else f"metric_{name}"  # such as con.json, which Windows reserves


def _start_of_reference(run_id: str) -> str:
    return f"aml://artifactId/ExperimentRun/dcid.{run_id}/"


def _is_below(path: str | os.PathLike[str]) -> bool:
    return not os.path.relpath(path).startswith(os.pardir)


def _read(store: Store, metric: Values, artifacts: dict[str, Artifact], reference: str) -> bytes:
    name = reference.removeprefix(_start_of_reference(metric.run_id))
    if name not in artifacts:
        raise ServiceException(
            f"The metric {metric.name!r} of run {metric.run_id} is the file {name!r}, which the run has no more. "
            "Read the metric without populate=True."
        )
    path = files.path_of(store, metric.run_id, artifacts[name])
    return files.content(path, f"The file of the metric {metric.name!r} of run {metric.run_id}")
