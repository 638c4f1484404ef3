"""Permissions: a Django permission of the person, within the OAuth scopes of the client application."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from django.contrib.auth.models import User

from clinic.domain.errors import NotAllowed

SYSTEM = "system"
"""The username recorded for work that no person asked for, such as a nightly batch; nobody can log in as it."""


class Permission(NamedTuple):
    """The right to do one thing: the OAuth scope of the application and the Django permission of the person.

    With `own_records`, a patient's login may do it with their own records.
    """

    scope: str
    django_permission: str
    own_records: bool = False


class PermissionMissing(NotAllowed):
    """The user's role does not include the permission."""

    code = "permission_denied"


class ScopeMissing(NotAllowed):
    """The token lacks the scope; `scope` names it."""

    code = "insufficient_scope"
    title = "Insufficient scope"


_scopes: ContextVar[frozenset[str] | None] = ContextVar("clinic_scopes", default=None)


@contextmanager
def with_scopes(scopes: Iterable[str]) -> Iterator[None]:
    """Limit everything inside to the scopes of a client application."""
    token = _scopes.set(frozenset(scopes))
    try:
        yield
    finally:
        _scopes.reset(token)


def has_permission(user: User, permission: Permission) -> bool:
    """Return whether the application's scopes, if there is one, and the user's role both allow it.

    `system` may do everything on the command line, where there is no application.
    """
    scopes = _scopes.get()
    if scopes is None and user.get_username() == SYSTEM:
        return True
    return (scopes is None or permission.scope in scopes) and user.has_perm(permission.django_permission)


def check_permission(user: User, *permissions: Permission) -> None:
    """Raise ScopeMissing or PermissionMissing unless the user has all of the permissions."""
    for permission in permissions:
        if has_permission(user, permission):
            continue
        check_scope(permission, _scopes.get())
        raise PermissionMissing("Your role does not allow this.")


def check_scope(permission: Permission, scopes: frozenset[str] | None) -> None:
    """Raise ScopeMissing unless the scopes include the permission's; None stands for no application."""
    if scopes is not None and permission.scope not in scopes:
        raise ScopeMissing(f"The token lacks the scope “{permission.scope}”.", scope=permission.scope)
