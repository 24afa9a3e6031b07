"""Notebooks, run in kernels of their own."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from nbclient import NotebookClient

import localtrack
from localtrack.core import Workspace
from localtrack.dropin import search_path

CHECKOUT = str(Path(localtrack.__file__).parents[1])


@pytest.fixture
def notebook(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Run the cells of a notebook in a kernel of its own, and return what each printed.

    In an unchanged one azureml means localtrack from the start.
    """

    def execute(*cells: str, unchanged: bool = False) -> list[str]:
        monkeypatch.setenv("PYTHONPATH", search_path(CHECKOUT) if unchanged else CHECKOUT)
        monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(dedent(cell)) for cell in cells])
        NotebookClient(made, timeout=100, kernel_name="python3").execute(cwd=workspace._layout.project)
        return ["".join(each.text for each in cell.outputs if each.get("name") == "stdout") for cell in made.cells]

    return execute
