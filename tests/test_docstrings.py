"""The examples in docstrings work as they stand there."""

import doctest
import importlib
import inspect
import os
import pkgutil
import sys
from collections.abc import Iterator

import pytest

import localtrack
from localtrack.core import (
    ComputeTarget,
    CondaDependencies,
    Environment,
    Experiment,
    Keyvault,
    Model,
    Run,
    RunConfiguration,
    ScriptRunConfig,
    ViewType,
    Workspace,
    offline_run,
)
from localtrack.store.store import close_store

# What an example may use without an import.
NAMED = (
    ComputeTarget,
    CondaDependencies,
    Environment,
    Experiment,
    Keyvault,
    Model,
    Run,
    RunConfiguration,
    ScriptRunConfig,
    ViewType,
    Workspace,
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def examples() -> Iterator[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    for module in pkgutil.walk_packages(localtrack.__path__, "localtrack."):
        if module.name.startswith("localtrack.dropin.path") or module.name.endswith("__main__"):
            continue
        for test in finder.find(importlib.import_module(module.name)):
            if test.examples:
                yield test


@pytest.mark.parametrize("example", [*examples()], ids=lambda test: test.name)
def test_an_example(example: doctest.DocTest, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / ".home"))
    environment = dict(os.environ)
    ws = Workspace.create(name="demo")
    exp = Experiment(ws, "train")
    names = {"ws": ws, "exp": exp, "run": exp.start_logging(outputs=False)}
    for kind in NAMED:
        names[kind.__name__] = kind
    example.globs = {**example.globs, **names}
    output: list[str] = []
    try:
        with offline_run.apart():
            failed, _ = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=output.append)
    finally:
        os.environ.clear()
        os.environ.update(environment)
        close_store(ws._layout)
    assert not failed, "".join(output)


def public_methods() -> Iterator[tuple[str, object]]:
    for kind in (CondaDependencies, Environment, Experiment, Keyvault, Model, Run, RunConfiguration, Workspace):
        for name, member in inspect.getmembers(kind):
            if not name.startswith("_") and callable(member) and not inspect.isclass(member):
                yield f"{kind.__name__}.{name}", member


@pytest.mark.parametrize(("name", "member"), [*public_methods()])
def test_a_public_method_says_what_it_does(name: str, member: object) -> None:
    text = inspect.getdoc(member) or ""
    assert text.split("\n")[0].endswith((".", ":")), name
    refuses = "Refuse" in text.split("\n")[0]
    assert ">>>" in text or refuses, f"{name} has no example"
