"""Models as ``-o table`` shows them."""

from __future__ import annotations

from typing import Any

from localtrack.cli.run.table import local_time, rows_by, tags_text
from localtrack.printable import size_text


def _row(model: dict[str, Any]) -> dict[str, Any]:
    return {
        "Name": model["name"],
        "Version": model["version"],
        "Framework": model["framework"] or "",
        "Size": size_text(model["size"]),
        "Created": local_time(model["createdTime"]),
        "Run": model["runId"] or "",
        "Tags": tags_text(model["tags"]),
    }


model_table = rows_by(_row)
