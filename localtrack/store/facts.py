"""What is known of the interpreters and machines that runs ran on, each distinct document once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from localtrack.store import documents
from localtrack.store.database import Database


class Facts:
    """The facts of a workspace: documents by the digest of their content."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, run_id: str) -> dict[str, Any]:
        """Return what is known of where a run ran; empty if nothing is."""
        row = self._database.row(
            "SELECT document FROM facts JOIN runs ON runs.facts = facts.digest WHERE runs.id = ?", (run_id,)
        )
        return {} if row is None else dict(documents.read(row["document"], f"What is known of where run {run_id} ran"))

    def state(self, interpreter: str) -> Any:
        """Return the state in which an interpreter was when it was last described, or None if it never was."""
        row = self._database.row("SELECT state FROM interpreters WHERE key = ?", (interpreter,))
        return None if row is None else documents.read(row["state"], f"The state of the interpreter {interpreter}")

    def note(self, run_id: str, interpreter: str) -> None:
        """Give a run the facts that are kept of an interpreter."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE runs SET facts = (SELECT facts FROM interpreters WHERE key = ?) WHERE id = ?",
                (interpreter, run_id),
            )

    def keep(self, run_id: str, interpreter: str, state: Any, document: Mapping[str, Any]) -> None:
        """Keep what was found of a run's interpreter, in place of what was known.

        Args:
            run_id: The run; the facts of others stay as they are.
            interpreter: What tells it from others.
            state: By what is seen whether the facts still hold.
            document: The facts.
        """
        text = json.dumps(document, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        with self._database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO facts (digest, document) VALUES (?, ?)", (digest, text))
            connection.execute(
                "INSERT INTO interpreters (key, state, facts) VALUES (?, ?, ?) "
                "ON CONFLICT (key) DO UPDATE SET state = excluded.state, facts = excluded.facts",
                (interpreter, json.dumps(state), digest),
            )
            connection.execute("UPDATE runs SET facts = ? WHERE id = ?", (digest, run_id))
