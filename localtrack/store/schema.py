"""The tables, made and changed by sqlite-utils' migrations. A change is a new function at the end, never an edit.

Times are integers: nanoseconds since 1970, UTC. Values of metrics are columns as `localtrack.values` makes them.
Imported only when a database is older than `database.SCHEMA_VERSION`, the number of migrations, because sqlite-utils
is slow to import.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("localtrack")


@migrations()
def first(db: Database) -> None:
    """The tables of version 0.1."""
    for statement in _FIRST.split(";\n"):
        db.execute(statement)


@migrations()
def second(db: Database) -> None:
    """Models, environments, what a workspace is told about itself, and where runs ran."""
    for statement in _SECOND.split(";\n"):
        db.execute(statement)


@migrations()
def third(db: Database) -> None:
    """Whom to tell of a run's end."""
    for statement in _THIRD.split(";\n"):
        db.execute(statement)


# `points` has no reference to `metrics`: SQLite would look the series up for each of a million rows. The series' rows
# go in the transaction that deletes the series. Its key is also its order: by time, then owner, then position.
_FIRST = """
CREATE TABLE experiments (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    created INTEGER NOT NULL,
    archived INTEGER,
    last_number INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX experiments_active_name ON experiments (name) WHERE archived IS NULL;
CREATE TABLE experiment_tags (
    experiment INTEGER NOT NULL REFERENCES experiments ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY (experiment, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE owners (
    number INTEGER PRIMARY KEY,
    host TEXT,
    boot TEXT,
    pid INTEGER,
    started INTEGER,
    noted INTEGER NOT NULL,
    ended INTEGER
) STRICT;
CREATE TABLE journals (
    owner INTEGER NOT NULL REFERENCES owners,
    number INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    PRIMARY KEY (owner, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE targets (
    name TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    max_nodes INTEGER,
    settings TEXT NOT NULL DEFAULT '{}',
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    experiment INTEGER NOT NULL REFERENCES experiments,
    number INTEGER NOT NULL,
    parent INTEGER REFERENCES runs,
    root INTEGER REFERENCES runs,
    name TEXT,
    display_name TEXT,
    description TEXT,
    type TEXT,
    status TEXT NOT NULL,
    inferred INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    target TEXT,
    priority INTEGER NOT NULL DEFAULT 0,
    owner INTEGER REFERENCES owners,
    queue TEXT,
    definition TEXT,
    snapshot TEXT,
    processes TEXT,
    exit_code INTEGER,
    error TEXT,
    submitted_by TEXT,
    UNIQUE (experiment, number)
) STRICT;
CREATE INDEX runs_by_experiment ON runs (experiment, created);
CREATE INDEX runs_by_parent ON runs (parent, created);
CREATE INDEX runs_open ON runs (status, target, owner) WHERE status NOT IN ('Completed', 'Failed', 'Canceled');
CREATE TABLE tags (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_value ON tags (name, value, run);
CREATE TABLE properties (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX properties_by_value ON properties (name, value, run);
CREATE TABLE metrics (
    series INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    description TEXT,
    count INTEGER NOT NULL DEFAULT 0,
    last_time INTEGER,
    last ANY,
    least ANY,
    greatest ANY,
    UNIQUE (run, name, kind)
) STRICT;
CREATE INDEX metrics_by_last ON metrics (name, last, run);
CREATE TABLE points (
    series INTEGER NOT NULL,
    time INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    position INTEGER NOT NULL,
    step INTEGER,
    value ANY,
    PRIMARY KEY (series, time, owner, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE set_aside (
    owner INTEGER NOT NULL,
    position INTEGER NOT NULL,
    reason TEXT NOT NULL,
    run_id TEXT,
    bytes BLOB NOT NULL,
    noted INTEGER NOT NULL,
    PRIMARY KEY (owner, position)
) STRICT;
CREATE TABLE artifacts (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT,
    created INTEGER NOT NULL,
    PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE events (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    time INTEGER NOT NULL,
    old_status TEXT,
    new_status TEXT NOT NULL,
    error TEXT
) STRICT;
CREATE INDEX events_by_run ON events (run)
"""

# `model_names` is apart, because the version of a model that was deleted is not given again. `metrics_by_last` has all
# that a search compares, so that it reads no rows of `metrics`.
_SECOND = """
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE model_names (
    name TEXT PRIMARY KEY,
    last_version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE models (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    description TEXT,
    framework TEXT,
    framework_version TEXT,
    run_id TEXT,
    experiment TEXT,
    created INTEGER NOT NULL,
    created_by TEXT,
    modified INTEGER NOT NULL,
    UNIQUE (name, version)
) STRICT;
CREATE TABLE model_tags (
    model INTEGER NOT NULL REFERENCES models ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY (model, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE model_properties (
    model INTEGER NOT NULL REFERENCES models ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY (model, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE environments (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    definition TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;
CREATE TABLE environment_labels (
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (name, label),
    FOREIGN KEY (name, version) REFERENCES environments ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE facts (
    digest TEXT PRIMARY KEY,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE interpreters (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    facts TEXT NOT NULL REFERENCES facts
) STRICT, WITHOUT ROWID;
ALTER TABLE runs ADD COLUMN facts TEXT REFERENCES facts;
CREATE INDEX runs_by_created ON runs (created);
CREATE INDEX runs_by_root ON runs (root);
CREATE INDEX runs_waiting ON runs (target, queue, priority DESC, key) WHERE status = 'Queued';
DROP INDEX metrics_by_last;
CREATE INDEX metrics_by_last ON metrics (name, last, run, least, greatest, count)
"""

# The keys of `events` and `outbox` are not given again, because readers go by them; `events.untold` is where the event
# happened, until the rules were looked through for it. A message of `outbox` waits as long as it has a time when it is
# due.
_THIRD = """
CREATE TABLE new_events (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    time INTEGER NOT NULL,
    old_status TEXT,
    new_status TEXT NOT NULL,
    error TEXT,
    untold TEXT
) STRICT;
INSERT INTO new_events SELECT *, NULL FROM events ORDER BY key;
DROP TABLE events;
ALTER TABLE new_events RENAME TO events;
CREATE INDEX events_by_run ON events (run);
CREATE INDEX events_untold ON events (untold, key) WHERE untold IS NOT NULL;
CREATE TABLE outbox (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    occasion TEXT NOT NULL,
    place TEXT NOT NULL,
    run TEXT NOT NULL,
    rule TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    about TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    due INTEGER,
    batch TEXT,
    claimed INTEGER REFERENCES owners,
    attempts INTEGER NOT NULL DEFAULT 0,
    tried INTEGER,
    unclear INTEGER NOT NULL DEFAULT 0,
    delivered INTEGER,
    fault TEXT,
    UNIQUE (occasion, rule, channel, recipient)
) STRICT;
CREATE INDEX outbox_waiting ON outbox (place, due) WHERE due IS NOT NULL;
CREATE INDEX outbox_batches ON outbox (batch) WHERE batch IS NOT NULL;
CREATE INDEX outbox_by_recipient ON outbox (recipient, rule)
"""
