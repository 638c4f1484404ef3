"""How much one person, and one application, may ask in a minute: THROTTLE_USER and THROTTLE_CLIENT.

Each worker counts by itself, in its memory, by minutes of the clock: n workers let up to n times the figure through,
and nobody pays for counting with a statement. A figure of 0 is no limit.
"""

from threading import Lock
from time import time
from typing import ClassVar

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

MINUTE = 60


class Minute:
    """Counts by key within the present minute; nothing is kept of the one before."""

    def __init__(self) -> None:
        self._number = 0
        self._counts: dict[int, int] = {}
        self._lock = Lock()

    def count(self, key: int) -> int:
        """How often this key was counted in this minute, with this time."""
        number = int(time() // MINUTE)
        with self._lock:
            if number != self._number:
                self._number = number
                self._counts.clear()
            counted = self._counts[key] = self._counts.get(key, 0) + 1
        return counted

    def clear(self) -> None:
        """Forget what was counted."""
        with self._lock:
            self._counts.clear()


class _MinuteThrottle(BaseThrottle):
    """At most so many requests a minute for one key."""

    setting: ClassVar[str]
    minute: ClassVar[Minute]

    def key_of(self, request: Request) -> int | None:
        """Who is counted; None is nobody."""
        raise NotImplementedError("A subclass says who is counted.")

    def allow_request(self, request: Request, _view: APIView) -> bool:
        most: int = getattr(settings, self.setting)
        if not most:
            return True
        key = self.key_of(request)
        return key is None or self.minute.count(key) <= most

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return MINUTE - time() % MINUTE


class UserThrottle(_MinuteThrottle):
    """One person, through whichever application."""

    setting = "THROTTLE_USER"
    minute = Minute()

    def key_of(self, request: Request) -> int | None:
        return getattr(request.user, "pk", None)


class ClientThrottle(_MinuteThrottle):
    """One application, for whomever it acts."""

    setting = "THROTTLE_CLIENT"
    minute = Minute()

    def key_of(self, request: Request) -> int | None:
        return getattr(request.auth, "application_id", None)
