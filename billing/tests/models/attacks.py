"""The list of attacks: raw SQL against the books, and what of the answer names the guard that refused it.

`pytest -s billing/tests/models/test_attacks.py` prints each with its answer.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.apps import apps
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from billing.models import BooksClosing, CreditNote, InvoiceItem, NumberSeries, Payment, Refund, WriteOff
from billing.models.triggers import GUARDED_TABLES
from billing.models.triggers.ledger_guards import LEDGER
from billing.operations.payments import refund_credit
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory, item
from clinic.calendar import day_of, start_of
from patients.tests.factories import AppointmentFactory, PatientFactory

BOTH = ("sqlite", "postgresql")
SQLITE, POSTGRESQL = ("sqlite",), ("postgresql",)


@dataclass(frozen=True, slots=True)
class Attack:
    """`sql` holds statements with names of `build_books` in braces; `answer` is part of what the database says."""

    name: str
    sql: tuple[str, ...]
    answer: str
    vendors: tuple[str, ...] = BOTH
    at_commit: bool = False


def build_books():
    """A clinic's books with something of everything; the names that the attacks use, for what stands there."""
    now, clerk = timezone.now(), ClerkFactory()
    who = {"by": clerk, "at": now}
    patient = PatientFactory()
    appointment = AppointmentFactory(patient=patient)
    invoices = {
        "draft": InvoiceFactory(patient=patient),
        "empty": InvoiceFactory(items=[]),
        "issued": InvoiceFactory(issued=True, patient=patient, appointment=appointment),
        "part_paid": InvoiceFactory(part_paid=True, patient=patient),
        "paid": InvoiceFactory(paid=True, patient=patient, appointment=appointment),
        "refunded": InvoiceFactory(refunded="30.00"),
        "void": InvoiceFactory(void=True, patient=patient),
        "written_off": InvoiceFactory(written_off=True),
        "part_written_off": InvoiceFactory(part_written_off=True),
        "reinstated": InvoiceFactory(reinstated=True),
        "credited": InvoiceFactory(credited=True, items=[item("60.00"), item("40.00", description="Dressing")]),
        "overdue": InvoiceFactory(overdue=True),
    }
    credit = PaymentFactory(amount="50.00")
    handed_out = PaymentFactory(amount="50.00")
    refund = refund_credit(payment=handed_out, amount=Decimal("20.00"), method="cash", reason="Asked for it", **who)
    bounced = PaymentFactory(reversed=True)
    BooksClosing.objects.close(through=day_of(now - timedelta(days=45)), reason="Year end", **who)
    closed = start_of(day_of(now - timedelta(days=50)))
    rows = {
        "credit": credit,
        "handed_out": handed_out,
        "credit_refund": refund,
        "bounced": bounced,
        "reversal": bounced.reversed_by,
        "payment": Payment.objects.filter(allocations__invoice=invoices["paid"]).first(),
        "part_payment": Payment.objects.filter(allocations__invoice=invoices["part_paid"]).first(),
        "refund": Refund.objects.get(invoice=invoices["refunded"]),
        "write_off": WriteOff.objects.get(invoice=invoices["written_off"]),
        "whole_reversed": WriteOff.objects.get(invoice=invoices["reinstated"], reverses=None),
        "note": CreditNote.objects.get(),
        "issued_item": InvoiceItem.objects.get(invoice=invoices["issued"]),
        "credited_item": InvoiceItem.objects.filter(invoice=invoices["credited"]).first(),
        "draft_item": InvoiceItem.objects.get(invoice=invoices["draft"]),
        "other_patient": PatientFactory(),
    }
    connection.check_constraints()  # what waits for the commit is in order
    year = day_of(now).year
    last = NumberSeries.objects.get(document="INV", year=year).last_number
    return {
        **{name: row.pk.hex for name, row in (invoices | rows).items()},
        "new": uuid.uuid4().hex,
        "newer": uuid.uuid4().hex,
        "now": now.strftime("%Y-%m-%d %H:%M:%S"),
        "closed": closed.strftime("%Y-%m-%d %H:%M:%S"),
        "year": str(year),
        "taken_number": invoices["issued"].reg_number,
        "next_number": f"INV-{year}-{last + 1:06d}",
        "far_number": f"INV-{year}-{last + 100:06d}",
        "long_ago": str(day_of(now - timedelta(days=400))),
        "today": str(day_of(now)),
        "series": str(NumberSeries.objects.get(document="INV", year=year).pk),
        "system": str(clerk.pk),
    }


