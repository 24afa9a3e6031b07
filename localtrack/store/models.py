"""Registered models: versions of a name, each with a folder of its own that no run can take away."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localtrack.exceptions import ModelNotFoundException, ServiceException, UserErrorException
from localtrack.store.database import Database
from localtrack.store.documents import of_whole_rows
from localtrack.store.run_filter import ANY

Labels = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class NewModel:
    """What a version of a model is made from.

    Attributes:
        path: The file or folder that the model is, relative to the version's folder.
        size: Of all its files, in bytes.
        experiment: The name of the run's experiment.
    """

    name: str
    path: str
    size: int
    description: str | None = None
    framework: str | None = None
    framework_version: str | None = None
    run_id: str | None = None
    experiment: str | None = None
    created_by: str | None = None
    tags: Mapping[str, str | None] = field(default_factory=dict)
    properties: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A version of a model; see `NewModel`. Times are nanoseconds since 1970, UTC."""

    key: int
    name: str
    version: int
    path: str
    size: int
    description: str | None
    framework: str | None
    framework_version: str | None
    run_id: str | None
    experiment: str | None
    created: int
    created_by: str | None
    modified: int
    tags: Labels
    properties: Labels


@dataclass(frozen=True, slots=True)
class ModelFilter:
    """Which models a list has. A tag or property with the value `ANY` need only be there."""

    name: str | None = None
    version: int | None = None
    run_id: str | None = None
    framework: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelChange:
    """What is to become of a version of a model, all or nothing.

    Attributes:
        description: The new one; None leaves it as it is.
        tags: All its tags from now on; None leaves them.
        remove_tags: Tags to remove; those that aren't there are passed over.
        add_tags: Tags to add, or to give new values.
        add_properties: Properties to add; one that is there can't change.
    """

    description: str | None = None
    tags: Mapping[str, str | None] | None = None
    remove_tags: Iterable[str] = ()
    add_tags: Mapping[str, str | None] = field(default_factory=dict)
    add_properties: Mapping[str, str | None] = field(default_factory=dict)


