"""A section of a definition: attributes, which stand in a document under the SDK's keys."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Self, get_args

from localtrack.exceptions import UserErrorException

Key = str | int


class DefinitionError(UserErrorException):
    """A value of a definition can't be used.

    Args:
        fault: What is wrong with it.
        keys: The way to it from the top of the document: keys of mappings and places in lists.
    """

    def __init__(self, fault: str, keys: tuple[Key, ...] = ()) -> None:
        self.fault = fault
        self.keys = keys
        super().__init__(f"{self.text}.")

    @property
    def text(self) -> str:
        """The way to the value, and what is wrong with it."""
        return f"{'.'.join(map(str, self.keys))} {self.fault}" if self.keys else self.fault

    def __reduce__(self) -> tuple[type[DefinitionError], tuple[str, tuple[Key, ...]]]:
        return type(self), (self.fault, self.keys)


@contextlib.contextmanager
def below(*keys: Key) -> Iterator[None]:
    """Put keys before those of an error that comes from a part of a document."""
    try:
        yield
    except DefinitionError as error:
        raise DefinitionError(error.fault, (*keys, *error.keys)) from None


class Field(property):
    """An attribute of a section.

    Args:
        key: Its key in the document.
        kind: What it may be, such as ``str | None``, ``list`` (of texts), ``dict`` (of texts), or a section's class.
        default: The value in a new section, or what makes it.
        of: The class of the sections in a list.
        doc: What it means.
    """

    def __init__(
        self,
        key: str,
        kind: type | UnionType,
        default: object = None,
        *,
        of: type[Section] | None = None,
        doc: str | None = None,
    ) -> None:
        super().__init__(self._get, self._set, doc=doc)
        self.key = key
        self._kinds: tuple[Any, ...] = get_args(kind) or (kind,)
        self._of = of
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def initial(self) -> Any:
        """Return the value in a new section."""
        return self._default() if callable(self._default) else self._default

    def read(self, document: Any) -> Any:
        """Return the value that a document has; null is the default where there must be a value.

        Raises:
            DefinitionError: It can't be the value.
        """
        if document is None and NoneType not in self._kinds and self._default is not None:
            return self.initial()
        if self._of is not None and isinstance(document, list):
            found = []
            for place, each in enumerate(document):
                with below(place):
                    found.append(self._of._from_definition(each))
            return found
        section = next((kind for kind in self._kinds if hasattr(kind, "_from_definition")), None)
        if section is not None and document is not None:
            return section._from_definition(document)
        return self.checked(document)

    def checked(self, value: Any) -> Any:
        """Return what is kept of a value.

        Raises:
            DefinitionError: It can't be the value.
        """
        kinds = self._kinds
        if isinstance(value, int | float) and not isinstance(value, bool) and str in kinds and int not in kinds:
            return str(value)  # a version or a name that YAML takes for a number
        if isinstance(value, tuple) and list in kinds:
            value = list(value)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds and object not in kinds):
            raise DefinitionError(f"must be {' or '.join(map(self._wording, kinds))}, not {value!r}")
        if isinstance(value, list):
            for place, each in enumerate(value):
                if not isinstance(each, self._of or str):
                    with below(place):
                        raise DefinitionError(f"must be {_wording(self._of or str)}, not {each!r}")
        if dict in kinds and isinstance(value, dict):
            return {name: _variable(name, each) for name, each in value.items()}
        return value

    def written(self, section: Section) -> Any:
        """Return what stands in the document for a section's value."""
        with below(self.key):
            value = self.checked(self._get(section))
        if isinstance(value, list):
            return [each._definition() if isinstance(each, Section) else each for each in value]
        return value._definition() if hasattr(value, "_definition") else copy.deepcopy(value)

    def put(self, section: Section, value: Any) -> None:
        """Set a section's value, which was checked."""
        section._values[self._name] = value

    def _get(self, section: Section) -> Any:
        return section._values[self._name]

    def _set(self, section: Section, value: Any) -> None:
        with below(type(section).__name__, self._name):
            self.put(section, self.checked(value))

    def _wording(self, kind: type) -> str:
        return f"a list of {self._of.__name__}" if kind is list and self._of else _wording(kind)


class Section:
    """A section of a definition. Its attributes are its fields; any other is refused, so that no slip goes unseen."""

    def __init__(self) -> None:
        self._others: dict[str, Any] = {}
        self._values: dict[str, Any] = {name: field.initial() for name, field in self._fields().items()}

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            name: each for kind in reversed(cls.__mro__) for name, each in vars(kind).items() if isinstance(each, Field)
        }

    def _definition(self) -> dict[str, Any]:
        """Return the section's document, which JSON can hold."""
        return {each.key: each.written(self) for each in self._fields().values()} | copy.deepcopy(self._others)

    @classmethod
    def _from_definition(cls, document: Any) -> Self:
        """Return the section that a document describes. Keys that are not known are kept.

        Raises:
            DefinitionError: The document is none, or a value can't be used.
        """
        section = cls()
        section._read(document)
        return section

    def _read(self, document: Any) -> None:
        if not isinstance(document, Mapping):
            raise DefinitionError(f"must be keys and values, not {document!r}")
        keys = set()
        for field in self._fields().values():
            keys.add(field.key)
            if field.key in document:
                with below(field.key):
                    field.put(self, field.read(document[field.key]))
        self._others = {key: copy.deepcopy(value) for key, value in document.items() if key not in keys}

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and not hasattr(type(self), name):
            raise AttributeError(f"{type(self).__name__} has no {name!r}; it has {', '.join(self._fields())}.")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return json.dumps(self._definition(), indent=4, sort_keys=True)


def _variable(name: object, value: object) -> str:
    """Return the text of an environment variable's value."""
    with below(str(name)):
        if not isinstance(name, str) or not name or "=" in name or "\0" in name:
            raise DefinitionError(f"can't be an environment variable's name: {name!r}")
        if not isinstance(value, str | int | float) or "\0" in str(value):
            raise DefinitionError(f"must be a text, not {value!r}")
    return str(value)


def _wording(kind: type) -> str:
    return _WORDINGS.get(kind, f"a {kind.__name__}")


_WORDINGS: dict[Any, str] = {
    NoneType: "None",
    bool: "True or False",
    dict: "names and texts",
    int: "a whole number",
    list: "a list of texts",
    str: "a text",
}