def answer_to(attack: Attack, books: dict[str, str]) -> str:
    """What the database says to it; "" when it lets it through. Nothing of it stays."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in attack.sql:
                cursor.execute(statement.format(**books))
            if attack.at_commit:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    except DatabaseError as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA recursive_triggers=ON")
    return ""


def copy(table: str, of: str, verb: str = "INSERT", **other: str) -> str:
    """The statement that enters a row like the one with id `of`, but for some columns."""
    model = next(model for model in apps.get_app_config("billing").get_models() if model._meta.db_table == table)
    columns = [str(field.column) for field in model._meta.concrete_fields]
    values = ["'{new}'" if name == "id" and name not in other else other.get(name, name) for name in columns]
    return f"{verb} INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} WHERE id = '{of}'"


def update(name: str, **columns: str) -> str:
    """The statement that changes an invoice."""
    return f"UPDATE billing_invoice SET {', '.join(f'{k} = {v}' for k, v in columns.items())} WHERE id = '{{{name}}}'"


def enter(table: str, **columns: str) -> str:
    """The statement that enters a ledger row, signed, with these columns."""
    signed = {
        "id": "'{new}'",
        "created_at": "'{now}'",
        "created_by_id": "{system}",
        "client": "''",
        "request_id": "''",
        **columns,
    }
    return f"INSERT INTO {table} ({', '.join(signed)}) VALUES ({', '.join(signed.values())})"


def event(name: str, status: str, version: str = "version + 1") -> str:
    """The statement that forges an invoice's next event."""
    invoice = f"FROM billing_invoice WHERE id = '{{{name}}}'"
    return enter(
        "billing_invoiceevent",
        id="'{newer}'",
        invoice_id=f"'{{{name}}}'",
        kind="'voided'",
        version=f"(SELECT {version} {invoice})",
        status=f"'{status}'",
        reason="'forged'",
        changes="'{{}}'",
    )


NEXT = "version + 1"
STEP = "UPDATE billing_numberseries SET last_number = last_number + 1 WHERE id = {series}"
DATED = {"issue_date": "'{now}'", "due_date": "'{now}'"}
FROZEN = "what an issued invoice says never changes"
NO_MOVE = "that status cannot follow"
ITEMS = "the items of an issued invoice never change"

