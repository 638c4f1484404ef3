"""What somebody is allowed: a permission of the person, within the scopes of the application between."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from django.contrib.auth.models import User

from clinic.domain.errors import NotAllowed

SYSTEM = "system"  # signs what no person asked for, such as a nightly batch; nobody can log in as it


class Act(NamedTuple):
    """Something that is done to the records: the OAuth scope that an application needs for it, and the Django
    permission that its person needs. `own`: a patient's login may do it with what is their own."""

    scope: str
    permission: str
    own: bool = False


class PermissionMissing(NotAllowed):
    """The person's role does not include that."""

    code = "permission_denied"


class ScopeMissing(NotAllowed):
    """The token was not given the scope for that; `scope` names it."""

    code = "insufficient_scope"
    title = "The token does not reach so far"


_scopes: ContextVar[frozenset[str] | None] = ContextVar("clinic_rights_scopes", default=None)


@contextmanager
def within(scopes: Iterable[str]) -> Iterator[None]:
    """Everything inside is done through an application that was given these scopes."""
    token = _scopes.set(frozenset(scopes))
    try:
        yield
    finally:
        _scopes.reset(token)


def may(by: User, act: Act) -> bool:
    """Whether the person may do that here: by the scopes of the application, if there is one, and by their role.

    The command line signs as `system` what it does of itself; no application does.
    """
    scopes = _scopes.get()
    if scopes is None and by.get_username() == SYSTEM:
        return True
    return (scopes is None or act.scope in scopes) and by.has_perm(act.permission)


def check_may(by: User, *acts: Act) -> None:
    """ScopeMissing or PermissionMissing unless the person may do all of that here."""
    for act in acts:
        if may(by, act):
            continue
        check_scope(act, _scopes.get())
        raise PermissionMissing("The role of this login does not include that.")


def check_scope(act: Act, scopes: frozenset[str] | None) -> None:
    """ScopeMissing unless the act is within these scopes; None: no application stands between."""
    if scopes is not None and act.scope not in scopes:
        raise ScopeMissing(f"The token lacks the scope “{act.scope}”.", scope=act.scope)
