"""Attacks that PostgreSQL alone refuses: half of a change, seen at the commit; and a ledger that is not the ledger."""

from billing.tests.models.attacks.attack import POSTGRESQL, Attack
from billing.tests.models.attacks.statements import NEXT, allocate, copy, event, update

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
        "the amount of a refund is what it took from payments",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack(
        "reverse a payment that an invoice holds",
        (copy("billing_payment", "{payment}", amount="-10000", reverses_id="'{payment}'", receipt_number="'REC-X'"),),
        "beyond its amount",
        POSTGRESQL,
        at_commit=True,
    ),
    Attack(
        "tell of a change that never comes",
        (event("issued", "PAID"),),
        "an event belongs to a change that was made",
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
