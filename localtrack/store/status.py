"""Who may move a run from which status to which. Every move in the store goes by this table."""

from __future__ import annotations

NOT_STARTED = "NotStarted"
QUEUED = "Queued"
PREPARING = "Preparing"
STARTING = "Starting"
RUNNING = "Running"
CANCEL_REQUESTED = "CancelRequested"
FINALIZING = "Finalizing"
COMPLETED = "Completed"
FAILED = "Failed"
CANCELED = "Canceled"

TERMINAL = frozenset({COMPLETED, FAILED, CANCELED})

OPEN = (NOT_STARTED, QUEUED, PREPARING, STARTING, RUNNING, CANCEL_REQUESTED, FINALIZING)
STATUSES = (*OPEN, COMPLETED, FAILED, CANCELED)
NAMES = (*STATUSES, "Provisioning", "Unapproved", "NotResponding", "Pausing", "Paused")  # all of the SDK's

# Not a status of a run's, but where one stands that is Failed only because its owner was found dead.
INFERRED = "Failed, inferred"

# Who moves a run: somebody by an explicit call, also from outside of a script; the supervisor of its script; whoever
# finds its owner dead.
PERSON, OUTSIDER, SUPERVISOR, SWEEP = "person", "outsider", "supervisor", "sweep"

_MOVES: dict[str, dict[str, frozenset[str]]] = {
    PERSON: {
        NOT_STARTED: frozenset({RUNNING, COMPLETED, FAILED, CANCELED}),
        RUNNING: frozenset({COMPLETED, FAILED, CANCELED}),
        COMPLETED: frozenset({FAILED}),
        INFERRED: frozenset({COMPLETED, FAILED, CANCELED}),
    },
    OUTSIDER: {
        QUEUED: frozenset({CANCELED, FAILED}),
        PREPARING: frozenset({CANCEL_REQUESTED}),
        STARTING: frozenset({CANCEL_REQUESTED}),
        RUNNING: frozenset({CANCEL_REQUESTED}),
        CANCEL_REQUESTED: frozenset({CANCELED, FAILED}),
        COMPLETED: frozenset({FAILED}),
        INFERRED: frozenset({COMPLETED, FAILED, CANCELED}),
    },
    SUPERVISOR: {
        QUEUED: frozenset({PREPARING}),
        PREPARING: frozenset({STARTING, FAILED}),
        STARTING: frozenset({RUNNING, FAILED}),
        RUNNING: frozenset({FINALIZING}),
        CANCEL_REQUESTED: frozenset({CANCELED, FAILED}),
        FINALIZING: frozenset({COMPLETED, FAILED, CANCELED}),
    },
    SWEEP: {status: frozenset({FAILED, COMPLETED, CANCELED}) for status in OPEN},
}


def may_move(who: str, old: str, new: str, *, inferred: bool = False) -> bool:
    """Whether ``who`` may move a run from ``old`` to ``new``.

    Args:
        who: `PERSON`, `OUTSIDER`, `SUPERVISOR` or `SWEEP`.
        old: The run's status.
        new: The status it would get.
        inferred: Whether an ``old`` of `FAILED` was only inferred from a dead owner.
    """
    place = INFERRED if inferred and old == FAILED else old
    return new in _MOVES[who].get(place, ())
