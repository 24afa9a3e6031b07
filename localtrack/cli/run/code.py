"""The code of runs, as `localtrack.cli.run.comparison` compares it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from localtrack.exceptions import SnapshotException
from localtrack.printable import printable

if TYPE_CHECKING:
    from localtrack.executor.snapshot_manifest import Manifest
    from localtrack.paths import Layout
    from localtrack.store.run_record import RunRecord

_MOST_BYTES = 1 << 20  # of a file whose lines are compared


def hashes(layout: Layout, runs: Sequence[RunRecord]) -> dict[str, dict[str, str]]:
    """Return, by run, each file of the kept code with its SHA-256, or its target if it is a link.

    Runs of which no code is kept are left out; so are all if there are not two.

    Args:
        layout: The workspace.
        runs: The runs.

    Raises:
        SnapshotException: What describes the code of a run is damaged.
    """
    manifests = _manifests(layout, runs)
    if len(manifests) < 2:
        return {}
    return {run_id: _contents(manifest) for run_id, manifest in manifests.items()}


def print_difference(layout: Layout, runs: Sequence[RunRecord]) -> None:
    """Print how the code of runs differs from the first one's, as unified diffs.

    Args:
        layout: The workspace.
        runs: The runs.

    Raises:
        SnapshotException: A run's code is not kept, or what is kept is damaged.
    """
    manifests = _manifests(layout, runs)
    lacking = next((run.id for run in runs if run.id not in manifests), None)
    if lacking is not None:
        raise SnapshotException(
            f"No code is kept with run {lacking}: leave --diff out. It is kept with submitted scripts, by "
            "take_snapshot(), and by start_logging(snapshot_directory=...)."
        )
    first, *others = runs
    for run in others:
        _print_difference(layout, (first.id, manifests[first.id]), (run.id, manifests[run.id]))


def _print_difference(layout: Layout, old: tuple[str, Manifest], new: tuple[str, Manifest]) -> None:
    import difflib

    (old_id, old_manifest), (new_id, new_manifest) = old, new
    before, after = _contents(old_manifest), _contents(new_manifest)
    for name in sorted({*before, *after}):
        if before.get(name) == after.get(name):
            continue
        left, right = _lines(layout, old_manifest, name), _lines(layout, new_manifest, name)
        if left is None or right is None:
            print(printable(f"{old_id}/{name} and {new_id}/{name} differ, and are not both short texts"))
            continue
        old_title = f"{old_id}/{name}" if name in before else "/dev/null"
        new_title = f"{new_id}/{name}" if name in after else "/dev/null"
        found = list(difflib.unified_diff(left, right, old_title, new_title, lineterm=""))
        if not found:
            print(printable(f"{old_id}/{name} and {new_id}/{name} differ in no line"))
        for line in found:
            print(printable(line, keep="\t"))


def _manifests(layout: Layout, runs: Sequence[RunRecord]) -> dict[str, Manifest]:
    from localtrack.executor import snapshot_manifest

    return {run.id: snapshot_manifest.read(layout, run.snapshot) for run in runs if run.snapshot is not None}


def _contents(manifest: Manifest) -> dict[str, str]:
    files = {
        name: f"{sha}{' executable' if executable else ''}" for name, (sha, _, executable) in manifest.files.items()
    }
    return dict(sorted({**files, **{name: f"link to {target}" for name, target in manifest.links.items()}}.items()))


def _lines(layout: Layout, manifest: Manifest, name: str) -> list[str] | None:
    """Return a file's lines, none if it isn't there; None if it is no text that can be compared line by line."""
    from localtrack.executor.snapshot_objects import object_path, read

    if name in manifest.links:
        return [f"link to {manifest.links[name]}"]
    if name not in manifest.files:
        return []
    sha, size, _ = manifest.files[name]
    if size > _MOST_BYTES:
        return None
    content = read(object_path(layout, sha))
    if content is None or len(content) != size:
        raise SnapshotException(
            f"What is kept of {name} below {layout.snapshots} is not what was written: submit again from the source."
        )
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.split("\n")[: -1 if text.endswith("\n") else None]
