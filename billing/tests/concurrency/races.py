"""Run two operations so that they meet at the worst moment, without locks and with them.

A race is decided statement by statement, not by luck: the second act has decided before the first has written
(`unlocked`), or comes when the first holds its locks and has not yet committed (`locked`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Barrier, Event, Thread
from time import monotonic
from typing import Any

from django.db import connection

PATIENCE = 5.0  # seconds after which a race that hangs has failed
LOCKING = re.compile(r' FOR NO KEY UPDATE(?: OF "\w+")?(?: SKIP LOCKED)?|pg_advisory_xact_lock(?:_shared)?(?=\()')
# Where an act may be held back: before its first statement of that kind.
WRITE = re.compile(r"INSERT|UPDATE|DELETE")
STORES_INVOICE = re.compile(r'UPDATE "billing_invoice"')
MOVES_MONEY = re.compile(r'INSERT INTO "billing_paymentallocation"')
HANDS_OUT = re.compile(r'INSERT INTO "billing_refund"')
DRAWS_NUMBER = re.compile(r'UPDATE "billing_numberseries"')
BEGINS_SERIES = re.compile(r'INSERT INTO "billing_numberseries"')

Act = Callable[[], Any]


@dataclass
class Outcome:
    """The result of an operation: its answer, or its error."""

    answer: Any = None
    refusal: BaseException | None = None

    @property
    def refused_by(self) -> str:
        """The name of the refusal; "" when the act went through."""
        return type(self.refusal).__name__ if self.refusal else ""


@dataclass
class Session:
    """One operation on its own connection; its statements are observed, and can be paused before they are sent."""

    act: Act
    pause: re.Pattern[str] = WRITE
    strips_locks: bool = False
    before_pause: Callable[[], None] = lambda: None
    outcome: Outcome = field(default_factory=Outcome)
    paused: Event = field(default_factory=Event)
    finished: Event = field(default_factory=Event)
    backend: int = 0  # PostgreSQL's name for the connection
    connected: Event = field(default_factory=Event)

    def run(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '4s'")
                cursor.execute("SELECT pg_backend_pid()")
                self.backend = cursor.fetchone()[0]
            self.connected.set()
            with connection.execute_wrapper(self._send):
                self.outcome.answer = self.act()
        except Exception as refusal:  # noqa: BLE001  # whatever it is, the test looks at it
            self.outcome.refusal = refusal
        finally:
            connection.close()
            self.connected.set()
            self.paused.set()
            self.finished.set()

    def _send(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.strips_locks:
            sql = LOCKING.sub("", sql)
        if not self.paused.is_set() and self.pause.match(sql):
            self.paused.set()
            self.before_pause()
        return execute(sql, params, many, context)


def refusals_of(*outcomes: Outcome) -> list[BaseException]:
    """Return the names of the errors; [] if every operation succeeded."""
    return [outcome.refusal for outcome in outcomes if outcome.refusal]


def unlocked(first: Act, second: Act, *, pause: re.Pattern[str] = WRITE) -> tuple[Outcome, Outcome]:
    """Without a lock: the second has read and decided before the first writes, and writes after it committed."""
    one, two = Session(first, pause, strips_locks=True), Session(second, pause, strips_locks=True)
    one.before_pause = lambda: _wait(two.paused, "the second act never came to its first write")
    two.before_pause = lambda: _wait(one.finished, "the first act never ended")
    return _run(one, two)


def locked(first: Act, second: Act, *, pause: re.Pattern[str] = WRITE) -> tuple[Outcome, Outcome]:
    """As the product does it: the second comes while the first has not yet committed, and waits for it."""
    one, two = Session(first, pause), Session(second)
    late = two.act

    def after_the_first() -> Any:
        _wait(one.paused, "the first act never came to its first write")
        return late()

    two.act = after_the_first
    one.before_pause = lambda: _wait_until_blocked(by=one, waiting=two)
    return _run(one, two)


def all_at_once(*acts: Act) -> list[Outcome]:
    """All of them, started together, each on its own connection."""
    start = Barrier(len(acts), timeout=PATIENCE)

    def together(act: Act) -> Act:
        return lambda: (start.wait(), act())[1]

    return _run(*(Session(together(act)) for act in acts))


def _run(*sessions: Session) -> Any:
    threads = [Thread(target=session.run, daemon=True) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
        assert not thread.is_alive(), "an act of the race never ended"
    for session in sessions:
        if isinstance(session.outcome.refusal, AssertionError):
            raise session.outcome.refusal
    return tuple(session.outcome for session in sessions)


def _wait(event: Event, complaint: str) -> None:
    assert event.wait(PATIENCE), complaint


def _wait_until_blocked(*, by: Session, waiting: Session) -> None:
    """Until PostgreSQL says that the one waits for the other: asked, not guessed by the clock."""
    _wait(waiting.connected, "the second act never connected")
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s = ANY(pg_blocking_pids(%s))", [by.backend, waiting.backend])
            if cursor.fetchone()[0]:
                return
        assert not waiting.finished.is_set(), "the second act did not wait for the first"
    raise AssertionError("the second act never waited for the first")
