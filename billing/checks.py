"""System checks that compare the books with the settings: the currency is that of what is stored."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError

from billing.models import Invoice, Payment


@checks.register(checks.Tags.database)
def check_currency(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """An Error for a database whose invoices or payments are in another currency than CLINIC_CURRENCY."""
    return [
        checks.Error(
            f"The books hold amounts in {stored}, but CLINIC_CURRENCY is {settings.CLINIC_CURRENCY}.",
            hint=f"Set CLINIC_CURRENCY={stored}; one database holds the books of one currency.",
            id="billing.E001",
        )
        for alias in databases or []
        if (stored := _other_currency(alias)) is not None
    ]


def _other_currency(alias: str) -> str | None:
    """A currency in the books that is not the clinic's; None too where nothing is migrated yet."""
    for kept in (Invoice.objects, Payment.objects):
        other = kept.using(alias).exclude(currency=settings.CLINIC_CURRENCY).values_list("currency", flat=True)
        try:
            stored = other.order_by().first()
        except DatabaseError:
            return None
        if stored is not None:
            return str(stored)
    return None
