"""Access tokens: find a token with its user, permissions and application in one query, cached TOKEN_CACHE_SECONDS.

The query is the first statement of each request. Its text is always the same, so PostgreSQL prepares it once; building
it with Django's ORM takes longer than running it.
"""

import hashlib
from collections.abc import Callable
from copy import copy
from functools import cache
from time import monotonic
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import InterfaceError, OperationalError, connection, models
from django.db.models.base import ModelState
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from clinic.domain.cache import BoundedCache

_USER_COLUMNS = frozenset({"id", "username", "first_name", "last_name", "is_active", "is_staff", "is_superuser"})
_COLUMNS: dict[str, tuple[type[models.Model], frozenset[str]]] = {
    "token": (AccessToken, frozenset({"id", "user_id", "application_id", "expires", "scope", "token_checksum"})),
    "token_user": (User, _USER_COLUMNS),
    "application": (
        Application,
        frozenset({"id", "client_id", "name", "user_id", "client_type", "authorization_grant_type"}),
    ),
    "application_user": (User, _USER_COLUMNS),
}
"""The columns that are read of each table, by its alias in the query."""

# `app.codename` with spaces between: the permissions of the user's groups, and their own.
_PERMISSIONS = """(
    SELECT {aggregate}(content_type.app_label || '.' || permission.codename, ' ')
    FROM auth_permission permission
    JOIN django_content_type content_type ON content_type.id = permission.content_type_id
    WHERE permission.id IN (
        SELECT by_group.permission_id FROM auth_group_permissions by_group
        JOIN auth_user_groups membership ON membership.group_id = by_group.group_id
        WHERE membership.user_id = COALESCE(token.user_id, application.user_id)
    ) OR permission.id IN (
        SELECT by_user.permission_id FROM auth_user_user_permissions by_user
        WHERE by_user.user_id = COALESCE(token.user_id, application.user_id)
    )
)"""
_FROM = """
    FROM oauth2_provider_accesstoken token
    LEFT JOIN oauth2_provider_application application ON application.id = token.application_id
    LEFT JOIN auth_user token_user ON token_user.id = token.user_id
    LEFT JOIN auth_user application_user ON application_user.id = application.user_id
    WHERE token.token_checksum = %s
"""

token_cache: BoundedCache[tuple[float, AccessToken]] = BoundedCache(1000)
"""By the checksum of the token: the time (by monotonic()) at which it was read, and the token."""


def find_token(token: str) -> AccessToken | None:
    """Return a valid token; its `user` is the person for whom it acts, with their permissions. None if it is not valid.

    Expiry, user and application are checked at each request, also of a cached token. Changes made by this process count
    at once, changes made by others after TOKEN_CACHE_SECONDS at the latest.
    """
    checksum = hashlib.sha256(token.encode("ascii")).hexdigest()
    found = _get_cached(checksum) if settings.TOKEN_CACHE_SECONDS else None
    if found is None:
        found = _load(checksum)
        if found is not None and settings.TOKEN_CACHE_SECONDS:
            token_cache.set(checksum, (monotonic(), _copy_for_request(found)))
    return found if found is not None and _is_valid(found) else None


def clear_token_cache(**_: Any) -> None:
    """Forget all tokens; called when a token, an application, a user or their permissions change in this process."""
    token_cache.clear()


def clear_token_cache_on_changes() -> None:
    """Connect the signals of all changes: by the OAuth library, the admin and commands."""
    for model in (AccessToken, Application, User, Group):
        post_save.connect(_clear_on_update, sender=model, dispatch_uid="clinic.api.auth.token_lookup")
        post_delete.connect(clear_token_cache, sender=model, dispatch_uid="clinic.api.auth.token_lookup")
    for through in (User.groups.through, User.user_permissions.through, Group.permissions.through):
        m2m_changed.connect(clear_token_cache, sender=through, dispatch_uid="clinic.api.auth.token_lookup")


def _clear_on_update(*, created: bool, **_: Any) -> None:
    if not created:
        clear_token_cache()


