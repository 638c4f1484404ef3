"""Bearer authentication and permission checks."""

import re
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth.models import User
from django.http import Http404
from oauth2_provider.models import AccessToken
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from clinic.api.auth.token_lookup import find_token
from clinic.domain.permissions import Permission, PermissionMissing, check_permission, check_scope

if TYPE_CHECKING:  # rest_framework.views imports this module
    from rest_framework.views import APIView

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/=-]{1,255}) *", re.IGNORECASE)


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>` (RFC 6750), and no other scheme; one query, the body is not read.

    `request.user` is the token's user, with their permissions; `request.auth` the AccessToken with its application. An
    unknown or expired token, one without a user, and a header of any other form are a 401.
    """

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        match = _BEARER.fullmatch(header)
        if match is None and len(header.split()) == 1 and header.strip().lower() != "bearer":
            detail = "Put “Bearer” and a space before the token: “Authorization: Bearer …”."
            raise AuthenticationFailed(detail, code="invalid_token")
        token = find_token(match.group(1)) if match else None
        if token is None:
            raise AuthenticationFailed("The token is unknown, revoked or expired.", code="invalid_token")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401; it names an error only if a token was sent, as RFC 6750 asks."""
        error = ', error="invalid_token"' if "HTTP_AUTHORIZATION" in request.META else ""
        return f'Bearer realm="api"{error}'


class ActionPermission(BasePermission):
    """Check the scope and the permission that a view's action needs (`view.action_permissions`).

    A user without any permission gets a 403 everywhere, and so does everyone for an action without an entry. A patient
    reads their own records: other records that can be read are a 404, and every change is a 403.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.user, User):
            return False
        patient_id = patient_id_of(request.user)
        if patient_id is None and not has_role(request.user):
            raise PermissionMissing("This user has no role at the clinic.")
        permission = _permission_for(view)
        if permission is None:
            return True
        check_scope(permission, token_scopes(request))
        if patient_id is None:
            check_permission(request.user, permission)
        elif not permission.own_records:
            if request.method in SAFE_METHODS:
                raise Http404
            raise PermissionMissing("Patients may read their own records, and change nothing.")
        return True


def _permission_for(view: "APIView") -> Permission | None:
    """Return the permission of the requested action; None if the method does not exist."""
    action = getattr(view, "action", "")
    if action in (None, "metadata"):  # a 405, or OPTIONS
        return None
    permission: Permission | None = getattr(view, "action_permissions", {}).get(action)
    if permission is None:
        raise PermissionMissing("No permission is defined for this operation.")
    return permission


def has_role(user: User) -> bool:
    """Return whether a user has any permission at the clinic; computed once for each request."""
    known: bool | None = getattr(user, "_has_role", None)
    if known is None:
        known = user.is_superuser or bool(user.get_all_permissions())
        user._has_role = known  # type: ignore[attr-defined]  # read above
    return known


def patient_id_of(user: User) -> UUID | None:
    """Return the id of the patient whose login this is; None for staff, and for users who are no patient."""
    if has_role(user):
        return None
    patient = getattr(user, "patient", None)
    return patient.pk if patient is not None else None


def token_scopes(request: Request) -> frozenset[str]:
    """Return the scopes of the request's token."""
    return frozenset(getattr(request.auth, "scope", "").split())


def client_name(request: Request) -> str:
    """Return the name of the request's application; an empty string if the token has none."""
    application = getattr(request.auth, "application", None)
    return application.name if application else ""
