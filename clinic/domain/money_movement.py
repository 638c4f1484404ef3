"""Detect whether a request wrote a ledger row: its idempotency key is kept for ever (IdempotencyKey.moved_money)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class MoneyMovement:
    """Tells whether a ledger row was written inside `track_money_movement()`."""

    moved = False


_movement: ContextVar[MoneyMovement | None] = ContextVar("clinic_money_movement", default=None)


@contextmanager
def track_money_movement() -> Iterator[MoneyMovement]:
    """Yield an object whose `moved` is True once a ledger row was written inside."""
    movement = MoneyMovement()
    token = _movement.set(movement)
    try:
        yield movement
    finally:
        _movement.reset(token)


def record_money_movement() -> None:
    """Note that a ledger row is written."""
    if (movement := _movement.get()) is not None:
        movement.moved = True
