"""Who is asking: a bearer token in the header, looked at before anything else, and a member of staff behind it."""

import hashlib
import re
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils import timezone
from oauth2_provider.models import AccessToken
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:  # rest_framework.views reads this module when it is itself imported
    from rest_framework.views import APIView

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/=-]{1,255}) *", re.IGNORECASE)


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>` (RFC 6750), and no other way; one statement, the body is not touched.

    `request.user` is the token's person, `request.auth` the AccessToken with its application. A token that is
    unknown, expired or nobody's, and any header of another form, is a 401.
    """

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        match = _BEARER.fullmatch(header)
        token = self._find(match.group(1)) if match else None
        if token is None:
            raise AuthenticationFailed("The token is unknown, revoked or expired.", code="invalid_token")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401; it names the error only when a token was sent, as RFC 6750 asks."""
        error = ', error="invalid_token"' if "HTTP_AUTHORIZATION" in request.META else ""
        return f'Bearer realm="api"{error}'

    def _find(self, token: str) -> AccessToken | None:
        checksum = hashlib.sha256(token.encode("ascii")).hexdigest()
        known = AccessToken.objects.select_related("user", "application").filter(token_checksum=checksum).first()
        if known is None or known.expires <= timezone.now():
            return None
        return known if known.user is not None and known.user.is_active else None


class IsStaff(BasePermission):
    """Whoever works at the clinic; everybody else is a 403, everywhere."""

    message = "Only staff of the clinic may use this."

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002  # DRF's signature
        return isinstance(request.user, User) and request.user.is_staff


def client_of(request: Request) -> str:
    """The name of the application through which a request came, "" when the token belongs to none."""
    application = getattr(request.auth, "application", None)
    return application.name if application else ""
