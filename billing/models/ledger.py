"""Abstract base of ledger rows: author, time, client and request; insert-only."""

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.rules.money import ZERO
from clinic.db.bulk import PrecompiledSave
from clinic.db.fields import MoneyField
from clinic.domain import audit
from clinic.domain.amounts import MAX_MONEY
from clinic.domain.errors import InvalidValue, RuleBroken


class LedgerIsAppendOnly(RuleBroken):
    """Ledger rows are neither changed nor deleted."""

    code = "ledger_append_only"

    def __init__(self) -> None:
        super().__init__("A ledger row is never changed; a mistake is corrected by a row that reverses it.")


def within_money(*names: str) -> models.Q:
    """Return the condition that each of these columns lies within the bounds of an amount."""
    condition = models.Q()
    for name in names:
        condition &= models.Q(**{f"{name}__gte": -MAX_MONEY, f"{name}__lte": MAX_MONEY})
    return condition


class LedgerRow(PrecompiledSave):
    """A row that is inserted once and never changed. `created_at` is the time of the operation that it records."""

    moves_money: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(editable=False, db_index=True, verbose_name=_("created at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("created by"),
    )
    client = models.CharField(max_length=150, blank=True, editable=False, verbose_name=_("client"))
    request_id = models.CharField(max_length=100, blank=True, editable=False, verbose_name=_("request id"))

    class Meta:
        abstract = True

    @classmethod
    def build(cls, *, by: User, at: datetime, **fields: Any) -> Self:
        """Return a new row, not yet stored, with its author, time, client and request."""
        here = audit.current_audit_context()
        if cls.moves_money:
            audit.record_money_movement()
        return cls(created_by=by, created_at=at, client=here.client, request_id=here.request_id, **fields)

    @classmethod
    def create(cls, *, by: User, at: datetime, **fields: Any) -> Self:
        """Build a row and store it."""
        row = cls.build(by=by, at=at, **fields)
        row.save(force_insert=True)
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LedgerIsAppendOnly
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise LedgerIsAppendOnly


def check_reason(reason: str, *, what: str) -> None:
    """InvalidValue when the reason is empty; `what` names the operation, with its article."""
    if not reason.strip():
        raise InvalidValue.at("/reason", f"{what} needs a reason.", code="required")


def amount_field(**options: Any) -> MoneyField:
    """Return a money column whose default is zero."""
    return MoneyField(default=ZERO, **options)
