"""What only the pages of the admin need of Django's middleware: the API knows no session, no login and no messages."""

from typing import Any

from django.contrib.auth import middleware as logins
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest

from clinic.web.request_id import PAGES


class _AdminOnly:
    """Passes on whatever is not a page, untouched."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if not request.path_info.startswith(PAGES):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # of Django's middleware, which comes next


class SessionMiddleware(_AdminOnly, sessions.SessionMiddleware):
    """`request.session` for pages."""


class AuthenticationMiddleware(_AdminOnly, logins.AuthenticationMiddleware):
    """`request.user` for pages; the API's is the token's person."""


class MessageMiddleware(_AdminOnly, messages.MessageMiddleware):
    """Messages for pages."""
