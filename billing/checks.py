"""System checks of the books: currency and time zone match the settings, the triggers are in place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections
from django.utils import timezone

from billing.models import Invoice, Payment, triggers
from clinic.db.migration_history import read_history
from clinic.domain.clock import MAX_STEP
from patients.models import Patient


@checks.register(checks.Tags.database)
def check_currency(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Return an Error for a database whose invoices or payments are in another currency than CLINIC_CURRENCY."""
    return [
        checks.Error(
            f"The books contain amounts in {stored}, but CLINIC_CURRENCY is {settings.CLINIC_CURRENCY}.",
            hint=f"Set CLINIC_CURRENCY={stored}; a database can contain only one currency.",
            id="billing.E001",
        )
        for alias in databases or []
        if (stored := _other_currency(alias)) is not None
    ]


@checks.register(checks.Tags.database)
def check_history(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Return an Error for a database with migrations that this version of the program does not have."""
    found: list[checks.CheckMessage] = []
    for alias in databases or []:
        history = read_history(connections[alias])
        if history.newer:
            found.append(
                checks.Error(
                    f"The database is newer than this program, which does not know {', '.join(history.newer)}.",
                    hint="Start the newer version of the program. To go back to this one, restore the backup that was "
                    "made before the upgrade.",
                    id="billing.E004",
                )
            )
        elif history.unknown:
            found.append(
                checks.Error(
                    f"The database “{alias}” was created by another version of this product and cannot be upgraded: it "
                    f"has the unknown migration {history.unknown[0]}.",
                    hint="Use the version that created it, or move the database away (the embedded one is "
                    "var/clinic.sqlite3, with its -wal and -shm files); then manage.py migrate and script/server "
                    "create a new one.",
                    id="billing.E003",
                )
            )
    return found


@checks.register(checks.Tags.database)
def check_triggers(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Return an Error for a migrated database whose triggers are missing or altered."""
    return [
        checks.Error(
            f"The books in “{alias}” are not protected; these triggers are missing or altered: {', '.join(missing)}.",
            hint="Somebody changed the tables by hand. Check the books (check_books), then recreate the triggers: "
            "in `manage.py shell`, call billing.models.triggers.create(connection).",
            id="billing.E002",
        )
        for alias in databases or []
        if (missing := _missing_triggers(alias))
    ]


@checks.register(checks.Tags.database)
def check_zone(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Return a Warning for a database whose last invoice was issued in another zone than CLINIC_TIME_ZONE."""
    return [
        checks.Warning(
            f"The last invoice was issued in zone {zone}, but CLINIC_TIME_ZONE is {settings.CLINIC_TIME_ZONE}.",
            hint=f"Set CLINIC_TIME_ZONE={zone}: in another zone, invoices issued or due around midnight have another "
            "date, and around New Year one that does not match the year in their number.",
            id="billing.W001",
        )
        for alias in databases or []
        if (zone := _zone_of_last_invoice(alias)) not in {None, settings.CLINIC_TIME_ZONE}
    ]


@checks.register(checks.Tags.database)
def check_clock(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Return a Warning for a database whose newest record was created in the future."""
    latest = timezone.now() + MAX_STEP
    return [
        checks.Warning(
            f"The newest record was created at {newest:%Y-%m-%d %H:%M} UTC, which is in the future.",
            hint="Set the clock of this machine (by NTP). If it was ahead before, records that are created until "
            "that time come before that one in lists, and a reader of pages may miss them.",
            id="billing.W002",
        )
        for alias in databases or []
        if (newest := _newest_creation(alias)) is not None and newest > latest
    ]


def _newest_creation(alias: str) -> datetime | None:
    """Return the time at which the newest patient, invoice or payment was created; None without any."""
    newest = [model.objects.using(alias).order_by("-created_at", "-pk") for model in (Patient, Invoice, Payment)]
    try:
        times = [rows.values_list("created_at", flat=True).first() for rows in newest]
    except DatabaseError:  # not migrated yet
        return None
    return max(filter(None, times), default=None)


def _zone_of_last_invoice(alias: str) -> str | None:
    """Return the time zone that was frozen with the last issued invoice; None before the first."""
    issued = Invoice.objects.using(alias).exclude(particulars={}).order_by("-created_at", "-pk")
    try:
        particulars = issued.values_list("particulars", flat=True).first()
    except DatabaseError:  # not migrated yet
        return None
    return particulars["clinic"].get("time_zone") if particulars else None


def _missing_triggers(alias: str) -> list[str]:
    """Return the triggers that a database lacks; none unless it has the migrations of this program, and no others."""
    connection = connections[alias]
    try:
        history = read_history(connection)
        return [] if history.pending or history.unknown else triggers.missing(connection)
    except DatabaseError:
        return []


def _other_currency(alias: str) -> str | None:
    """Return a stored currency other than CLINIC_CURRENCY; None if there is none, or no table yet."""
    for rows in (Invoice.objects, Payment.objects):
        other = rows.using(alias).exclude(currency=settings.CLINIC_CURRENCY).values_list("currency", flat=True)
        try:
            stored = other.order_by().first()
        except DatabaseError:
            return None
        if stored is not None:
            return str(stored)
    return None
