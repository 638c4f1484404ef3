"""Attacks on invoices: deleted, rewritten, moved on without cause, or numbered by hand."""

from billing.tests.models.attacks.attack import Attack
from billing.tests.models.attacks.statements import NEXT, STEP, copy, event, update

DATED = {"issue_date": "'{now}'", "due_date": "'{now}'"}
FROZEN = "the content of an issued invoice never changes"
NO_MOVE = "cannot change to that status"

INVOICE_ATTACKS = [
    Attack("delete an issued invoice", ("DELETE FROM billing_invoice WHERE id = '{issued}'",), "never deleted"),
    Attack("delete a draft", ("DELETE FROM billing_invoice WHERE id = '{draft}'",), "never deleted"),
    Attack("delete every invoice", ("DELETE FROM billing_invoice",), "never deleted"),
    Attack(
        "lower the total of an issued invoice",
        (update("issued", subtotal="1", total_amount="1", remaining_amount="1"),),
        FROZEN,
    ),
    *(
        Attack(
            f"change {column} behind the document of {name}",
            (f"UPDATE billing_invoice SET {column} = {value} WHERE id = '{{{name}}}'",),
            "replaces its stored representation",
        )
        for name, column, value in (
            ("draft", "notes", "'Paid'"),
            ("draft", "bill_to_name", "'Somebody else'"),
            ("paid", "notes", "'Paid twice'"),
            ("overdue", "due_date", "'2199-01-01 00:00:00'"),
        )
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
    Attack("turn the version back", (update("paid", version="1"),), "the version of an invoice never decreases"),
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
        "a change of status needs its event",
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
        "a new invoice is a draft",
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
        "a new invoice is a draft",
    ),
    Attack(
        "give more than all as a discount",
        (update("draft", discount_percent="1000001"),),
        "invoice_discount_percent_bounds",
    ),
    Attack("overflow an amount", (update("draft", discount_amount="1000000000000"),), "invoice_amount_bounds"),
]