class Models:
    """The registered models of a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: NewModel, folder: str) -> ModelRecord:
        """Register the next version of a model.

        Args:
            new: What it is.
            folder: A folder below `Layout.unfinished_models` with its files; it becomes the version's own.

        Raises:
            UserErrorException: There is a model whose name differs only in upper and lower case.
            ServiceException: The folder can't be moved to its place.
        """
        with self._database.transaction(durable=True) as connection:
            other = connection.execute(
                "SELECT name FROM models WHERE lower(name) = lower(?) AND name <> ?", (new.name, new.name)
            ).fetchone()
            if other is not None:
                raise UserErrorException(
                    f"There is a model {other['name']!r}, and not every system can tell {new.name!r} from it: "
                    "use that name, or one that differs in more than upper and lower case."
                )
            version: int = connection.execute(
                "INSERT INTO model_names (name, last_version) VALUES (?, 1) "
                "ON CONFLICT (name) DO UPDATE SET last_version = last_version + 1 RETURNING last_version",
                (new.name,),
            ).fetchone()["last_version"]
            _insert(connection, new, version)
            self._place(folder, new.name, version)
        return self.find(ModelFilter(new.name, version))[0]

    def find(self, chosen: ModelFilter) -> list[ModelRecord]:
        """Return models, the last registered first."""
        where, parameters = _conditions(chosen)
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        with self._database.snapshot():
            rows = self._database.rows(f"SELECT * FROM models {condition} ORDER BY key DESC", parameters)
            keys = json.dumps([row["key"] for row in rows])
            tags, properties = self._labels("model_tags", keys), self._labels("model_properties", keys)
        return [_record(row, tags.get(row["key"], {}), properties.get(row["key"], {})) for row in rows]

    def names(self) -> list[str]:
        """Return the names of all models."""
        return [row["name"] for row in self._database.rows("SELECT DISTINCT name FROM models ORDER BY name")]

    def versions(self, name: str) -> list[int]:
        """Return the versions of a model."""
        rows = self._database.rows("SELECT version FROM models WHERE name = ? ORDER BY version", (name,))
        return [row["version"] for row in rows]

    def change(self, model: ModelRecord, wanted: ModelChange) -> ModelRecord:
        """Change a version of a model and return what it is now.

        Raises:
            ModelNotFoundException: It was deleted.
            UserErrorException: A property is there already with another value; nothing was changed.
        """
        with self._database.transaction() as connection:
            _require(connection, model)
            if wanted.description is not None:
                connection.execute("UPDATE models SET description = ? WHERE key = ?", (wanted.description, model.key))
            if wanted.tags is not None:
                connection.execute("DELETE FROM model_tags WHERE model = ?", (model.key,))
            connection.executemany(
                "DELETE FROM model_tags WHERE model = ? AND name = ?",
                [(model.key, name) for name in wanted.remove_tags],
            )
            _set_tags(connection, model.key, {**(wanted.tags or {}), **wanted.add_tags})
            _add_properties(connection, model, wanted.add_properties)
            connection.execute("UPDATE models SET modified = ? WHERE key = ?", (time.time_ns(), model.key))
        return self.find(ModelFilter(model.name, model.version))[0]

    def delete(self, model: ModelRecord) -> None:
        """Delete a version of a model with its files. Its number is not given again.

        Raises:
            ModelNotFoundException: It was deleted already.
            ServiceException: The database refused, and nothing was deleted; or its folder stays.
        """
        with self._database.transaction(durable=True) as connection:
            _require(connection, model)
            connection.execute("DELETE FROM models WHERE key = ?", (model.key,))
        folder = self._database.layout.model(model.name, model.version)
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return  # somebody removed it by hand
        except OSError as error:
            raise ServiceException(
                f"The model {model.name}:{model.version} is deleted, but not all of its files: "
                f"{error.filename or folder}: {error.strerror}. Remove {folder} by hand.",
                error,
            ) from error

    def _place(self, folder: str, name: str, version: int) -> None:
        """Give a folder its final name; the last step before the commit."""
        place = self._database.layout.model(name, version)
        try:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            if os.path.lexists(place):
                # No row tells of it: its process was killed right here, or the database is an older copy. Nobody asked
                # for it to be deleted.
                os.rename(place, f"{place}.unregistered-{os.urandom(6).hex()}")
            os.rename(folder, place)
        except OSError as error:
            raise ServiceException(
                f"The model {name!r} can't be put into {place}: {error.strerror}. Nothing was registered.", error
            ) from error

    def _labels(self, table: str, keys: str) -> dict[int, Labels]:
        found: dict[int, Labels] = {}
        for key, name, value in self._database.tuples(
            f"SELECT model, name, value FROM {table} WHERE model IN (SELECT value FROM json_each(?)) ORDER BY name",
            (keys,),
        ):
            found.setdefault(key, {})[name] = value
        return found


def _conditions(chosen: ModelFilter) -> tuple[list[str], list[Any]]:
    where, parameters = [], []
    for column, value in (
        ("name", chosen.name),
        ("version", chosen.version),
        ("run_id", chosen.run_id),
        ("framework", chosen.framework),
    ):
        if value is not None:
            where.append(f"{column} = ?")
            parameters.append(value)
    for table, pairs in (("model_tags", chosen.tags), ("model_properties", chosen.properties)):
        for name, value in pairs.items():
            condition = f"SELECT model FROM {table} WHERE name = ?"
            parameters.append(name)
            if value is not ANY:
                condition += " AND value IS ?"
                parameters.append(value)
            where.append(f"key IN ({condition})")
    return where, parameters


def _insert(connection: sqlite3.Connection, new: NewModel, version: int) -> None:
    now = time.time_ns()
    columns = {
        "name": new.name,
        "version": version,
        "path": new.path,
        "size": new.size,
        "description": new.description,
        "framework": new.framework,
        "framework_version": new.framework_version,
        "run_id": new.run_id,
        "experiment": new.experiment,
        "created": now,
        "created_by": new.created_by,
        "modified": now,
    }
    key = connection.execute(
        f"INSERT INTO models ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", (*columns.values(),)
    ).lastrowid
    assert key is not None
    _set_tags(connection, key, new.tags)
    connection.executemany(
        "INSERT INTO model_properties (model, name, value) VALUES (?, ?, ?)",
        [(key, name, value) for name, value in new.properties.items()],
    )


def _require(connection: sqlite3.Connection, model: ModelRecord) -> None:
    # By version too: the key of a row that was deleted may be another model's now.
    if not connection.execute(
        "SELECT 1 FROM models WHERE key = ? AND name = ? AND version = ?", (model.key, model.name, model.version)
    ).fetchone():
        raise ModelNotFoundException(f"The model {model.name}:{model.version} is not in this workspace any more.")


def _set_tags(connection: sqlite3.Connection, key: int, tags: Mapping[str, str | None]) -> None:
    connection.executemany(
        "INSERT INTO model_tags (model, name, value) VALUES (?, ?, ?) "
        "ON CONFLICT (model, name) DO UPDATE SET value = excluded.value",
        [(key, name, value) for name, value in tags.items()],
    )


def _add_properties(connection: sqlite3.Connection, model: ModelRecord, properties: Mapping[str, str | None]) -> None:
    for name, value in properties.items():
        row = connection.execute(
            "SELECT value FROM model_properties WHERE model = ? AND name = ?", (model.key, name)
        ).fetchone()
        if row is None:
            connection.execute(
                "INSERT INTO model_properties (model, name, value) VALUES (?, ?, ?)", (model.key, name, value)
            )
        elif row["value"] != value:
            raise UserErrorException(
                f"The property {name!r} of the model {model.name}:{model.version} is {row['value']!r} and can't become "
                f"{value!r}: properties are a permanent record. Nothing was changed; use a tag for what may change."
            )


@of_whole_rows("a model", "name", "version", "path", "size", "created")
def _record(row: sqlite3.Row, tags: Labels, properties: Labels) -> ModelRecord:
    return ModelRecord(**dict(row), tags=tags, properties=properties)
