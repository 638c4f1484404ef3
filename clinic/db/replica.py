"""Reads from a streaming replica of PostgreSQL, which show everything that was committed when they began.

    answer = read_from_replica(lambda: represent(rows))

For lists, reports and exports, which cost the primary most. A record that is about to be changed is read from the
primary.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections

from clinic.db.availability import unavailability

R = TypeVar("R")

REPLICA = "replica"  # alias of REPLICA_DATABASE_URL
MAX_LAG = 0.1  # seconds for which a read waits until the replica has caught up
PAUSE = 10.0  # seconds for which a replica that failed is left alone, by each process

log = logging.getLogger(__name__)
_state = {"paused_until": 0.0}  # by monotonic()


def read_from_replica(read: Callable[[], R]) -> R:
    """Call `read`, which changes nothing, and return its result; its queries go to the replica if that is possible.

    They go to the primary if there is no replica, inside a transaction, and while the replica lags or does not respond.
    """
    primary: Any = connections[DEFAULT_DB_ALIAS]
    if REPLICA not in settings.DATABASES or primary.in_atomic_block or time.monotonic() < _state["paused_until"]:
        return read()
    replica: Any = connections[REPLICA]
    try:
        if not _has_caught_up(primary, replica):
            return read()
        replica.execute_wrappers = primary.execute_wrappers  # they count the statements of the request
        connections[DEFAULT_DB_ALIAS] = replica
        return read()
    except Error as error:
        if connections[DEFAULT_DB_ALIAS] is primary or unavailability(error) != "unavailable":
            raise
        _leave_alone(error)
    finally:
        connections[DEFAULT_DB_ALIAS] = primary
        replica.execute_wrappers = []
    return read()


def _has_caught_up(primary: Any, replica: Any) -> bool:
    """Return whether the replica has replayed all that the primary has stored by now.

    Whoever was told that a change is stored finds it in the replica then, whichever worker and login it was.
    """
    with primary.cursor() as cursor:
        cursor.execute("SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_flush_lsn() END::text")
        (position,) = cursor.fetchone()
    if position is None:
        return False
    try:
        with replica.waiting_at_most(1), replica.cursor() as cursor:
            deadline = time.monotonic() + MAX_LAG
            while True:
                cursor.execute("SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn", [position])
                if cursor.fetchone() == (True,):
                    return True
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.005)
    except Error as error:
        _leave_alone(error)
        return False


def _leave_alone(error: Exception) -> None:
    """Read from the primary for some seconds."""
    log.warning("The replica did not respond; the primary is read for %d seconds", PAUSE, exc_info=error)
    _state["paused_until"] = time.monotonic() + PAUSE