INVOICE_ATTACKS = [
    Attack("delete an issued invoice", ("DELETE FROM billing_invoice WHERE id = '{issued}'",), "never deleted"),
    Attack("delete a draft", ("DELETE FROM billing_invoice WHERE id = '{draft}'",), "never deleted"),
    Attack("delete every invoice", ("DELETE FROM billing_invoice",), "never deleted"),
    Attack(
        "lower the total of an issued invoice",
        (update("issued", subtotal="1", total_amount="1", remaining_amount="1"),),
        FROZEN,
    ),
    Attack("raise the total of a paid one", (update("paid", subtotal="20000", total_amount="20000"),), FROZEN),
    *(
        Attack(f"change {column} of an issued invoice", (update("issued", **{column: value}),), FROZEN)
        for column, value in {
            "reg_number": "'{far_number}'",
            "patient_id": "'{other_patient}'",
            "issue_date": "'2020-01-01 00:00:00'",
            "bill_to_name": "'Somebody else'",
            "bill_to_address": "'Elsewhere'",
            "discount_amount": "1",
            "discount_percent": "1",
            "taxes": "'[1]'",
            "particulars": "'{{}}'",
            "corrects_id": "'{void}'",
        }.items()
    ),
    *(
        Attack(f"change {column} of an invoice", (update("draft", **{column: value}),), "never change")
        for column, value in {"id": "'{new}'", "currency": "'XXX'", "created_at": "'2020-01-01 00:00:00'"}.items()
    ),
    *(
        Attack(f"change {column} of a {name} invoice", (update(name, **{column: "NULL"}),), "frozen once")
        for name, column in [
            ("paid", "appointment_id"),
            ("paid", "due_date"),
            ("void", "due_date"),
            ("written_off", "due_date"),
        ]
    ),
    Attack("turn the version back", (update("paid", version="1"),), "the version of an invoice never falls"),
    *(
        Attack(
            f"make an invoice that is {name} {status}",
            (event(name, status), update(name, status=f"'{status}'", version=NEXT)),
            NO_MOVE,
        )
        for name, status in [
            ("issued", "DRAFT"),
            ("paid", "DRAFT"),
            ("paid", "WRITTEN_OFF"),
            ("void", "DRAFT"),
            ("void", "ISSUED"),
            ("written_off", "DRAFT"),
            ("draft", "WRITTEN_OFF"),
            ("issued", "OVERDUE"),
        ]
    ),
    Attack(
        "make an issued invoice paid, without money",
        (
            event("issued", "PAID"),
            update("issued", status="'PAID'", paid_amount="10000", remaining_amount="0", version=NEXT),
        ),
        "paid_amount is the sum of billing_paymentallocation",
    ),
    Attack(
        "make an issued invoice paid, nothing else changed",
        (event("issued", "PAID"), update("issued", status="'PAID'", version=NEXT)),
        "invoice_status_follows_amounts",
    ),
    Attack(
        "make a paid invoice unpaid",
        (
            event("paid", "ISSUED"),
            update("paid", status="'ISSUED'", paid_amount="0", remaining_amount="10000", version=NEXT),
        ),
        "paid_amount is the sum of billing_paymentallocation",
    ),
    Attack("raise a deposit", (update("draft", paid_amount="500", remaining_amount="9500"),), "paid_amount is the sum"),
    Attack(
        "credit without a credit note",
        (update("issued", credited_amount="100", remaining_amount="9900"),),
        "credited_amount is the sum",
    ),
    Attack(
        "write off without a write-off",
        (update("issued", written_off_amount="100", remaining_amount="9900"),),
        "written_off_amount is the sum",
    ),
    Attack("let the remaining amount lie", (update("issued", remaining_amount="1"),), "invoice_remaining_ties_up"),
    Attack(
        "void without an event",
        (update("issued", status="'VOID'", remaining_amount="0", version=NEXT),),
        "a new status needs the event",
    ),
    Attack(
        "void with money in it",
        (event("part_paid", "VOID"), update("part_paid", status="'VOID'", remaining_amount="0", version=NEXT)),
        "invoice_status_follows_amounts",
    ),
    Attack(
        "void an invoice of a closed period",
        (event("overdue", "VOID"), update("overdue", status="'VOID'", remaining_amount="0", version=NEXT)),
        "no invoice of a closed period is issued or voided",
    ),
    Attack(
        "write a subtotal that the items do not have",
        (update("draft", subtotal="1", total_amount="1", remaining_amount="1"),),
        "the subtotal is the sum",
    ),
    Attack(
        "issue with an invented number",
        (
            event("draft", "ISSUED"),
            update("draft", status="'ISSUED'", reg_number="'{far_number}'", version=NEXT, **DATED),
        ),
        "takes the next number of its series",
    ),
    Attack(
        "issue with the number of another year",
        (
            STEP,
            event("draft", "ISSUED"),
            update(
                "draft",
                status="'ISSUED'",
                reg_number="'{next_number}'",
                version=NEXT,
                issue_date="'2001-06-01 00:00:00'",
                due_date="'{now}'",
            ),
        ),
        "takes the next number of its series",
    ),
    Attack(
        "issue with a number that is taken",
        (
            event("draft", "ISSUED"),
            update("draft", status="'ISSUED'", reg_number="'{taken_number}'", version=NEXT, **DATED),
        ),
        "",
    ),
    Attack(
        "issue an invoice without items",
        (
            STEP,
            event("empty", "PAID"),
            update("empty", status="'PAID'", reg_number="'{next_number}'", version=NEXT, **DATED),
        ),
        "an invoice without items is not issued",
    ),
    Attack(
        "issue in a closed period",
        (
            STEP,
            event("draft", "ISSUED"),
            update(
                "draft",
                status="'ISSUED'",
                reg_number="'{next_number}'",
                version=NEXT,
                issue_date="'{closed}'",
                due_date="'{now}'",
            ),
        ),
        "no invoice of a closed period is issued or voided",
    ),
    Attack("number a draft", (update("draft", reg_number="'{next_number}'"),), "gets its number when it is issued"),
    Attack(
        "void a draft under an invoice's number",
        (
            event("draft", "VOID"),
            update("draft", status="'VOID'", reg_number="'{next_number}'", remaining_amount="0", version=NEXT),
        ),
        "gets its number when it is issued",
    ),
    Attack(
        "insert an issued invoice",
        (copy("billing_invoice", "{issued}", reg_number="'{next_number}'", corrects_id="NULL"),),
        "begins as a draft",
    ),
    Attack(
        "insert a draft that holds money",
        (
            copy(
                "billing_invoice",
                "{draft}",
                reg_number="'DRAFT-XXXXXXXXXX'",
                paid_amount="100",
                remaining_amount="9900",
            ),
        ),
        "begins as a draft",
    ),
    Attack(
        "give more than all as a discount",
        (update("draft", discount_percent="1000001"),),
        "invoice_discount_percent_bounds",
    ),
    Attack("overflow an amount", (update("draft", discount_amount="1000000000000"),), "invoice_amount_bounds"),
]