def _is_valid(token: AccessToken) -> bool:
    if token.expires <= timezone.now() or token.user is None or not token.user.is_active:
        return False
    return token.application is None or bool(token.application.is_usable(None))


def _get_cached(checksum: str) -> AccessToken | None:
    read_at, token = token_cache.get(checksum) or (0.0, None)
    if token is None or monotonic() - read_at >= settings.TOKEN_CACHE_SECONDS:
        return None
    return _copy_for_request(token)


def _copy_for_request(token: AccessToken) -> AccessToken:
    """Return a copy, so that what a request sets on the token or its user stays with that request."""
    copied = copy(token)
    if token.user is not None:
        copied.user = copy(token.user)
    return copied


def _load(checksum: str) -> AccessToken | None:
    """Return the token with this checksum, None if there is none."""
    row = _fetch_first(checksum)
    if row is None:
        return None
    instances: dict[str, Any] = {}
    start = 0
    for alias, (model, _) in _COLUMNS.items():
        names = _column_names(alias)
        end = start + len(names)
        # The key is the first column: without it, there is no such row.
        instances[alias] = None if row[start] is None else _instance_from_columns(model, names, row[start:end])
        start = end
    token: AccessToken = instances["token"]
    token.application = instances["application"]
    token.user = instances["token_user"] or _application_user(token.application, instances["application_user"])
    if token.user is not None:  # where Django's ModelBackend caches them: checks need no further query
        token.user._perm_cache = set((row[start] or "").split())
    return token


def _application_user(application: Any, user: User | None) -> User | None:
    """Return the user for whom a token without one acts: that of a confidential application with client_credentials."""
    if application is None or application.client_type != application.CLIENT_CONFIDENTIAL:
        return None
    is_machine = application.authorization_grant_type == application.GRANT_CLIENT_CREDENTIALS
    return user if is_machine else None


@cache
def _column_names(alias: str) -> list[str]:
    """Return the columns that are read of a table, the key first."""
    model, columns = _COLUMNS[alias]
    return [field.attname for field in model._meta.concrete_fields if field.attname in columns]


def _instance_from_columns(model: type[models.Model], names: list[str], values: list[Any]) -> models.Model:
    """Do the same as `Model.from_db`, without its loop over the columns that were not read."""
    instance = model.__new__(model)
    instance._state = ModelState()
    instance._state.adding, instance._state.db = False, connection.alias
    vars(instance).update(zip(names, values, strict=True))
    return instance


def _fetch_first(checksum: str) -> list[Any] | None:
    """Return the row; a connection that broke since its last use is replaced, once.

    As this is the first statement of a request, no other has to check the connection.
    """
    if connection.in_atomic_block or connection.connection is None:
        return _fetch(checksum)
    connection.health_check_done = True  # type: ignore[attr-defined]  # not in the stubs
    try:
        return _fetch(checksum)
    except (OperationalError, InterfaceError):
        if connection.is_usable():
            raise
        connection.close()
        return _fetch(checksum)


def _fetch(checksum: str) -> list[Any] | None:
    query = _query(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(query.sql, [checksum])
        found = cursor.fetchone()
    if found is None:
        return None
    row = list(found)
    for index, convert, column in query.converters:
        row[index] = convert(row[index], column, connection)
    return row


class _Query(NamedTuple):
    """The SQL, and for columns whose driver values need it: index, converter and column expression."""

    sql: str
    converters: list[tuple[int, Callable[..., Any], Any]]


@cache
def _query(vendor: str) -> _Query:
    names: list[str] = []
    converters: list[tuple[int, Callable[..., Any], Any]] = []
    for alias, (model, _) in _COLUMNS.items():
        for name in _column_names(alias):
            field: Any = model._meta.get_field(name)
            column = field.get_col(alias)
            own = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
            converters += [(len(names), convert, column) for convert in own]
            names.append(f'{alias}."{field.column}"')
    permissions = _PERMISSIONS.format(aggregate="STRING_AGG" if vendor == "postgresql" else "GROUP_CONCAT")
    return _Query(f"SELECT {', '.join(names)}, {permissions} {_FROM}", converters)
