"""Whose a bearer token is: one statement, or, for as long as TOKEN_CACHE_SECONDS allows, none."""

import hashlib
from copy import copy
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from clinic.api.auth.token_query import token_of

MOST_REMEMBERED = 1000

_remembered: dict[str, tuple[float, AccessToken]] = {}  # by checksum, the oldest first
_lock = Lock()


def find_token(token: str) -> AccessToken | None:
    """The token with its person, their permissions, and its application, None when it opens nothing (any more).

    Looked at on each request, remembered or not: that it has not expired, that its person may log in, and that its
    application may be used. What this process changes of them counts at once; what another one changes, after
    TOKEN_CACHE_SECONDS at the latest.
    """
    checksum = hashlib.sha256(token.encode("ascii")).hexdigest()
    known = _recall(checksum)
    if known is None:
        known = token_of(checksum)
        if known is not None and settings.TOKEN_CACHE_SECONDS:
            _remember(checksum, known)
    return known if known is not None and _opens(known) else None


def forget_tokens(**_: Any) -> None:
    """Look each token up anew; called when a token, an application, a login or its rights change in this process."""
    with _lock:
        _remembered.clear()


def forget_on_change() -> None:
    """Listen to whoever changes what is remembered: the OAuth library, the admin, commands."""
    for model in (AccessToken, Application, User, Group):
        post_save.connect(_forget_changed, sender=model, dispatch_uid="clinic.api.auth.token_cache")
        post_delete.connect(forget_tokens, sender=model, dispatch_uid="clinic.api.auth.token_cache")
    for through in (User.groups.through, User.user_permissions.through, Group.permissions.through):
        m2m_changed.connect(forget_tokens, sender=through, dispatch_uid="clinic.api.auth.token_cache")


def _forget_changed(*, created: bool, **_: Any) -> None:
    if not created:
        forget_tokens()


def _opens(token: AccessToken) -> bool:
    if token.expires <= timezone.now() or token.user is None or not token.user.is_active:
        return False
    return token.application is None or bool(token.application.is_usable(None))


def _recall(checksum: str) -> AccessToken | None:
    entry = _remembered.get(checksum)
    if entry is None or monotonic() - entry[0] >= settings.TOKEN_CACHE_SECONDS:
        return None
    return _own(entry[1])


def _remember(checksum: str, token: AccessToken) -> None:
    with _lock:
        _remembered.pop(checksum, None)
        while len(_remembered) >= MOST_REMEMBERED:
            del _remembered[next(iter(_remembered))]
        _remembered[checksum] = (monotonic(), _own(token))


def _own(token: AccessToken) -> AccessToken:
    """A copy for one request, which may keep what it likes on it and on its user."""
    mine = copy(token)
    if token.user is not None:
        mine.user = copy(token.user)
    return mine
