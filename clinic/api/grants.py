"""What a bearer token stands for: its person, with their permissions, read in the statement that finds the token."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Func, QuerySet, TextField
from oauth2_provider.models import AccessToken


class _Granted(Func):
    """The permissions of a person, as `app.codename` with spaces between: those of their groups, and their own.

    Written in SQL, which both databases understand alike: Django's ORM needs 2 ms to say the same, for each request.
    """

    function = "STRING_AGG"
    output_field = TextField()
    template = """(
        SELECT %(function)s(kind.app_label || '.' || permission.codename, ' ')
        FROM auth_permission permission JOIN django_content_type kind ON kind.id = permission.content_type_id
        WHERE permission.id IN (
            SELECT given.permission_id FROM auth_group_permissions given
            JOIN auth_user_groups member ON member.group_id = given.group_id
            WHERE member.user_id = COALESCE(%(expressions)s)
        ) OR permission.id IN (
            SELECT given.permission_id FROM auth_user_user_permissions given
            WHERE given.user_id = COALESCE(%(expressions)s)
        )
    )"""

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **extra)


def with_grants(tokens: "QuerySet[AccessToken]") -> "QuerySet[AccessToken]":
    """The tokens, each with application, person (of a token by client_credentials: its application's), and grants."""
    related = tokens.select_related("user", "application", "application__user")
    annotated: QuerySet[AccessToken] = related.annotate(granted=_Granted("user_id", "application__user_id"))
    return annotated


def give_person(token: Any) -> None:
    """Put the person for whom a token of `with_grants` speaks, if any, into `token.user`, with their permissions."""
    token.user = token.user or _owner(token.application)
    if token.user is not None:  # this is where Django's ModelBackend keeps them: to ask costs no statement
        token.user._perm_cache = set((token.granted or "").split())


def _owner(application: Any) -> User | None:
    """The login as which an application acts that needs no other: a confidential one, with client_credentials."""
    if application is None or application.client_type != application.CLIENT_CONFIDENTIAL:
        return None
    acts_alone = application.authorization_grant_type == application.GRANT_CLIENT_CREDENTIALS
    return application.user if acts_alone else None
