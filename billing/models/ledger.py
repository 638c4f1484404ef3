"""Abstract base of ledger rows: author, time, client and request; insert-only."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.rules.money import ZERO
from clinic.db.bulk import PrecompiledSave
from clinic.db.fields import MoneyField
from clinic.domain.amounts import MAX_MONEY
from clinic.domain.audit_context import current_audit_context
from clinic.domain.errors import RuleBroken
from clinic.domain.money_movement import record_money_movement
from clinic.domain.text import search_text, search_words
from patients.models import Patient

Row = TypeVar("Row", bound=models.Model)


class LedgerIsAppendOnly(RuleBroken):
    """Ledger rows cannot be changed or deleted."""

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
        here = current_audit_context()
        if cls.moves_money:
            record_money_movement()
        return cls(created_by=by, created_at=at, client=here.client, request_id=here.request_id, **fields)

    @classmethod
    def create(cls, *, by: User, at: datetime, **fields: Any) -> Self:
        """Build a row and store it."""
        row = cls.build(by=by, at=at, **fields)
        row.save(force_insert=True)
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row."""
        if not self._state.adding:
            raise LedgerIsAppendOnly
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise LedgerIsAppendOnly


class SearchableQuerySet(models.QuerySet[Row]):
    def matching(self, text: str) -> Self:
        """Rows with every word in their own texts, or in a text of the patient."""
        found = self
        for word in search_words(text):
            patients = Patient.objects.filter(search_text__contains=word).values("pk")
            found = found.filter(
                models.Q(search_text__contains=word) | models.Q(**{f"{self.model.patient_path}__in": patients})  # type: ignore[attr-defined]  # of SearchableLedgerRow
            )
        return found


class SearchableLedgerRow(LedgerRow):
    """A ledger row with a number, a reference or a reason by which it is found."""

    patient_path: ClassVar[str] = "patient"
    """ORM path to the patient."""

    search_text = models.TextField(default="", db_default="", editable=False)

    objects: ClassVar[models.Manager[Any]] = SearchableQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def build(cls, **fields: Any) -> Self:
        row = super().build(**fields)
        row.set_search_text()
        return row

    def set_search_text(self) -> None:
        """Set `search_text` from the texts as they are now."""
        self.search_text = search_text(*self.searched_texts())

    def searched_texts(self) -> Iterable[str]:
        """Return the texts by which the row is found."""
        raise NotImplementedError("A ledger row that is searched names its texts.")


def amount_field(**options: Any) -> MoneyField:
    """Return a money column whose default is zero."""
    return MoneyField(default=ZERO, **options)
