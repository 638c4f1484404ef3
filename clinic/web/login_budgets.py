"""Budgets of logins, beside the lockout of one name from one address (clinic/web/lockout.py).

- Names with a wrong password from one address (LOGIN_NAMES_PER_ADDRESS) and overall (LOGIN_NAMES_OVERALL), each within
  AXES_COOLOFF_TIME. They are the rows of django-axes, so that all workers count together; a login that succeeds deletes
  the row of its name. Whoever logged in from the address lately has a budget five times as large: a stranger behind the
  address of the clinic, or a wave of guesses from everywhere, does not keep its people out.
- One password hash at once in each worker, because a hash takes half a second of a core. The others wait a short time:
  logins in their lane (clinic/web/lanes.py), and beside it here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import ceil
from threading import Semaphore
from typing import Any, NamedTuple

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

KNOWN_FOR = timedelta(days=30)  # after a login from an address, its name is known there
KNOWN_FACTOR = 5  # of the budgets of a known name
HASH_WAIT = 6.0  # seconds: of fifty logins in one second on two cores, none is refused
BUSY_RETRY = 2  # seconds


class LoginRefusal(NamedTuple):
    """Refusal of a login before its password is read: a code of the security log, and the seconds to wait."""

    code: str
    seconds: int

    @property
    def status(self) -> int:
        """The HTTP status: 503 where nobody guessed, and there is only too much to do."""
        return 503 if self.code == "login_busy" else 429


class HashingBusy(Exception):
    """Another hash is computed, and the wait for it was too long."""


def budget_refusal(name: str, address: str) -> LoginRefusal | None:
    """Return the refusal of a login whose budget is spent, None if it may be tried. Its own failures do not count."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    failed = AccessAttempt.objects.filter(attempt_time__gt=since).exclude(username=name, ip_address=address)
    for code, limit, rows in (
        ("address_budget", settings.LOGIN_NAMES_PER_ADDRESS, failed.filter(ip_address=address)),
        ("login_budget", settings.LOGIN_NAMES_OVERALL, failed),
    ):
        names = rows.count()
        if names < limit:
            continue
        budget = limit * KNOWN_FACTOR if is_known(name, address) else limit
        if names >= budget:
            return LoginRefusal(code, _seconds_until(rows, expired=names - budget + 1))
    return None


def is_known(name: str, address: str) -> bool:
    """Return whether the name has logged in from the address within KNOWN_FOR."""
    since = timezone.now() - KNOWN_FOR
    known: bool = AccessLog.objects.filter(username=name, ip_address=address, attempt_time__gt=since).exists()
    return known


def remember_login(name: str, address: str) -> None:
    """Store that the name has logged in from the address: one row for both; old ones are deleted."""
    now = timezone.now()
    if not AccessLog.objects.filter(username=name, ip_address=address).update(attempt_time=now):
        AccessLog.objects.create(username=name, ip_address=address)
        AccessLog.objects.filter(attempt_time__lt=now - KNOWN_FOR).delete()


def _seconds_until(rows: QuerySet[AccessAttempt], *, expired: int) -> int:
    """Return the seconds until so many of the rows no longer count; at least 1."""
    times = list(rows.order_by("attempt_time").values_list("attempt_time", flat=True)[:expired])
    last = times[-1] if times else timezone.now()
    return max(1, ceil((last + settings.AXES_COOLOFF_TIME - timezone.now()).total_seconds()))


_hashing = Semaphore()  # which, unlike a Lock, wakes those who wait in their order


@contextmanager
def one_hash_at_once() -> Iterator[None]:
    """Let one thread of the worker into the block. Raises HashingBusy after HASH_WAIT."""
    if not _hashing.acquire(timeout=HASH_WAIT):
        raise HashingBusy
    try:
        yield
    finally:
        _hashing.release()


class PasswordBackend(ModelBackend):
    """Django's backend, which computes one hash at once; a login that waits too long is refused (`login_busy`)."""

    def authenticate(self, request: HttpRequest | None, *args: Any, **kwargs: Any) -> User | None:
        try:
            with one_hash_at_once():
                return super().authenticate(request, *args, **kwargs)
        except HashingBusy:
            refuse(request, LoginRefusal("login_busy", BUSY_RETRY))
            raise PermissionDenied from None


def refuse(request: HttpRequest | None, refusal: LoginRefusal) -> None:
    """Mark a request as refused: axes' middleware and clinic.api.auth.oauth_validator answer accordingly."""
    if request is not None:
        vars(request).update(axes_locked_out=True, login_refusal=refusal)
