"""Rate limits: requests per minute of one user (THROTTLE_USER) and of one application (THROTTLE_CLIENT).

At /o/: new tokens of one user (THROTTLE_TOKEN_USER), and requests of one application from one address
(THROTTLE_TOKEN_CLIENT), because anybody can send the name of an application.

Each worker counts in its own memory, by minutes of the clock: n workers allow up to n times the limit, and counting
costs no query. A limit of 0 is none.
"""

from math import ceil
from threading import Lock
from time import time
from typing import ClassVar

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

MINUTE = 60  # seconds


class MinuteCounter:
    """Counts by key within the current minute; those of earlier minutes are dropped."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: dict[int, int] = {}
        self._lock = Lock()

    def add(self, key: int) -> int:
        """Count a key, and return its count in this minute."""
        minute = int(time() // MINUTE)
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            count = self._counts[key] = self._counts.get(key, 0) + 1
        return count

    def __len__(self) -> int:
        return len(self._counts)

    def clear(self) -> None:
        """Drop all counts."""
        with self._lock:
            self._counts.clear()


def seconds_left_of_minute() -> float:
    """Return the seconds until the next minute of the clock."""
    return MINUTE - time() % MINUTE


def token_wait(counter: MinuteCounter, limit: int, *key: object) -> int:
    """Count a request at /o/, and return the seconds to wait: 0 up to the limit, or without one."""
    if not limit or counter.add(hash(key)) <= limit:
        return 0
    return ceil(seconds_left_of_minute())


token_users, token_clients = MinuteCounter(), MinuteCounter()
"""The counts of THROTTLE_TOKEN_USER and THROTTLE_TOKEN_CLIENT."""


class _MinuteThrottle(BaseThrottle):
    """Allow as many requests per minute and key as the setting says."""

    setting: ClassVar[str]
    counter: ClassVar[MinuteCounter]

    def get_key(self, request: Request) -> int | None:
        """Return the key under which a request is counted; None: it is not."""
        raise NotImplementedError("A subclass returns the key.")

    def allow_request(self, request: Request, _view: APIView) -> bool:
        limit: int = getattr(settings, self.setting)
        if not limit:
            return True
        key = self.get_key(request)
        return key is None or self.counter.add(key) <= limit

    def wait(self) -> float:
        """Return the seconds until the next minute."""
        return seconds_left_of_minute()


class UserThrottle(_MinuteThrottle):
    """The limit of one user, through all applications."""

    setting = "THROTTLE_USER"
    counter = MinuteCounter()

    def get_key(self, request: Request) -> int | None:
        return getattr(request.user, "pk", None)


class ClientThrottle(_MinuteThrottle):
    """The limit of one application, for all its users."""

    setting = "THROTTLE_CLIENT"
    counter = MinuteCounter()

    def get_key(self, request: Request) -> int | None:
        return getattr(request.auth, "application_id", None)