ITEM_ATTACKS = [
    Attack(
        "add an item to an issued invoice",
        (copy("billing_invoiceitem", "{issued_item}"),),
        "items are added to drafts only",
    ),
    *(
        Attack(
            f"change {column} of an issued item",
            (f"UPDATE billing_invoiceitem SET {column} = {value} WHERE id = '{{issued_item}}'",),
            ITEMS,
        )
        for column, value in {
            "unit_price": "1",
            "quantity": "2000",
            "line_total": "1",
            "tax_rate": "190000",
            "description": "'Nothing'",
            "position": "9",
            "code": "'X'",
        }.items()
    ),
    Attack("delete an issued item", ("DELETE FROM billing_invoiceitem WHERE id = '{issued_item}'",), ITEMS),
    Attack(
        "move an item from a draft to an issued invoice",
        ("UPDATE billing_invoiceitem SET invoice_id = '{issued}' WHERE id = '{draft_item}'",),
        ITEMS,
    ),
    Attack(
        "move an item from an issued invoice to a draft",
        ("UPDATE billing_invoiceitem SET invoice_id = '{draft}' WHERE id = '{issued_item}'",),
        ITEMS,
    ),
    Attack(
        "change the id of an item",
        ("UPDATE billing_invoiceitem SET id = '{new}' WHERE id = '{draft_item}'",),
        "the id of an item never changes",
    ),
    Attack(
        "sell a negative quantity",
        ("UPDATE billing_invoiceitem SET quantity = -1000 WHERE id = '{draft_item}'",),
        "item_quantity_bounds",
    ),
]

LEDGER_ATTACKS = [
    *(
        Attack(f"edit {table}", (f"UPDATE {table} SET created_at = '{{now}}'",), f"append-only ({table})")
        for table in LEDGER
    ),
    *(Attack(f"delete from {table}", (f"DELETE FROM {table}",), f"append-only ({table})") for table in LEDGER),
    Attack(
        "raise a payment", ("UPDATE billing_payment SET amount = amount * 2 WHERE id = '{payment}'",), "append-only"
    ),
    Attack(
        "delete the last event",
        ("DELETE FROM billing_invoiceevent WHERE invoice_id = '{paid}' AND kind = 'paid'",),
        "append-only",
    ),
    *(Attack(f"truncate {table}", (f"TRUNCATE {table} CASCADE",), "(billing_", POSTGRESQL) for table in GUARDED_TABLES),
]


