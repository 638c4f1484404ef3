"""Fill the database for a benchmark: patients, invoices with items, money and history, without the operations."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from typing import Any

from books import Books, Row

BATCH = 2_000  # invoices
TABLES = (
    "Invoice", "InvoiceItem", "tags", "InvoiceEvent", "Payment", "Refund", "CreditNote", "CreditNoteLine", "WriteOff",
    "PaymentAllocation",
)  # fmt: skip


def fill(*, invoices: int, days: int, until: datetime, by: Any, items: int = 5, documents: bool = True) -> None:
    """Insert invoices with their money, evenly over the days before `until`; the same ones every time.

    The books are empty before, and agree with themselves afterwards: check_books finds nothing. Without `documents`,
    what the API tells of an invoice is made when it is read.
    """
    from django.db import connection

    from billing import models
    from billing.models import triggers
    from patients.models import Patient, RecordCounter

    books = Books(invoices=invoices, items=items, days=days, until=until, by=by.pk)
    of_name: dict[str, Any] = {name: getattr(models, name, None) for name in TABLES}
    of_name["tags"] = models.Invoice.tags.through
    triggers.drop(connection)
    with without_indexes([Patient, *of_name.values()]):
        _write(Patient, list(books.patients()))
        _write(models.Tag, list(books.tags()))
        for rows in books.invoices(batch=BATCH):
            for name in TABLES:
                _write(of_name[name], rows[name])
    RecordCounter.objects.create(pk=1, last=len(books.people))
    _count_on(books)
    triggers.create(connection)
    is_rewritten = documents and _write_documents()
    with connection.cursor() as cursor:
        if is_rewritten and connection.vendor == "postgresql":  # every row was written twice
            cursor.execute("VACUUM FULL billing_invoice")
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


@contextmanager
def without_indexes(models: Iterable[Any]) -> Iterator[None]:
    """Postpone what PostgreSQL does faster at once: checking foreign keys, and updating the search indexes."""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexdef NOT LIKE '%%UNIQUE%%'",
            [tables],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        if cursor.fetchone()[0]:
            cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("RESET session_replication_role")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for _, definition in indexes:
            cursor.execute(definition)


def _write_documents() -> bool:
    """Check that each invoice has a stored representation."""
    from django.core.management import call_command, get_commands

    if "write_documents" not in get_commands():
        return False
    with StringIO() as unread:
        call_command("write_documents", stdout=unread, stderr=unread)
    return True


def _count_on(books: Books) -> None:
    """Set the number series to the last numbers that were used."""
    from django.db import connection

    from billing.models import NumberSeries
    from billing.models.numbering import RECEIPT_SEQUENCE

    counted = [
        NumberSeries(document=document, year=year, last_number=last) for (document, year), last in books.series.items()
    ]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT setval('{RECEIPT_SEQUENCE}', {max(1, books.receipts)})")
    else:
        years = {year for _, year in books.series}
        counted += [NumberSeries(document="REC", year=year, last_number=books.receipts) for year in years]
    NumberSeries.objects.bulk_create(counted)


def _write(model: Any, rows: Sequence[Row]) -> None:
    """Insert rows with the same columns; the other columns get their defaults."""
    from django.db import connection, models, transaction

    if not rows:
        return
    blank = model(**({"currency": "EUR"} if hasattr(model, "currency") else {}))
    fixed = {
        field.column: field.get_db_prep_save(getattr(blank, field.attname), connection)
        for field in model._meta.concrete_fields
        if field.column not in rows[0] and not isinstance(field, models.AutoField)
    }
    columns = ", ".join(f'"{name}"' for name in [*rows[0], *fixed])
    defaults = list(fixed.values())
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row([*row.values(), *defaults])
        else:
            places = ", ".join("?" * (len(rows[0]) + len(fixed)))
            lines = [[*map(_stored, row.values()), *defaults] for row in rows]
            cursor.connection.executemany(f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({places})", lines)


def _stored(value: Any) -> Any:
    """Return a UUID or a datetime as SQLite stores it."""
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    return value
