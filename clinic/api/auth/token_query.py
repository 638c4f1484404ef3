"""What a bearer token stands for: its person, with their permissions, read in the statement that finds the token.

It is the first statement of each request, so it is always the same text, which PostgreSQL prepares once, and of each
table it reads the columns that are asked about; to put it together by Django's ORM takes longer than to run it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connection, models
from django.db.models.base import ModelState
from oauth2_provider.models import AccessToken, Application

_PERSON = frozenset({"id", "username", "first_name", "last_name", "is_active", "is_staff", "is_superuser"})
_READ: dict[str, tuple[type[models.Model], frozenset[str]]] = {
    "token": (AccessToken, frozenset({"id", "user_id", "application_id", "expires", "scope", "token_checksum"})),
    "person": (User, _PERSON),
    "application": (
        Application,
        frozenset({"id", "client_id", "name", "user_id", "client_type", "authorization_grant_type"}),
    ),
    "owner": (User, _PERSON),
}
# `app.codename` with spaces between: the permissions of the person's groups, and their own.
_GRANTED = """(
    SELECT {aggregate}(kind.app_label || '.' || permission.codename, ' ')
    FROM auth_permission permission JOIN django_content_type kind ON kind.id = permission.content_type_id
    WHERE permission.id IN (
        SELECT given.permission_id FROM auth_group_permissions given
        JOIN auth_user_groups member ON member.group_id = given.group_id
        WHERE member.user_id = COALESCE(token.user_id, application.user_id)
    ) OR permission.id IN (
        SELECT given.permission_id FROM auth_user_user_permissions given
        WHERE given.user_id = COALESCE(token.user_id, application.user_id)
    )
)"""
_FROM = """
    FROM oauth2_provider_accesstoken token
    LEFT JOIN oauth2_provider_application application ON application.id = token.application_id
    LEFT JOIN auth_user person ON person.id = token.user_id
    LEFT JOIN auth_user owner ON owner.id = application.user_id
    WHERE token.token_checksum = %s
"""


class _Statement(NamedTuple):
    """The text; and of each column, in its order, what makes its value of what the driver gives, where that differs."""

    sql: str
    converters: list[tuple[int, Callable[..., Any], Any]]


def token_of(checksum: str) -> AccessToken | None:
    """The token with this checksum, its application, and in `user` the person for whom it speaks, with their
    permissions: of a token by client_credentials, its application's. None when there is no such token."""
    row = _row(checksum)
    if row is None:
        return None
    made: dict[str, Any] = {}
    begin = 0
    for name, (model, _) in _READ.items():
        columns = _in_order(name)
        end = begin + len(columns)
        made[name] = None if row[begin] is None else _made(model, columns, row[begin:end])  # the key is the first
        begin = end
    token: AccessToken = made["token"]
    token.application = made["application"]
    token.user = made["person"] or _owner(made["application"], made["owner"])
    if token.user is not None:  # this is where Django's ModelBackend keeps them: to ask costs no statement
        token.user._perm_cache = set((row[begin] or "").split())
    return token


@cache
def _in_order(alias: str) -> list[str]:
    """The columns that are read of a table, the key first."""
    model, columns = _READ[alias]
    return [field.attname for field in model._meta.concrete_fields if field.attname in columns]


def _made(model: type[models.Model], names: list[str], values: list[Any]) -> models.Model:
    """A record as `from_db` makes it, without a look at each column that was not read."""
    made = model.__new__(model)
    made._state = ModelState()
    made._state.adding, made._state.db = False, connection.alias
    vars(made).update(zip(names, values, strict=True))
    return made


def _row(checksum: str) -> list[Any] | None:
    """The columns. A connection that broke since it was used last is replaced by another one, once: this statement
    is the first of a request, so no other has to ask whether the connection still holds."""
    if connection.in_atomic_block or connection.connection is None:
        return _asked(checksum)
    connection.health_check_done = True  # type: ignore[attr-defined]  # not in the stubs
    try:
        return _asked(checksum)
    except (OperationalError, InterfaceError):
        if connection.is_usable():
            raise
        connection.close()
        return _asked(checksum)


def _asked(checksum: str) -> list[Any] | None:
    statement = _statement(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, [checksum])
        found = cursor.fetchone()
    if found is None:
        return None
    row = list(found)
    for place, convert, column in statement.converters:
        row[place] = convert(row[place], column, connection)
    return row


@cache
def _statement(vendor: str) -> _Statement:
    names: list[str] = []
    converters: list[tuple[int, Callable[..., Any], Any]] = []
    for alias, (model, _) in _READ.items():
        for name in _in_order(alias):
            field: Any = model._meta.get_field(name)
            column = field.get_col(alias)
            own = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
            converters += [(len(names), convert, column) for convert in own]
            names.append(f'{alias}."{field.column}"')
    granted = _GRANTED.format(aggregate="STRING_AGG" if vendor == "postgresql" else "GROUP_CONCAT")
    return _Statement(f"SELECT {', '.join(names)}, {granted} {_FROM}", converters)  # names of columns


def _owner(application: Any, owner: User | None) -> User | None:
    """The login as which an application acts that needs no other: a confidential one, with client_credentials."""
    if application is None or application.client_type != application.CLIENT_CONFIDENTIAL:
        return None
    acts_alone = application.authorization_grant_type == application.GRANT_CLIENT_CREDENTIALS
    return owner if acts_alone else None
