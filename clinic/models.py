"""Rows that belong to no trade: what was answered to a request, and which scopes an application may have."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from oauth2_provider.settings import oauth2_settings

IDEMPOTENCY_KEY_LIFETIME = timedelta(hours=24)  # where no money moved; else for ever


_OF_APPLICATION, _OF_NO_APPLICATION = (
    f"SELECT 1 FROM clinic_idempotencykey WHERE application_id {application} AND user_id = %s AND key = %s"  # noqa: S608
    for application in ("= %s", "IS NULL")
)


class IdempotencyScope(NamedTuple):
    """Whose key it is, and the key: another application or person has keys of their own."""

    application_id: int | None
    user_id: int
    key: str

    @property
    def lock_id(self) -> int:
        """A whole number of 64 bits that stands for the three, as PostgreSQL names a lock."""
        text = f"{self.application_id}:{self.user_id}:{self.key}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], signed=True)


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def for_scope(self, scope: IdempotencyScope) -> Self:
        """The one row of a key, or none."""
        return self.filter(application_id=scope.application_id, user_id=scope.user_id, key=scope.key)

    def exists_for(self, scope: IdempotencyScope) -> bool:
        """Whether there is that row: asked before each write, by a statement that is spelled once."""
        is_without = scope.application_id is None
        with connection.cursor() as cursor:
            cursor.execute(_OF_NO_APPLICATION if is_without else _OF_APPLICATION, scope[1:] if is_without else scope)
            return cursor.fetchone() is not None

    def expired(self, *, at: datetime) -> Self:
        """Those that count as unknown by now: a day old, and no money moved."""
        return self.filter(moved_money=False, created_at__lte=at - IDEMPOTENCY_KEY_LIFETIME)

    def lock(self, scope: IdempotencyScope) -> bool:
        """Keep a key, used or not, until the transaction ends; False when another transaction has it.

        It is the first lock of a transaction. SQLite has one writer at a time: the others wait at their BEGIN.
        """
        if connection.vendor != "postgresql":
            return True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [scope.lock_id])
            return bool(cursor.fetchone()[0])

    def wait_for(self, scope: IdempotencyScope) -> None:
        """Keep a key until the transaction ends, once whoever has it is done."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [scope.lock_id])


class IdempotencyKey(models.Model):
    """A key that was used: the request that it stands for, and the answer, byte for byte."""

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
    key = models.CharField(max_length=255, verbose_name=_("idempotency key"))
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
        verbose_name = _("answered request")
        verbose_name_plural = _("answered requests")
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
        """Whether it counts as unknown by now."""
        return not self.moved_money and self.created_at <= at - IDEMPOTENCY_KEY_LIFETIME

    def differs(self, **request: Any) -> list[str]:
        """Which parts of a request (`method`, `path`, `body_digest`) are not those that the key stands for."""
        return [part for part, value in request.items() if getattr(self, part) != value]


def check_scopes(scopes: str) -> None:
    """ValidationError when a word is no scope."""
    if unknown := sorted(set(scopes.split()) - set(oauth2_settings.SCOPES)):
        raise ValidationError(_("No such scope: %(names)s."), params={"names": ", ".join(unknown)})


class ApplicationScopes(models.Model):
    """What an application may be given at most; one without such a row may ask for every scope."""

    application = models.OneToOneField(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        on_delete=models.CASCADE,
        related_name="allowed",
        verbose_name=_("application"),
    )
    scopes = models.CharField(
        max_length=200,
        blank=True,
        validators=[check_scopes],
        help_text=_("Scopes with spaces between; empty: none."),
        verbose_name=_("scopes"),
    )

    class Meta:
        verbose_name = _("scopes of an application")
        verbose_name_plural = _("scopes of applications")

    def __str__(self) -> str:
        return f"{self.application}: {self.scopes}"
