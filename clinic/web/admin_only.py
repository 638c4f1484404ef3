"""Django's session, authentication and message middleware, limited to the pages of the admin.

The API has no sessions, logins or messages.
"""

from typing import Any

from django.contrib.auth import middleware as logins
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest

from clinic.web.paths import is_admin_path


class _AdminOnly:
    """Mixin of a middleware that leaves requests outside the admin alone."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if not is_admin_path(request.path_info):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # of Django's middleware, which comes next


class SessionMiddleware(_AdminOnly, sessions.SessionMiddleware):
    """Middleware that sets `request.session` for pages of the admin."""


class AuthenticationMiddleware(_AdminOnly, logins.AuthenticationMiddleware):
    """Middleware that sets `request.user` for pages of the admin; in the API it is the user of the token."""


class MessageMiddleware(_AdminOnly, messages.MessageMiddleware):
    """Middleware that stores messages for pages of the admin."""