def allocate(payment: str, invoice: str, amount: int, refund: str = "NULL") -> str:
    """The statement that puts a payment's cents onto an invoice, or into a refund."""
    return enter(
        "billing_paymentallocation",
        payment_id=f"'{{{payment}}}'",
        invoice_id=f"'{{{invoice}}}'" if invoice else "NULL",
        amount=str(amount),
        refund_id=refund,
    )


MONEY_ATTACKS = [
    Attack("put money onto a void invoice", (allocate("credit", "void", 100),), "a void invoice takes no money"),
    Attack("put more onto an invoice than was paid", (allocate("credit", "issued", 5001),), "beyond what it holds"),
    Attack("spend a payment twice", (allocate("payment", "issued", 100),), "beyond what it holds"),
    Attack("spend a payment that bounced", (allocate("bounced", "issued", 100),), "beyond what it holds"),
    Attack("spend a reversal", (allocate("reversal", "issued", 100),), "beyond what it holds"),
    Attack("spend a payment that does not exist", (allocate("new", "issued", 100),), "beyond what it holds"),
    Attack("take money off an invoice that has none", (allocate("credit", "issued", -100),), "does not release more"),
    Attack(
        "take more off an invoice than it holds",
        (allocate("part_payment", "part_paid", -4001),),
        "does not release more",
    ),
    Attack("allocate nothing", (allocate("credit", "issued", 0),), "allocation_amount_bounds"),
    Attack("hand out money without a refund", (allocate("credit", "", 100),), "allocation_to_invoice_or_refund"),
    Attack(
        "hand out more than the refund",
        (allocate("credit", "", 100, "'{credit_refund}'"),),
        "a refund does not take more",
    ),
    Attack(
        "receive a negative payment",
        (copy("billing_payment", "{credit}", amount="-100", receipt_number="'REC-X'"),),
        "payment_positive_unless_reversal",
    ),
    Attack(
        "reverse half a payment",
        (copy("billing_payment", "{credit}", amount="-2500", reverses_id="'{credit}'", receipt_number="'REC-X'"),),
        "a reversal takes back the whole",
    ),
    Attack(
        "reverse a reversal",
        (copy("billing_payment", "{reversal}", amount="5000", reverses_id="'{reversal}'", receipt_number="'REC-X'"),),
        "a reversal takes back the whole",
    ),
    Attack("reverse a payment twice", (copy("billing_payment", "{reversal}", receipt_number="'REC-X'"),), ""),
    Attack(
        "reverse a payment of which money was handed out",
        (
            copy(
                "billing_payment",
                "{handed_out}",
                amount="-5000",
                reverses_id="'{handed_out}'",
                receipt_number="'REC-X'",
            ),
        ),
        "money was handed out",
    ),
    Attack(
        "date a payment in a closed period",
        (copy("billing_payment", "{credit}", received_at="'{closed}'", receipt_number="'REC-X'"),),
        "closed period",
    ),
    Attack("use a receipt number twice", (copy("billing_payment", "{credit}"),), ""),
    Attack(
        "date a refund in a closed period",
        (copy("billing_refund", "{refund}", created_at="'{closed}'"),),
        "closed period",
    ),
    Attack("refund a negative amount", (copy("billing_refund", "{refund}", amount="-1"),), "refund_amount_bounds"),
    Attack(
        "write off a draft",
        (copy("billing_writeoff", "{write_off}", invoice_id="'{draft}'"),),
        "only an issued invoice is written off",
    ),
    Attack(
        "write off a void invoice",
        (copy("billing_writeoff", "{write_off}", invoice_id="'{void}'"),),
        "only an issued invoice is written off",
    ),
    Attack(
        "date a write-off in a closed period",
        (copy("billing_writeoff", "{write_off}", created_at="'{closed}'"),),
        "closed period",
    ),
    Attack(
        "reverse more than was written off",
        (copy("billing_writeoff", "{write_off}", amount="-10001", reverses_id="'{write_off}'"),),
        "no more of a write-off",
    ),
    Attack(
        "reverse a write-off again",
        (copy("billing_writeoff", "{whole_reversed}", amount="-1", reverses_id="'{whole_reversed}'"),),
        "no more of a write-off",
    ),
    Attack(
        "reverse the write-off of another invoice",
        (
            copy(
                "billing_writeoff",
                "{write_off}",
                amount="-1",
                reverses_id="'{write_off}'",
                invoice_id="'{part_written_off}'",
            ),
        ),
        "no more of a write-off",
    ),
    Attack(
        "write off a negative amount",
        (copy("billing_writeoff", "{write_off}", amount="-1"),),
        "write_off_positive_unless_reversal",
    ),
    Attack(
        "credit a draft",
        (copy("billing_creditnote", "{note}", invoice_id="'{draft}'", number="'CN-X'"),),
        "only an issued invoice is credited",
    ),
    Attack(
        "credit more than the total",
        (copy("billing_creditnote", "{note}", number="'CN-X'"),),
        "not credited beyond its total",
    ),
    Attack(
        "credit under an invented number",
        (copy("billing_creditnote", "{note}", invoice_id="'{issued}'", number="'CN-{year}-000009'"),),
        "a credit note takes the next number",
    ),
    Attack(
        "give back the item of another invoice",
        (
            enter(
                "billing_creditnoteline",
                credit_note_id="'{note}'",
                item_id="'{issued_item}'",
                tax_amount="0",
                total_amount="1",
            ),
        ),
        "items of its own invoice",
    ),
    Attack(
        "add a line to a credit note",
        (
            enter(
                "billing_creditnoteline",
                credit_note_id="'{note}'",
                item_id="'{credited_item}'",
                tax_amount="0",
                total_amount="1",
            ),
        ),
        "add up to it",
    ),
    Attack(
        "tell of a change that nobody makes",
        (event("issued", "PAID", "version + 2"),),
        "an event tells of the change",
    ),
    Attack(
        "tell of a status that the invoice does not have",
        (event("issued", "PAID", "version"),),
        "an event tells of the change",
    ),
    Attack("rewrite an old event", (event("paid", "DRAFT", "1"),), "an event tells of the change"),
]

