"""Models as ``-o table`` shows them."""

from __future__ import annotations

from typing import Any

from localtrack.cli.run.size import size_text
from localtrack.cli.run.table import local_time


def model_table(result: Any) -> list[dict[str, Any]]:
    """Return the rows of one model or several, as a command has returned them; times are local."""
    return [_row(each) for each in (result if isinstance(result, list) else [result])]


def _row(model: dict[str, Any]) -> dict[str, Any]:
    tags = [name if value is None else f"{name}={value}" for name, value in model["tags"].items()]
    return {
        "Name": model["name"],
        "Version": model["version"],
        "Framework": model["framework"] or "",
        "Size": size_text(model["size"]),
        "Created": local_time(model["createdTime"]),
        "Run": model["runId"] or "",
        "Tags": ", ".join(tags),
    }
