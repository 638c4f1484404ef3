"""Login lockout: too many failures with one username from one address lock that pair for a while (django-axes).

The settings AXES_FAILURE_LIMIT and AXES_COOLOFF_TIME say how many, and for how long. django-axes calls this module at
the token endpoint and at the admin's login alike. A username that does not exist is counted as one that does, with the
same responses and the same work.
"""

import ipaddress
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.web.login_budgets import LoginRefusal, budget_refusal, refuse, remember_login
from clinic.web.security_log import log_refusal, remote_address

MAX_NAME = 255  # the length of axes' column; the longest username has 150 characters
UNKNOWN = "::"  # stands for a request without an address


def attempted_username(_request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return the username of a login attempt, cut to the length that is stored."""
    return str((credentials or {}).get("username") or "")[:MAX_NAME]


def client_address(request: HttpRequest) -> str:
    """Return the address under which failures are counted; of IPv6 the /64, all of which one client can use."""
    address = ipaddress.ip_address(remote_address(request) or UNKNOWN)
    if address.version == 6:
        return str(ipaddress.IPv6Address(int(address) >> 64 << 64))
    return str(address)


def reset_failures(name: str, address: str) -> None:
    """Delete the failures of a username from an address, after a login that succeeded."""
    AccessAttempt.objects.filter(username=name[:MAX_NAME], ip_address=address).delete()


def record_login(name: str, address: str) -> None:
    """Reset the failures of a username that has logged in from an address, and make it known there."""
    reset_failures(name, address)
    remember_login(name[:MAX_NAME], address)


def login_refusal(request: HttpRequest, name: str, address: str) -> LoginRefusal:
    """Return why a login was refused: its budget, or else the lockout of the username from the address."""
    refusal: LoginRefusal | None = getattr(request, "login_refusal", None)
    return refusal or LoginRefusal("locked_out", seconds_left(name, address))


def seconds_left(name: str, address: str) -> int:
    """Return the seconds until a username that is locked out may be tried again from an address; at least 1."""
    attempts = AccessAttempt.objects.filter(username=name[:MAX_NAME], ip_address=address)
    last: datetime = attempts.values_list("attempt_time", flat=True).first() or timezone.now()
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    return max(1, ceil((last + cool_off - timezone.now()).total_seconds()))


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]  # the package brings no types
    """Handler of axes that stores one row for a username and an address, with nothing of what was sent.

    An attempt during a lockout does not prolong it.
    """

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Return whether a login is refused before its password is read: by the lockout, or by a budget."""
        if super().is_locked(request, credentials):
            return True
        refusal = budget_refusal(attempted_username(request, credentials), client_address(request))
        if refusal is not None:
            refuse(request, refusal)
        return refusal is not None

    def user_login_failed(
        self, _sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
    ) -> None:
        """Count and log a failed login; an attempt during a lockout (`request.axes_locked_out`) is only logged."""
        if request is None:
            return
        name, address = attempted_username(request, credentials), client_address(request)
        request.axes_credentials = credentials  # type: ignore[attr-defined]  # axes passes them to `lockout_response`
        locked = getattr(request, "axes_locked_out", False)
        self._log(login_refusal(request, name, address).code if locked else "login_failed", request, name)
        if not locked and self._count(request, name, address) >= settings.AXES_FAILURE_LIMIT:
            request.axes_locked_out = True  # type: ignore[attr-defined]  # read by axes' middleware and clinic.api.auth.oauth_validator

    def user_logged_in(self, _sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
        """Record a login to the admin."""
        record_login(user.get_username(), client_address(request))

    def user_logged_out(self, *_: Any, **__: Any) -> None:
        """Do nothing: a logout is no failure."""

    def _count(self, request: HttpRequest, name: str, address: str) -> int:
        with transaction.atomic():
            self.clean_expired_user_attempts(request)
            row, is_new = AccessAttempt.objects.select_for_update().get_or_create(
                username=name, ip_address=address, user_agent="", defaults={"failures_since_start": 1}
            )
            if is_new:
                return 1
            failures: int = row.failures_since_start + 1
            counted = AccessAttempt.objects.filter(pk=row.pk)
            counted.update(failures_since_start=failures, attempt_time=timezone.now())
            return failures

    def _log(self, code: str, request: HttpRequest, name: str) -> None:
        user_id = User.objects.filter(username=name).values_list("pk", flat=True).first()
        log_refusal(code, request=request, user_id=user_id, client_id=getattr(request, "client_id", "admin"))


def lockout_response(
    request: HttpRequest, _original: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Return the page that the admin shows instead of a refused login, with Retry-After."""
    refusal = login_refusal(request, attempted_username(request, credentials), client_address(request))
    context = {**admin.site.each_context(request), "title": _("Too many attempts")}
    context |= {"code": refusal.code, "minutes": ceil(refusal.seconds / 60)}
    response = render(request, "admin/locked_out.html", context, status=refusal.status)
    response["Retry-After"] = str(refusal.seconds)
    return response
