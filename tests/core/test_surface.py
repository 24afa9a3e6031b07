"""Every public name and parameter of the SDK's classes is there, so that code moves over without edits."""

import ast
import importlib.util
import inspect
import operator
from collections.abc import Iterator
from pathlib import Path

import pytest

from localtrack import core

_spec = importlib.util.spec_from_file_location("surface", Path(__file__).with_name("surface.py"))
_surface = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_surface)
NAMES = [(kind, name, text) for kind, names in _surface.SURFACE.items() for name, text in names.items()]


@pytest.mark.parametrize(("kind", "name", "text"), NAMES, ids=[f"{kind}.{name}" for kind, name, _ in NAMES])
def test_a_name_of_the_sdk(kind: str, name: str, text: str) -> None:
    found = inspect.getattr_static(operator.attrgetter(kind)(core), name)
    if text == "property":
        assert isinstance(found, property)
    elif text != "attribute":
        sort, _, parameters = text.partition("(")
        expected = {"static ": staticmethod, "class ": classmethod, "": type(lambda: None)}[sort]
        assert type(found) is expected
        ours = inspect.signature(getattr(found, "__func__", found)).parameters
        for parameter, default in sdk_parameters(f"({parameters}"):
            assert parameter in ours, f"{kind}.{name}({parameter}=)"
            if default is not None and parameter != "view_type" and not is_constant(default):
                given = ours[parameter].default
                assert given == ast.literal_eval(default), f"{kind}.{name}({parameter}={default})"
        positional = [p for p, _ in sdk_parameters(f"({parameters}") if not p.startswith("*")]
        own = [p for p in ours if p not in ("self", "cls")]
        assert own[: len(positional)] == positional or name in KEYWORD_ONLY, f"the order of {kind}.{name}"


# The SDK's own reads these from *args and **kwargs, or keeps private parameters in between.
KEYWORD_ONLY = {"start_logging", "from_config", "__init__"}


DURATION = ("MAX_DURATION_SECONDS_DEFAULT", "2592000")


def is_constant(default: str) -> bool:
    """Whether a default is a name of the SDK's, whose value is its own business."""
    return default.isidentifier() and default.isupper()


def sdk_parameters(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the parameters of a signature, each with its default's text."""
    function = ast.parse(
        f"def f{text.replace('ViewType.ActiveOnly', repr('ActiveOnly')).replace(*DURATION)}: ..."
    ).body[0]
    given = function.args
    defaults = [None] * (len(given.args) - len(given.defaults)) + given.defaults
    for argument, default in zip(given.args, defaults, strict=True):
        yield argument.arg, ast.unparse(default) if default is not None else None
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield argument.arg, ast.unparse(default) if default is not None else None