NUMBER_ATTACKS = [
    Attack(
        "set a number counter back",
        ("UPDATE billing_numberseries SET last_number = 0 WHERE id = {series}",),
        "steps by one",
    ),
    Attack(
        "set a number counter one back",
        ("UPDATE billing_numberseries SET last_number = last_number - 1 WHERE id = {series}",),
        "steps by one",
    ),
    Attack(
        "leave a number out",
        ("UPDATE billing_numberseries SET last_number = last_number + 2 WHERE id = {series}",),
        "steps by one",
    ),
    Attack(
        "give a number series another year",
        ("UPDATE billing_numberseries SET year = 1999, last_number = last_number + 1 WHERE id = {series}",),
        "steps by one",
    ),
    Attack("delete a number series", ("DELETE FROM billing_numberseries WHERE id = {series}",), "never deleted"),
    Attack(
        "begin a number series in the middle",
        ("INSERT INTO billing_numberseries (document, year, last_number) VALUES ('INV', 1999, 41)",),
        "begins at 0",
    ),
    Attack(
        "begin a number series twice",
        ("INSERT INTO billing_numberseries (document, year, last_number) VALUES ('INV', {year}, 0)",),
        "",
    ),
    Attack(
        "move the closing date back",
        (enter("billing_booksclosing", closed_through="'{long_ago}'", reason="'again'"),),
        "moves forward only",
    ),
    Attack(
        "close the books through tomorrow",
        (enter("billing_booksclosing", closed_through="'2199-01-01'", reason="'early'"),),
        "to a day that is over",
    ),
]

