"""Books of any size for a benchmark: invoices and money as years of work leave them, written past the verbs."""

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

BATCH = 10_000
TABLES = ("Invoice", "Payment", "Refund", "CreditNote", "WriteOff", "PaymentAllocation")
Rows = Iterator[tuple[str, dict[str, Any]]]


def fill(*, invoices: int, days: int, until: datetime, by: Any) -> None:
    """So many invoices with their money, evenly over the days before `until`; the same ones every time.

    Four in a hundred are drafts for two months, one is void; of the others all but one are settled after three
    months. One payment in 200 brings 10.00 too much; half of these are handed out again.
    """
    from django.db import connection

    from billing import models
    from billing.models import triggers
    from patients.models import Patient

    triggers.drop(connection)
    drawn = _Books(random.Random(7), invoices, days, until, by)
    _write(Patient, list(drawn.patients()))
    made = drawn.invoices()
    while batch := list(islice(made, BATCH)):
        for name in TABLES:
            _write(getattr(models, name), [row for table, row in batch if table == name])
    triggers.create(connection)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


class _Books:
    """What happened, drawn from one seed. Money is in cents: these rows go to the database as they are."""

    def __init__(self, chance: random.Random, count: int, days: int, until: datetime, by: Any) -> None:
        self.chance, self.count, self.days, self.until, self.by = chance, count, days, until, by
        self.people = [self.key() for _ in range(max(1, count // 4))]
        self.receipts = 0

    def key(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)

    def patients(self) -> Iterator[dict[str, Any]]:
        for number, key in enumerate(self.people):
            given, family = f"mária{number % 997}", f"kovacs{number % 1009}"
            record = f"P-{number:06d}"
            yield {
                "id": key,
                "record_number": record,
                "given_name": given.title(),
                "family_name": family.title(),
                "sort_name": f"{family} {given}",
                "search_text": f"maria{number % 997} {family} {record.lower()}",
            }

    def invoices(self) -> Rows:
        for number in range(self.count):
            age = self.days * (1 - number / self.count)
            yield from self.invoice(number, self.until - timedelta(days=age), age)

    def invoice(self, number: int, at: datetime, age: float) -> Rows:
        total = self.chance.choice((4_500, 8_000, 12_000, 25_000, 39_900))
        fate = self.chance.random()
        invoice: dict[str, Any] = {
            "id": self.key(),
            "reg_number": f"INV-{at.year}-{number:06d}",
            "patient_id": self.chance.choice(self.people),
            "created_at": at,
            "updated_at": at,
            "issue_date": at,
            "due_date": at + timedelta(days=30),
            "subtotal": total,
            "total_amount": total,
            "search_text": f"inv-{at.year}-{number:06d}\nconsultation",
        }
        sums = {"paid_amount": 0, "credited_amount": 0, "written_off_amount": 0}
        if fate < (0.04 if age < 60 else 0.001):
            draft = {"status": "DRAFT", "reg_number": f"DRAFT-{number}", "issue_date": None, "due_date": None}
            yield "Invoice", invoice | sums | draft | {"remaining_amount": total}
            return
        if fate > 0.99:
            yield "Invoice", invoice | sums | {"status": "VOID", "remaining_amount": 0}
            return
        yield from self.settled(invoice, sums, self.chance.random(), age)

    def settled(self, invoice: dict[str, Any], sums: dict[str, int], fate: float, age: float) -> Rows:
        """What became of an issued invoice: nothing yet, a part paid, all of it, a credit note, a write-off."""
        total, at = invoice["total_amount"], invoice["issue_date"]
        later = min(at + timedelta(days=20), self.until - timedelta(minutes=1))
        owed = 0.01 if age > 90 else 0.3
        status = "PAID"
        if fate < owed:
            status = "PARTIALY_PAID" if fate < owed / 4 else "ISSUED"
            sums["paid_amount"] = total // 3 if status == "PARTIALY_PAID" else 0
        elif fate > 0.99:
            status, sums["written_off_amount"] = "WRITTEN_OFF", total
        elif fate > 0.98:
            sums["credited_amount"] = total
        else:
            sums["paid_amount"] = total
        yield "Invoice", invoice | sums | {"status": status, "remaining_amount": total - sum(sums.values())}
        if sums["written_off_amount"]:
            yield "WriteOff", self.row(later, invoice_id=invoice["id"], amount=total, reason="No reply")
        if sums["credited_amount"]:
            document = {"number": f"CN-{invoice['reg_number']}", "reason": "Not rendered", "tax_amount": 0}
            yield "CreditNote", self.row(later, invoice_id=invoice["id"], total_amount=total, **document)
        if sums["paid_amount"]:
            yield from self.paid(invoice, sums["paid_amount"], later)

    def paid(self, invoice: dict[str, Any], amount: int, at: datetime) -> Rows:
        excess = self.chance.choice((0,) * 199 + (1_000,))
        self.receipts += 1
        method = self.chance.choice(("cash", "card", "card", "transfer"))
        of_patient = {"patient_id": invoice["patient_id"], "method": method}
        receipt = {"receipt_number": f"REC-{self.receipts}", "received_at": at}
        payment = self.row(at, **of_patient, **receipt, amount=amount + excess)
        yield "Payment", payment
        part = {"payment_id": payment["id"], "invoice_id": invoice["id"], "refund_id": None, "amount": amount}
        yield "PaymentAllocation", self.row(at, **part)
        if excess and self.receipts % 2:
            refund = self.row(at, **of_patient, amount=excess, reason="Wants it back")
            yield "Refund", refund
            part |= {"invoice_id": None, "refund_id": refund["id"], "amount": excess}
            yield "PaymentAllocation", self.row(at, **part)

    def row(self, at: datetime, **columns: Any) -> dict[str, Any]:
        return {"id": self.key(), "created_at": at, "created_by_id": self.by.pk, **columns}


def _write(model: Any, rows: list[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns; of the other columns each has its default."""
    from django.db import connection, transaction

    if not rows:
        return
    blank = model(**({"currency": "EUR"} if hasattr(model, "currency") else {}))
    fixed = {
        field.column: field.get_db_prep_save(getattr(blank, field.attname), connection)
        for field in model._meta.concrete_fields
        if field.column not in rows[0]
    }
    names = [*rows[0], *fixed]
    lines = [[*map(_stored, row.values()), *fixed.values()] for row in rows]
    columns = ", ".join(f'"{name}"' for name in names)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(line)
        else:
            places = ", ".join("?" * len(names))
            cursor.connection.executemany(f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({places})", lines)


def _stored(value: Any) -> Any:
    """A UUID or a moment as the database in use keeps it."""
    from django.db import connection

    if connection.vendor == "sqlite":
        if isinstance(value, uuid.UUID):
            return value.hex
        if isinstance(value, datetime):
            return value.replace(tzinfo=None).isoformat(" ")
    return value
