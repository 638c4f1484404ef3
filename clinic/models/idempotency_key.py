"""IdempotencyKey: a used key with the stored response to its request."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

IDEMPOTENCY_KEY_LIFETIME = timedelta(hours=24)  # where no money moved; else for ever
MAX_KEY_LENGTH = 255


_OF_APPLICATION, _OF_NO_APPLICATION = (
    f"SELECT 1 FROM clinic_idempotencykey WHERE application_id {application} AND user_id = %s AND key = %s"  # noqa: S608
    for application in ("= %s", "IS NULL")
)


class IdempotencyScope(NamedTuple):
    """An idempotency key with the application and user that it belongs to: the same key of others is another one."""

    application_id: int | None
    user_id: int
    key: str

    @property
    def lock_id(self) -> int:
        """The 64-bit number of the advisory lock in PostgreSQL."""
        text = f"{self.application_id}:{self.user_id}:{self.key}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], signed=True)


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def for_scope(self, scope: IdempotencyScope) -> Self:
        """Return the one row of a key, or none."""
        return self.filter(application_id=scope.application_id, user_id=scope.user_id, key=scope.key)

    def exists_for(self, scope: IdempotencyScope) -> bool:
        """Return whether there is that row; plain SQL, as it runs before each write with a key."""
        is_without = scope.application_id is None
        with connection.cursor() as cursor:
            cursor.execute(_OF_NO_APPLICATION if is_without else _OF_APPLICATION, scope[1:] if is_without else scope)
            return cursor.fetchone() is not None

    def expired(self, *, at: datetime) -> Self:
        """Return the keys that are expired: older than their lifetime, and no money was moved."""
        return self.filter(moved_money=False, created_at__lte=at - IDEMPOTENCY_KEY_LIFETIME)

    def lock(self, scope: IdempotencyScope) -> bool:
        """Lock a key, known or not, until the transaction ends; return False if another transaction has locked it.

        It is the first lock of a transaction. SQLite has one writer at a time: the others wait at their BEGIN.
        """
        if connection.vendor != "postgresql":
            return True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [scope.lock_id])
            return bool(cursor.fetchone()[0])

    def wait_for(self, scope: IdempotencyScope) -> None:
        """Lock a key until the transaction ends; wait for another transaction that has locked it."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [scope.lock_id])


class IdempotencyKey(models.Model):
    """A used key: the request that it stands for, and the response, byte for byte."""

    application = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("application"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("user")
    )
    key = models.CharField(max_length=MAX_KEY_LENGTH, verbose_name=_("idempotency key"))
    method = models.CharField(max_length=7, verbose_name=pgettext_lazy("of a request", "method"))
    path = models.CharField(max_length=200, verbose_name=_("path"))
    body_digest = models.CharField(max_length=64)  # SHA-256, in hexadecimal
    status = models.PositiveSmallIntegerField(verbose_name=_("status"))
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    moved_money = models.BooleanField(verbose_name=_("moved money"))
    created_at = models.DateTimeField(verbose_name=_("created at"))

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("request served")
        verbose_name_plural = _("requests served")
        default_permissions = ()  # nobody looks at it, nobody changes it
        constraints = [
            models.UniqueConstraint(fields=["application", "user", "key"], name="idempotency_key_unique"),
            # Of a token without an application: NULL is equal to nothing.
            models.UniqueConstraint(
                fields=["user", "key"], condition=Q(application=None), name="idempotency_key_unique_without_application"
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(moved_money=False), name="idempotency_key_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def is_expired(self, *, at: datetime) -> bool:
        """Return whether the key counts as unknown by now."""
        return not self.moved_money and self.created_at <= at - IDEMPOTENCY_KEY_LIFETIME

    def differs(self, **request: Any) -> list[str]:
        """Return the parts of a request (`method`, `path`, `body_digest`) that differ from those of the key."""
        return [part for part, value in request.items() if getattr(self, part) != value]
