"""Fill the books with years of work, drawn from one seed: rows that check_books accepts.

Money is in cents, unit prices and percentages in ten-thousandths, quantities in thousandths.
"""

import json
import random
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Rows = Iterator[tuple[str, Row]]

BASKETS = 500
TAGS = ("insurance", "private", "urgent", "referral", "follow-up", "dental", "children", "abroad", "study", "reminder")
SERVICES = (
    "Consultation", "Blood count", "X-ray of the hand", "Physiotherapy, 30 minutes", "Vaccination", "ECG at rest",
    "Dressing of a wound", "Ultrasound of the abdomen", "Certificate", "Home visit", "Urine test", "Injection",
)  # fmt: skip
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class Basket:
    """The items of an invoice and their totals, from the product's calculator."""

    items: Sequence[Row]
    figures: Row
    descriptions: Sequence[str]

    @property
    def total(self) -> int:
        return int(self.figures["total_amount"])

    @property
    def is_plain(self) -> bool:
        """Return True if the total is the sum of the line totals."""
        return self.total == sum(int(item["line_total"]) for item in self.items)


def baskets(chance: random.Random, *, items: int) -> list[Basket]:
    """Return carts of this number of items; a tenth has a discount on the invoice, a tenth a tax."""
    return [_basket(chance, items, number) for number in range(BASKETS)]


def _basket(chance: random.Random, count: int, number: int) -> Basket:
    from billing.rules.totals import Line, calculate_totals

    items: list[Row] = []
    for position, text in enumerate(chance.sample(SERVICES, count), start=1):
        price = chance.choice((45_00, 80_00, 120_00, 24_50, 39_90))
        items.append(
            {
                "position": position,
                "code": f"S{SERVICES.index(text):02}",
                "description": text,
                "quantity": chance.choice((1_000, 1_000, 2_000, 1_500)),
                "unit_price": price * 100,
                "discount_percent": chance.choice((0,) * 9 + (10_0000,)),
                "tax_rate": 19_0000 if number % 10 == 1 else 0,
            }
        )
    percent = 12_5000 if number % 10 == 0 else 0
    lines = [
        Line(
            quantity=Decimal(item["quantity"]) / 1000,
            unit_price=Decimal(item["unit_price"]) / 10_000,
            discount_percent=Decimal(item["discount_percent"]) / 10_000,
            tax_rate=(Decimal(item["tax_rate"]) / 10_000).quantize(Decimal("0.0001")),
        )
        for item in items
    ]
    totals = calculate_totals(lines, discount_amount=Decimal("0.00"), discount_percent=Decimal(percent) / 10_000)
    for item, line_total in zip(items, totals.line_totals, strict=True):
        item["line_total"] = _cents(line_total)
    taxes = [{name: str(getattr(tax, name)) for name in ("rate", "net", "tax")} for tax in totals.taxes]
    names = ("subtotal", "discount_total", "tax_amount", "total_amount")
    figures = {name: _cents(getattr(totals, name)) for name in names}
    descriptions = list(dict.fromkeys(item["description"] for item in items))
    return Basket(items, {**figures, "discount_percent": percent, "taxes": json.dumps(taxes)}, descriptions)


def _cents(amount: Decimal) -> int:
    return int(amount.scaleb(2))


