"""How long a login of the admin lasts, and that nothing typed is lost when it ends.

A desk is shared: who does nothing for SESSION_IDLE_SECONDS is logged out, and everybody is SESSION_COOKIE_AGE after the
login. A form that is sent after that comes back with the question for the password; the answer sends it on.
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

GetResponse = Callable[[HttpRequest], HttpResponse]

STARTED_AT, LAST_SEEN_AT = "began_at", "last_seen_at"
SEEN_EVERY = 60  # seconds after which a session is stored again, and not with each click
LOGIN_PREFIX = "login-again"  # the names of the two fields that are added to a form begin so
NOT_KEPT = ("/admin/login/", "/admin/logout/", "/admin/password_change/", "/admin/language/")


class SessionLimitsMiddleware:
    """Ends a session that is idle or old, and keeps the form that was sent too late."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/admin/"):
            return self.get_response(request)
        if _is_over(request):
            request.session.flush()
        response = self.get_response(request)
        _touch_session(request)
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Before a form of nobody is turned away: ask who it is, and go on with it once that is answered."""
        path = request.path_info
        if request.method != "POST" or not path.startswith("/admin/") or path.startswith(NOT_KEPT):
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
    """Django's CSRF_FAILURE_VIEW: a form of the admin that was opened before a new login is kept and asked about.

    Only when the browser itself says that the form comes from this site: nobody else's form is offered for sending.
    """
    path = request.path_info
    if not path.startswith("/admin/") or path.startswith(NOT_KEPT) or not _is_own(request):
        return csrf_failure(request, reason)
    form = None if request.user.is_authenticated else LoginForm(request, prefix=LOGIN_PREFIX)
    return _render_login_page(request, _submitted_form(request.POST), form)


def _is_over(request: HttpRequest) -> bool:
    """Whether somebody's session has reached one of its two ends."""
    if SESSION_KEY not in request.session:
        return False
    now = time.time()
    idle_since, began = (float(request.session.get(name, now)) for name in (LAST_SEEN_AT, STARTED_AT))
    return now - idle_since >= settings.SESSION_IDLE_SECONDS or now - began >= settings.SESSION_COOKIE_AGE


def _touch_session(request: HttpRequest) -> None:
    """Remember that somebody was here; at most once a minute."""
    session = request.session
    if SESSION_KEY not in session:
        return
    now = time.time()
    if STARTED_AT not in session:
        session[STARTED_AT] = now
    if now - float(session.get(LAST_SEEN_AT, 0)) >= SEEN_EVERY:
        session[LAST_SEEN_AT] = now


def _is_own(request: HttpRequest) -> bool:
    """Whether the browser says that the form was on a page of this site."""
    origin = request.headers.get("Origin", "")
    return urlsplit(origin)[:2] == (request.scheme, request.get_host())


def _submitted_form(sent: QueryDict) -> QueryDict:
    """What was typed, without the answer to who it is, the token of the page, and any password."""
    draft = QueryDict(mutable=True)
    for name, values in sent.lists():
        if name != "csrfmiddlewaretoken" and "password" not in name and not name.startswith(LOGIN_PREFIX):
            draft.setlist(name, values)
    draft._mutable = False
    return draft


def _login_form(request: HttpRequest) -> LoginForm:
    """The form of the login, filled in when it was. From here on `request.POST` holds nothing else: whoever guards
    the login may store what was posted, and a patient's data are not for them."""
    name, password = f"{LOGIN_PREFIX}-username", f"{LOGIN_PREFIX}-password"
    if name not in request.POST:
        return LoginForm(request, prefix=LOGIN_PREFIX)
    given = {name: request.POST[name], password: request.POST.get(password, "")}
    request.POST = QueryDict(urlencode({"username": given[name]}))
    return LoginForm(request, data=given, prefix=LOGIN_PREFIX)


def _render_login_page(request: HttpRequest, draft: QueryDict, form: LoginForm | None) -> HttpResponse:
    """The page that holds the draft, hidden, and asks for the login, or only whether to send it after all."""
    context = {
        **admin.site.each_context(request),
        "title": _("Your session has ended") if form else _("This page is from before your last login"),
        "form": form,
        "draft": [(name, value) for name, values in draft.lists() for value in values],
        "has_files": bool(request.FILES),
        "action": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/session_ended.html", context, status=403)
