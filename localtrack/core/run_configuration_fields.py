"""The kinds of values that only run configurations have: arguments, named sections, a target, an environment."""

from __future__ import annotations

import copy
import numbers
import os
from collections.abc import Mapping
from typing import Any

from localtrack.core.environment_section import DefinitionError, Field, Section, below

ENVIRONMENT_NAME = "default-environment"
LOCAL = "local"


class Arguments(Field):
    """A list of texts and numbers; where a text alone means something too, also that.

    Args:
        key: Its key in the document.
        text: Whether a text may stand for the list.
    """

    def __init__(self, key: str, *, text: bool = False, doc: str | None = None) -> None:
        super().__init__(key, object, "" if text else list, doc=doc)
        self._text = text

    def checked(self, value: Any) -> Any:
        """Return the list, or the text; nothing for None."""
        if value is None:
            return self.initial()
        if isinstance(value, str) and self._text:
            return value
        if isinstance(value, str):
            raise DefinitionError(f"must be a list, such as {value.split()!r}, not a text")
        if not isinstance(value, list | tuple):
            raise DefinitionError(f"must be a list of texts and numbers, not {value!r}")
        found = []
        for place, each in enumerate(value):
            with below(place):
                found.append(argument(each))
        return found

    def written(self, section: Section) -> Any:
        """Return what stands in the document."""
        with below(self.key):
            return self.checked(self._get(section))


class Parts(Field):
    """Sections by names that the user chooses, or in a list.

    Args:
        key: Its key in the document.
        of: The sections' class.
        kind: ``dict`` or ``list``.
    """

    def __init__(self, key: str, of: type[Section], kind: type = dict, *, doc: str | None = None) -> None:
        super().__init__(key, object, kind, doc=doc)
        self._part = of
        self._kind = kind

    def read(self, document: Any) -> Any:
        """Return the sections of a document."""
        if document is None:
            return self.initial()
        return self._each(self.checked(document), self._part._from_definition)

    def checked(self, value: Any) -> Any:
        """Return the dict or list; what is in it is looked at when it is written."""
        if value is None:
            return self.initial()
        if not isinstance(value, self._kind):
            how = "by their names" if self._kind is dict else "in a list"
            raise DefinitionError(f"must be sections {how}, not {value!r}")
        return value

    def written(self, section: Section) -> Any:
        """Return what stands in the document."""
        with below(self.key):
            return self._each(self.checked(self._get(section)), self._one)

    def _one(self, value: Any) -> Any:
        if isinstance(value, dict):
            return copy.deepcopy(value)
        if not isinstance(value, self._part):
            raise DefinitionError(f"must be a {self._part.__name__}, not {value!r}")
        return value._definition()

    def _each(self, values: Any, change: Any) -> Any:
        result = self._kind()
        for key, value in values.items() if self._kind is dict else enumerate(values):
            with below(key):
                if self._kind is dict:
                    result[key] = change(value)
                else:
                    result.append(change(value))
        return result


class Target(Field):
    """The name of a compute target, for which the target itself may be given."""

    def __init__(self, key: str, *, doc: str | None = None) -> None:
        super().__init__(key, object, LOCAL, doc=doc)

    def checked(self, value: Any) -> Any:
        """Return the name."""
        name = LOCAL if value is None else getattr(value, "name", value)
        if not isinstance(name, str) or not name:
            raise DefinitionError(f"must be a compute target or its name, not {value!r}")
        return name


class EnvironmentField(Field):
    """The environment."""

    def __init__(self, key: str, *, doc: str | None = None) -> None:
        super().__init__(key, object, _default_environment, doc=doc)

    def read(self, document: Any) -> Any:
        """Return the environment of a document; one without a name gets the SDK's name for it."""
        from localtrack.core.environment import Environment

        if document is None:
            return self.initial()
        if isinstance(document, Mapping):
            document = {"name": ENVIRONMENT_NAME, **document}
        return Environment._from_definition(document)

    def checked(self, value: Any) -> Any:
        """Return the environment."""
        from localtrack.core.environment import Environment

        if not isinstance(value, Environment):
            raise DefinitionError(f"must be an Environment, not {value!r}")
        return value


def _default_environment() -> Any:
    from localtrack.core.environment import Environment

    return Environment(ENVIRONMENT_NAME)


def argument(value: Any) -> str | int | float:
    """Return an argument of a process as it is kept: a text, or a number of Python's own.

    Raises:
        DefinitionError: It is something else.
    """
    if isinstance(value, os.PathLike):
        path = os.fspath(value)
        return path if isinstance(path, str) else os.fsdecode(path)
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, numbers.Integral):  # numpy's
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise DefinitionError(f"must be a text or a number, not {value!r}")
