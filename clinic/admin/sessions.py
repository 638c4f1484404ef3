"""Limits of the admin's sessions: idle time and age; a form that is sent too late is kept until the next login.

A session ends after SESSION_IDLE_SECONDS without a request, and SESSION_COOKIE_AGE after the login. A form that is sent
after that is shown again with the fields of the login; submitting them sends the form as well.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import SESSION_KEY, login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure

from clinic.admin.form_fields import LoginForm
from clinic.web.paths import is_admin_path

GetResponse = Callable[[HttpRequest], HttpResponse]

STARTED_AT, LAST_SEEN_AT = "began_at", "last_seen_at"
SEEN_EVERY = 60  # seconds: a session is stored at most this often
LOGIN_PREFIX = "login-again"  # prefix of the login's two fields within another form
NOT_KEPT = ("/admin/login/", "/admin/logout/", "/admin/password_change/", "/admin/language/")


class SessionLimitsMiddleware:
    """Middleware that ends a session that is idle or too old, and keeps a form that was sent too late."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_admin_path(request.path_info):
            return self.get_response(request)
        if _is_over(request):
            request.session.flush()
        response = self.get_response(request)
        _touch_session(request)
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Show a form that was sent without a session again, with a login; pass it to the view after the login."""
        path = request.path_info
        if request.method != "POST" or not is_admin_path(path) or path.startswith(NOT_KEPT):
            return None
        if request.user.is_authenticated:
            return None
        draft, form = _submitted_form(request.POST), _login_form(request)
        if form.is_bound and form.is_valid():
            login(request, form.get_user())
            request.POST = draft  # type: ignore[assignment]  # it is as immutable
            return None
        return _render_login_page(request, draft, form)


def csrf_failure_view(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show a form of the admin that was opened before the last login again, to be confirmed (CSRF_FAILURE_VIEW).

    Only if the Origin header says that the form comes from this site: a foreign form is refused.
    """
    path = request.path_info
    if not is_admin_path(path) or path.startswith(NOT_KEPT) or not _is_own(request):
        return csrf_failure(request, reason)
    form = None if request.user.is_authenticated else LoginForm(request, prefix=LOGIN_PREFIX)
    return _render_login_page(request, _submitted_form(request.POST), form)


def _is_over(request: HttpRequest) -> bool:
    """Return whether a session has reached one of its two limits."""
    if SESSION_KEY not in request.session:
        return False
    now = time.time()
    last_seen, started = (float(request.session.get(name, now)) for name in (LAST_SEEN_AT, STARTED_AT))
    return now - last_seen >= settings.SESSION_IDLE_SECONDS or now - started >= settings.SESSION_COOKIE_AGE


def _touch_session(request: HttpRequest) -> None:
    """Store the time of the request in the session, at most once in SEEN_EVERY seconds."""
    session = request.session
    if SESSION_KEY not in session:
        return
    now = time.time()
    if STARTED_AT not in session:
        session[STARTED_AT] = now
    if now - float(session.get(LAST_SEEN_AT, 0)) >= SEEN_EVERY:
        session[LAST_SEEN_AT] = now


def _is_own(request: HttpRequest) -> bool:
    """Return whether the Origin header names this site."""
    origin = request.headers.get("Origin", "")
    return urlsplit(origin)[:2] == (request.scheme, request.get_host())


def _submitted_form(sent: QueryDict) -> QueryDict:
    """Return the submitted fields without those of the login, the CSRF token, and passwords."""
    draft = QueryDict(mutable=True)
    for name, values in sent.lists():
        if name != "csrfmiddlewaretoken" and "password" not in name and not name.startswith(LOGIN_PREFIX):
            draft.setlist(name, values)
    draft._mutable = False
    return draft


def _login_form(request: HttpRequest) -> LoginForm:
    """Return the login form, bound if it was submitted, and remove everything else from `request.POST`.

    django-axes may store what was posted with a login, and that must not be data of a patient.
    """
    name, password = f"{LOGIN_PREFIX}-username", f"{LOGIN_PREFIX}-password"
    if name not in request.POST:
        return LoginForm(request, prefix=LOGIN_PREFIX)
    given = {name: request.POST[name], password: request.POST.get(password, "")}
    request.POST = QueryDict(urlencode({"username": given[name]}))
    return LoginForm(request, data=given, prefix=LOGIN_PREFIX)


def _render_login_page(request: HttpRequest, draft: QueryDict, form: LoginForm | None) -> HttpResponse:
    """Return the page with the draft in hidden fields and the login form, or a question whether to send it."""
    context = {
        **admin.site.each_context(request),
        "title": _("Your session has ended") if form else _("This page is older than your last log-in"),
        "form": form,
        "draft": [(name, value) for name, values in draft.lists() for value in values],
        "has_files": bool(request.FILES),
        "action": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/session_ended.html", context, status=403)