ROW_OF_ISSUED = "(SELECT rowid FROM billing_invoice WHERE id = '{issued}')"
RECURSIVE_OFF = "PRAGMA recursive_triggers=OFF"
REPLACE_ATTACKS = [
    attack
    for off, words in [((), ""), ((RECURSIVE_OFF,), ", by a connection without recursive triggers")]
    for attack in [
        Attack(
            f"replace an issued invoice{words}",
            (
                *off,
                copy(
                    "billing_invoice", "{draft}", "INSERT OR REPLACE", id="'{issued}'", reg_number="'DRAFT-XXXXXXXXXX'"
                ),
            ),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"replace an invoice by its number{words}",
            (*off, copy("billing_invoice", "{issued}", "INSERT OR REPLACE")),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"take the number of an invoice, replacing it{words}",
            (*off, update("draft", reg_number="'{taken_number}'").replace("UPDATE", "UPDATE OR REPLACE")),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"take the row of an invoice, replacing it{words}",
            (
                *off,
                update("draft", rowid=ROW_OF_ISSUED).replace("UPDATE", "UPDATE OR REPLACE"),
            ),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"replace a payment{words}",
            (*off, copy("billing_payment", "{credit}", "REPLACE", id="'{credit}'", amount="1000000")),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"replace the item of an issued invoice{words}",
            (*off, copy("billing_invoiceitem", "{draft_item}", "REPLACE", id="'{issued_item}'")),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"replace a number counter{words}",
            (*off, "REPLACE INTO billing_numberseries (document, year, last_number) VALUES ('INV', {year}, 0)"),
            "never replaced",
            SQLITE,
        ),
    ]
]

COMMIT_ATTACKS = [
    Attack(
        "change a draft's item and nothing else",
        ("UPDATE billing_invoiceitem SET line_total = 1 WHERE id = '{draft_item}'",),
        "the subtotal is the sum",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack(
        "delete a draft's item and nothing else",
        ("DELETE FROM billing_invoiceitem WHERE id = '{draft_item}'",),
        "the subtotal is the sum",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack(
        "move an item to another draft",
        ("UPDATE billing_invoiceitem SET invoice_id = '{empty}' WHERE id = '{draft_item}'",),
        "the subtotal is the sum",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack(
        "insert a draft whose items are missing",
        (copy("billing_invoice", "{draft}", reg_number="'DRAFT-XXXXXXXXXX'"),),
        "the subtotal is the sum",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack(
        "allocate money and nothing else",
        (allocate("credit", "issued", 100),),
        "paid_amount is the sum",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack(
        "write off and nothing else",
        (copy("billing_writeoff", "{write_off}", invoice_id="'{issued}'"),),
        "written_off_amount is the sum",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack(
        "credit and nothing else",
        (
            "UPDATE billing_numberseries SET last_number = last_number + 1 WHERE document = 'CN'",
            copy("billing_creditnote", "{note}", invoice_id="'{issued}'", number="'CN-{year}-000002'"),
        ),
        "credited_amount is the sum",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack(
        "refund money that no payment brought",
        (copy("billing_refund", "{refund}", invoice_id="NULL"),),
        "a refund is what it took of payments",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack(
        "reverse a payment that an invoice holds",
        (copy("billing_payment", "{payment}", amount="-10000", reverses_id="'{payment}'", receipt_number="'REC-X'"),),
        "beyond what it holds",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack(
        "tell of a change that never comes",
        (event("issued", "PAID"),),
        "an event tells of a change that was made",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack("remove a patient who has invoices", ("DELETE FROM patients_patient",), "", POSTGRESQL, at_commit=True),
    Attack(
        "mislead the triggers by a temporary ledger",
        (
            "CREATE TEMP TABLE billing_paymentallocation (invoice_id uuid, amount bigint)",
            "INSERT INTO pg_temp.billing_paymentallocation VALUES ('{issued}', 10000)",
            event("issued", "PAID"),
            update("issued", status="'PAID'", paid_amount="10000", remaining_amount="0", version=NEXT),
        ),
        "paid_amount is the sum",
        POSTGRESQL,
    ),
]

ATTACKS = [
    *INVOICE_ATTACKS,
    *ITEM_ATTACKS,
    *LEDGER_ATTACKS,
    *MONEY_ATTACKS,
    *NUMBER_ATTACKS,
    *REPLACE_ATTACKS,
    *COMMIT_ATTACKS,
]
