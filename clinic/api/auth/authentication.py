"""Who is asking, by a bearer token in the header that is looked at before anything else, and whether they may."""

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

from clinic.api.auth.token_cache import find_token
from clinic.domain.permissions import Permission, PermissionMissing, check_permission, check_scope

if TYPE_CHECKING:  # rest_framework.views reads this module when it is itself imported
    from rest_framework.views import APIView

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/=-]{1,255}) *", re.IGNORECASE)


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>` (RFC 6750), and no other way; one statement, the body is not touched.

    `request.user` is the token's person, with their permissions; `request.auth` the AccessToken with its application.
    A token that is unknown, expired or nobody's, and any header of another form, is a 401.
    """

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        match = _BEARER.fullmatch(header)
        token = find_token(match.group(1)) if match else None
        if token is None:
            raise AuthenticationFailed("The token is unknown, revoked or expired.", code="invalid_token")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401; it names the error only when a token was sent, as RFC 6750 asks."""
        error = ', error="invalid_token"' if "HTTP_AUTHORIZATION" in request.META else ""
        return f'Bearer realm="api"{error}'


class ActionPermission(BasePermission):
    """Whoever may do what the view says that the request is about (`view.act`), through the scopes of the token.

    A login without any right is a 403 everywhere, and so is everybody where nobody decided. A patient's login reads
    what is its own: everything else that can be read is a 404, everything else a 403.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.user, User):
            return False
        patient_id = patient_id_of(request.user)
        if patient_id is None and not has_role(request.user):
            raise PermissionMissing("This login has no role at the clinic.")
        act = _act_of(view)
        if act is None:
            return True
        check_scope(act, token_scopes(request))
        if patient_id is None:
            check_permission(request.user, act)
        elif not act.own_records:
            if request.method in SAFE_METHODS:
                raise Http404
            raise PermissionMissing("A patient's login reads what is its own, and changes nothing.")
        return True


def _act_of(view: "APIView") -> Permission | None:
    """What a request is about; None when its method does not exist there."""
    action = getattr(view, "action", "")
    if action in (None, "metadata"):  # a 405, or OPTIONS
        return None
    act: Permission | None = getattr(view, "acts", {}).get(action)
    if act is None:
        raise PermissionMissing("Nobody has decided who may do this.")
    return act


def has_role(person: User) -> bool:
    """Whether the person may do anything at all for the clinic; found out once for each request's person."""
    known: bool | None = getattr(person, "_has_a_role", None)
    if known is None:
        known = person.is_superuser or bool(person.get_all_permissions())
        person._has_a_role = known  # type: ignore[attr-defined]  # read above
    return known


def patient_id_of(person: User) -> UUID | None:
    """The id of the patient whose login this is, None for whoever has a role at the clinic, or is no patient."""
    if has_role(person):
        return None
    patient = getattr(person, "patient", None)
    return patient.pk if patient is not None else None


def token_scopes(request: Request) -> frozenset[str]:
    """The scopes that the request's token was given."""
    return frozenset(getattr(request.auth, "scope", "").split())


def client_name(request: Request) -> str:
    """The name of the application through which a request came, "" when the token belongs to none."""
    application = getattr(request.auth, "application", None)
    return application.name if application else ""