class Books:
    """Generator of patients, tags and invoices with their rows; `series` and `receipts` are the last numbers."""

    def __init__(self, *, invoices: int, items: int, days: int, until: datetime, by: int) -> None:
        from clinic.domain.text import search_text

        self.search_text = search_text
        self.chance = random.Random(7)
        self.count, self.days, self.until, self.by = invoices, days, until, by
        self.people = [self.key() for _ in range(max(1, invoices // 4))]
        self.tag_keys = [self.key() for _ in TAGS]
        self.baskets = baskets(self.chance, items=items)
        self.plain = [basket for basket in self.baskets if basket.is_plain]
        self.series: defaultdict[tuple[str, int], int] = defaultdict(int)
        self.receipts = 0

    def key(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)

    def tags(self) -> Iterator[Row]:
        for key, name in zip(self.tag_keys, TAGS, strict=True):
            yield {"id": key, "name": name, "key": name}

    def patients(self) -> Iterator[Row]:
        from clinic.domain.phones import phone_forms
        from clinic.domain.text import comparison_key, search_text

        for number, key in enumerate(self.people):
            given, family = _name(number)
            record = f"P-{number + 1:06d}"
            phone, email = f"+49 30 {number:07d}", f"person{number}@example.org"
            yield {
                "id": key,
                "record_number": record,
                "given_name": given,
                "family_name": family,
                "phone": phone,
                "email": email,
                "address": f"{number % 90} High Street",
                "record_key": comparison_key(record),
                "sort_name": comparison_key(f"{family} {given}"),
                "given_name_key": comparison_key(f"{given} {family}"),
                "search_text": search_text(f"{given} {family}", record, email, *phone_forms(phone)),
            }

    def invoices(self, *, batch: int) -> Iterator[dict[str, list[Row]]]:
        """Yield the rows of all invoices by table, in chunks of whole invoices."""
        for first in range(0, self.count, batch):
            rows: defaultdict[str, list[Row]] = defaultdict(list)
            for number in range(first, min(first + batch, self.count)):
                age = self.days * (1 - number / self.count)
                for table, row in self.invoice(number, self.until - timedelta(days=age), age):
                    rows[table].append(row)
            yield rows

    def invoice(self, number: int, at: datetime, age: float) -> Rows:
        """Yield the rows of an invoice that is a draft, void or issued, with its items, tags and events.

        Four in a hundred are drafts for two months, one is void.
        """
        fate = self.chance.random()
        is_draft = fate < (0.04 if age < 60 else 0.001)
        settled = "VOID" if fate > 0.99 else "DRAFT" if is_draft else self._outcome(age)
        basket = self.chance.choice(self.plain if settled == "CREDITED" else self.baskets)
        person = self.chance.randrange(len(self.people))
        row: Row = {
            "id": self.key(),
            "reg_number": _draft_number(number) if is_draft else self.draw("INV", at),
            "patient_id": self.people[person],
            "created_at": at,
            "updated_at": at,
            "issue_date": None if is_draft else at,
            "due_date": None if is_draft else at + timedelta(days=30),
            "bill_to_name": "" if is_draft else " ".join(_name(person)),
            "bill_to_address": "" if is_draft else f"{person % 90} High Street",
            "particulars": "{}" if is_draft else self.particulars(person),
            "version": 1,
            **basket.figures,
            "status": settled,
            "paid_amount": 0,
            "credited_amount": 0,
            "written_off_amount": 0,
            "remaining_amount": basket.total,
        }
        row["search_text"] = self.search_text(row["reg_number"], *basket.descriptions)
        items = [{"id": self.key(), "invoice_id": row["id"], **item} for item in basket.items]
        yield from (("InvoiceItem", item) for item in items)
        for tag in self.chance.sample(self.tag_keys, self.chance.choice((0, 0, 1, 2))):
            yield "tags", {"invoice_id": row["id"], "tag_id": tag}
        yield "InvoiceEvent", self.event(row, "created", "DRAFT", at)
        if not is_draft:
            yield from self.issued(row, items, settled, at)
        yield "Invoice", row

    def issued(self, row: Row, items: Sequence[Row], outcome: str, at: datetime) -> Rows:
        """Yield the rows of what happened to an issued invoice, and update `row`."""
        later, total = min(at + timedelta(days=20), self.until - timedelta(minutes=1)), row["total_amount"]
        row["version"], row["status"] = 2, "ISSUED"
        yield "InvoiceEvent", self.event(row, "issued", "ISSUED", at)
        if outcome == "ISSUED":
            return
        row["version"], row["status"], row["updated_at"] = 3, outcome, later
        kind = "paid"
        if outcome == "VOID":
            kind = "voided"
        elif outcome == "WRITTEN_OFF":
            kind, row["written_off_amount"] = "written_off", total
            yield "WriteOff", self.signed(later, invoice_id=row["id"], amount=total, reason="No reply")
        elif outcome == "CREDITED":
            kind, row["status"], row["credited_amount"] = "credit_note", "PAID", total
            yield from self.credited(row, items, later)
        else:
            row["paid_amount"] = total // 3 if outcome == "PARTIALY_PAID" else total
            yield from self.paid(row, later)
        settled = sum(row[f"{name}_amount"] for name in ("paid", "credited", "written_off"))
        row["remaining_amount"] = 0 if outcome == "VOID" else total - settled
        yield "InvoiceEvent", self.event(row, kind, row["status"], later)

    def credited(self, row: Row, items: Sequence[Row], at: datetime) -> Rows:
        note = self.signed(
            at,
            invoice_id=row["id"],
            number=self.draw("CN", at),
            total_amount=row["total_amount"],
            tax_amount=0,
            reason="Not rendered",
        )
        yield "CreditNote", note
        for item in items:
            line = {"credit_note_id": note["id"], "item_id": item["id"], "total_amount": item["line_total"]}
            yield "CreditNoteLine", self.signed(at, **line, tax_amount=0)

    def paid(self, row: Row, at: datetime) -> Rows:
        """Yield the rows of a payment; one in 200 is 10.00 too high, and half of these are refunded."""
        amount, excess = row["paid_amount"], self.chance.choice((0,) * 199 + (1_000,))
        self.receipts += 1
        method = self.chance.choice(("cash", "card", "card", "transfer"))
        payer = {"name": row["bill_to_name"], "address": row["bill_to_address"]}
        particulars = json.dumps({**json.loads(row["particulars"]), "payer": payer, "author": "desk"})
        of_patient = {"patient_id": row["patient_id"], "method": method, "particulars": particulars}
        receipt = {"receipt_number": f"REC-{at.year}-{self.receipts:06d}", "received_at": at}
        payment = self.signed(at, **of_patient, **receipt, amount=amount + excess, excess_amount=excess)
        yield "Payment", payment
        part = {"payment_id": payment["id"], "invoice_id": row["id"], "refund_id": None, "amount": amount}
        yield "PaymentAllocation", self.signed(at, **part)
        if excess and self.receipts % 2:
            refund = self.signed(at, **of_patient, amount=excess, reason="Wants it back")
            yield "Refund", refund
            part |= {"invoice_id": None, "refund_id": refund["id"], "amount": excess}
            yield "PaymentAllocation", self.signed(at, **part)

    def event(self, row: Row, kind: str, status: str, at: datetime) -> Row:
        return self.signed(at, invoice_id=row["id"], kind=kind, version=row["version"], status=status)

    def signed(self, at: datetime, **columns: Any) -> Row:
        return {"id": self.key(), "created_at": at, "created_by_id": self.by, **columns}

    def draw(self, document: str, at: datetime) -> str:
        self.series[document, at.year] += 1
        return f"{document}-{at.year}-{self.series[document, at.year]:06d}"

    def particulars(self, person: int) -> str:
        patient = {"id": str(self.people[person]), "record_number": f"P-{person + 1:06d}"}
        patient |= {"name": " ".join(_name(person)), "address": f"{person % 90} High Street"}
        return json.dumps({"patient": {**patient, "birth_date": None}, "clinic": {"name": "Clinic", "address": ""}})

    def _outcome(self, age: float) -> str:
        """Return the status of an invoice of this age: after three months, 99 of 100 are settled."""
        fate, owed = self.chance.random(), 0.01 if age > 90 else 0.3
        if fate < owed:
            return "PARTIALY_PAID" if fate < owed / 4 else "ISSUED"
        return "WRITTEN_OFF" if fate > 0.99 else "CREDITED" if fate > 0.98 else "PAID"


def _name(number: int) -> tuple[str, str]:
    return f"Mária{number % 997}", f"Kovacs{number % 1009}"


def _draft_number(number: int) -> str:
    letters = ""
    for _ in range(10):
        number, digit = divmod(number, 32)
        letters = BASE32[digit] + letters
    return f"DRAFT-{letters}"
