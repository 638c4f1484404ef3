"""System checks of the books: their currency is that of the settings, their triggers are in place."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections
from django.db.migrations.loader import MigrationLoader

from billing.models import Invoice, Payment, triggers


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


@checks.register(checks.Tags.database)
def check_triggers(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """An Error for a migrated database that lacks triggers, or has others than these."""
    return [
        checks.Error(
            f"The books in “{alias}” are not guarded; these triggers are missing or altered: {', '.join(missing)}.",
            hint="Somebody changed the tables by hand. Find out what was written meanwhile (check_books), then make "
            "the triggers anew: from `manage.py shell`, billing.models.triggers.create(connection).",
            id="billing.E002",
        )
        for alias in databases or []
        if (missing := _missing_triggers(alias))
    ]


def _missing_triggers(alias: str) -> list[str]:
    """The triggers that a database lacks; none where a migration is still to be run, which may bring them."""
    connection = connections[alias]
    try:
        loader = MigrationLoader(connection)
        ours = {key for key in loader.graph.nodes if key[0] == "billing"}
        return triggers.missing(connection) if ours <= set(loader.applied_migrations) else []
    except DatabaseError:
        return []


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
