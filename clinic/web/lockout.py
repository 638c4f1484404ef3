"""Who has guessed too often: five wrong passwords for one name from one address close that door for 15 minutes.

django-axes asks and tells this module, at the token endpoint and at the admin's login alike. A name that does not exist
is counted as one that does: same answers, same work.
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

from clinic.web.security_log import log_refusal, remote_address

MAX_NAME = 255  # what axes' column takes; a name of the clinic has 150 at most
UNKNOWN = "::"  # where the server names no address


def attempted_username(_request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name that was tried, as it is counted."""
    return str((credentials or {}).get("username") or "")[:MAX_NAME]


def client_address(request: HttpRequest) -> str:
    """The address as it is counted; of IPv6 the /64, all of which one client can use."""
    address = ipaddress.ip_address(remote_address(request) or UNKNOWN)
    if address.version == 6:
        return str(ipaddress.IPv6Address(int(address) >> 64 << 64))
    return str(address)


def reset_failures(name: str, place: str) -> None:
    """Forget the failures before a right password."""
    AccessAttempt.objects.filter(username=name[:MAX_NAME], ip_address=place).delete()


def seconds_left(name: str, place: str) -> int:
    """After how many seconds a locked-out name may be tried again from there; at least 1."""
    tried = AccessAttempt.objects.filter(username=name[:MAX_NAME], ip_address=place)
    last: datetime = tried.values_list("attempt_time", flat=True).first() or timezone.now()
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    return max(1, ceil((last + cool_off - timezone.now()).total_seconds()))


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]  # the package brings no types
    """axes' count in the database, one row for a name and an address; nothing of what was sent is kept.

    An attempt while the door is closed does not keep it closed for longer.
    """

    def user_login_failed(
        self, _sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
    ) -> None:
        """Count the failure, or note the attempt at a closed door; `request.axes_locked_out` says which it is."""
        if request is None:
            return
        name, place = attempted_username(request, credentials), client_address(request)
        request.axes_credentials = credentials  # type: ignore[attr-defined]  # axes hands them to `lockout_response`
        locked = getattr(request, "axes_locked_out", False)
        self._log("locked_out" if locked else "login_failed", request, name)
        if not locked and self._count(request, name, place) >= settings.AXES_FAILURE_LIMIT:
            request.axes_locked_out = True  # type: ignore[attr-defined]  # read by axes' middleware and clinic.api.auth.oauth_validator

    def user_logged_in(self, _sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
        """The admin's door: a right password makes up for the wrong ones before it."""
        reset_failures(user.get_username(), client_address(request))

    def user_logged_out(self, *_: Any, **__: Any) -> None:
        """Leaving is nobody's failure."""

    def _count(self, request: HttpRequest, name: str, place: str) -> int:
        with transaction.atomic():
            self.clean_expired_user_attempts(request)
            row, is_new = AccessAttempt.objects.select_for_update().get_or_create(
                username=name, ip_address=place, user_agent="", defaults={"failures_since_start": 1}
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
    """The page that a person gets at the closed door of the admin: 429 with Retry-After."""
    wait = seconds_left(attempted_username(request, credentials), client_address(request))
    context = {**admin.site.each_context(request), "title": _("Too many attempts"), "minutes": ceil(wait / 60)}
    response = render(request, "admin/locked_out.html", context, status=429)
    response["Retry-After"] = str(wait)
    return response
