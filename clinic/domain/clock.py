"""The time at which a request creates or changes something: it does not step back while the server runs."""

import time
from datetime import datetime, timedelta

from django.utils import timezone

MAX_STEP = timedelta(minutes=2)


class SteadyClock:
    """The system's clock; after it was set back by at most MAX_STEP, the clock that it would have been.

    Lists are in the order of creation, and a page begins after the last row of the one before: a row that is created
    after that one, but with an earlier time, would be on neither. All processes that run while the clock is set back
    add the same. A larger step is followed at once, because it corrects dates that were wrong.
    """

    def __init__(self) -> None:
        self._started_at: float | None = None  # by the system's clock, when time.monotonic() was 0

    def now(self) -> datetime:
        """Return the time."""
        now = timezone.now()
        started_at = now.timestamp() - time.monotonic()
        step = timedelta(seconds=(self._started_at or started_at) - started_at)
        if timedelta(0) < step <= MAX_STEP:
            return now + step
        self._started_at = started_at
        return now


_clock: SteadyClock | None = None


def start_steady_clock() -> None:
    """Let `current_time()` be steady in this process; called by the server when it starts."""
    global _clock  # noqa: PLW0603  # the one clock of the process
    _clock = SteadyClock()


def current_time() -> datetime:
    """Return the time of what is created or changed now."""
    return timezone.now() if _clock is None else _clock.now()
