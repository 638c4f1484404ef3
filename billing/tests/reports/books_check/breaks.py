"""Ways to violate each invariant of the books, by SQL that bypasses triggers and constraints."""

from billing.tests.models.attacks.books import build_books
from billing.tests.models.attacks.statements import allocate, copy, enter, event, update

ALLOCATION_OF = "billing_paymentallocation WHERE invoice_id"

BREAKS: dict[str, list[tuple[str, ...]]] = {
    "totals": [
        ("UPDATE billing_invoiceitem SET line_total = line_total + 1 WHERE id = '{issued_item}'",),
        ("UPDATE billing_invoiceitem SET unit_price = unit_price + 10000 WHERE id = '{draft_item}'",),
        (update("issued", subtotal="subtotal + 1", total_amount="total_amount + 1"),),
        (update("issued", tax_amount="1", discount_total="1"),),
        (update("issued", taxes="'[]'"),),
        (update("void", discount_percent="1000000"),),
        ("UPDATE billing_invoiceitem SET discount_amount = 99999999 WHERE id = '{issued_item}'",),
        (update("issued", discount_amount="1"),),
        (update("issued", tax_amount="tax_amount + 1", total_amount="total_amount + 1"),),
        (update("issued", taxes="""'[{{"rate": "0.0000", "net": "0.00", "tax": "0.00"}}]'"""),),
        (update("issued", taxes="""'[{{}}]'"""),),
        ("UPDATE billing_invoiceitem SET tax_rate = 10000 WHERE id = '{issued_item}'",),
        ("UPDATE billing_invoiceitem SET quantity = 999999999, unit_price = 99999999999900 WHERE line_total = 10000",),
        ("UPDATE billing_invoiceitem SET discount_percent = 1000001 WHERE id = '{issued_item}'",),
        ("UPDATE billing_invoiceitem SET line_total = -line_total WHERE id = '{issued_item}'",),
    ],
    "status": [(update("paid", status="'ISSUED'"),), (update("written_off", status="'PAID'"),)],
    "invoice_numbers": [
        (update("issued", reg_number="'INV-1999-000001'"),),
        (update("issued", reg_number="'INV-{year}-7'"),),
        (update("issued", reg_number="'DRAFT-AAAAAAAAAA'"),),
        (update("draft", reg_number="'{next_number}'"),),
        (update("issued", issue_date="NULL"),),
    ],
    "issued_whole": [
        (update("issued", particulars="'{{}}'"),),
        (update("paid", due_date="NULL"),),
        (update("void", bill_to_name="''"),),
        ("DELETE FROM billing_invoiceitem WHERE id = '{issued_item}'",),
    ],
    "item_positions": [
        ("UPDATE billing_invoiceitem SET position = 1 WHERE invoice_id = '{credited}'",),
        ("UPDATE billing_invoiceitem SET position = 0 WHERE id = '{issued_item}'",),
    ],
    "search_text": [
        (update("issued", search_text="''"),),
        (update("issued", search_text="search_text || ' '"),),
        (update("issued", search_text="search_text || '{newline}x'"),),
        ("UPDATE billing_invoiceitem SET description = 'Plaster' WHERE id = '{draft_item}'",),
    ],
    "wire_document": [
        ("UPDATE billing_invoice SET wire_document = replace(wire_document, '100.0', '1.0')",),
        ("UPDATE billing_invoice SET notes = 'Paid in full' WHERE id = '{paid}'",),
        ("UPDATE billing_invoiceitem SET description = 'Plaster' WHERE id = '{draft_item}'",),
        ("DELETE FROM billing_invoice_tags WHERE invoice_id = '{draft}'",),
        ("UPDATE billing_invoice SET corrects_id = '{issued}', wire_document = NULL WHERE id = '{empty}'",),
    ],
    "paid_amount": [
        (f"DELETE FROM {ALLOCATION_OF} = '{{paid}}'",),
        (update("issued", paid_amount="1", remaining_amount="remaining_amount - 1"),),
        (allocate("credit", "issued", 100),),
    ],
    "credited_amount": [
        ("UPDATE billing_creditnote SET total_amount = total_amount - 1",),
        (update("issued", credited_amount="1"),),
    ],
    "written_off_amount": [("DELETE FROM billing_writeoff WHERE id = '{write_off}'",)],
    "remaining_amount": [(update("issued", remaining_amount="0"),), (update("void", remaining_amount="1"),)],
    "void_without_money": [(update("part_paid", status="'VOID'", remaining_amount="0"),)],
    "draft_without_adjustments": [
        (copy("billing_writeoff", "{write_off}", invoice_id="'{draft}'"),),
        (update("credited", status="'DRAFT'"),),
    ],
    "payment_allocations": [
        (allocate("credit", "issued", 5001),),
        (allocate("credit", "issued", -1),),
        ("UPDATE billing_payment SET amount = amount - 1 WHERE id = '{payment}'",),
        (copy("billing_payment", "{payment}", amount="-10000", reverses_id="'{payment}'", receipt_number="'REC-X'"),),
    ],
    "reversals_unallocated": [(allocate("reversal", "issued", 1),)],
    "invoice_parts": [(allocate("payment", "issued", -1),)],
    "reversals": [
        ("UPDATE billing_payment SET amount = -1 WHERE id = '{reversal}'",),
        ("UPDATE billing_payment SET patient_id = '{other_patient}' WHERE id = '{reversal}'",),
        (copy("billing_payment", "{reversal}", amount="5000", reverses_id="'{reversal}'", receipt_number="'REC-X'"),),
    ],
    "payment_signs": [("UPDATE billing_payment SET amount = 0 WHERE id = '{credit}'",)],
    "received_in_time": [("UPDATE billing_payment SET received_at = '2199-01-01 00:00:00' WHERE id = '{credit}'",)],
    "credit_is_found": [("UPDATE billing_payment SET excess_amount = 0 WHERE id = '{credit}'",)],
    "refunds": [
        ("UPDATE billing_refund SET amount = amount + 1 WHERE id = '{refund}'",),
        ("UPDATE billing_refund SET invoice_id = NULL WHERE id = '{refund}'",),
        ("UPDATE billing_refund SET invoice_id = '{issued}' WHERE id = '{credit_refund}'",),
        ("DELETE FROM billing_paymentallocation WHERE refund_id = '{credit_refund}'",),
        (copy("billing_refund", "{credit_refund}"),),
    ],
    "one_account": [
        ("UPDATE billing_payment SET patient_id = '{other_patient}' WHERE id = '{payment}'",),
        ("UPDATE billing_refund SET patient_id = '{other_patient}' WHERE id = '{credit_refund}'",),
        (update("paid", patient_id="'{other_patient}'"),),
    ],
    "write_off_reversals": [
        ("UPDATE billing_writeoff SET amount = amount - 1 WHERE id = '{whole_reversed}'",),
        (copy("billing_writeoff", "{write_off}", amount="-1", reverses_id="'{whole_reversed}'"),),
        ("UPDATE billing_writeoff SET reverses_id = id WHERE id = '{write_off}'",),
    ],
    "credit_note_lines": [
        ("DELETE FROM billing_creditnoteline",),
        ("UPDATE billing_creditnote SET tax_amount = 1",),
        ("UPDATE billing_creditnoteline SET total_amount = total_amount + 1",),
    ],
    "credit_note_items": [("UPDATE billing_creditnoteline SET item_id = '{issued_item}'",)],
    "corrected_in_full": [(update("draft", corrects_id="'{issued}'"),)],
    "credited_items": [("UPDATE billing_creditnoteline SET total_amount = 10000 WHERE item_id = '{credited_item}'",)],
    "credit_note_numbers": [
        ("UPDATE billing_creditnote SET number = 'CN-1999-000001'",),
        ("UPDATE billing_creditnote SET number = 'CN-{year}-1'",),
    ],
    "invoice_series": [
        (update("issued", reg_number="'{far_number}'"),),
        ("UPDATE billing_numberseries SET last_number = last_number - 1 WHERE document = 'INV'",),
        ("UPDATE billing_numberseries SET last_number = last_number + 1 WHERE document = 'INV'",),
        ("UPDATE billing_numberseries SET year = 1999 WHERE document = 'INV'",),
        ("DELETE FROM billing_numberseries WHERE document = 'INV'",),
        ("DELETE FROM billing_invoice WHERE id = '{issued}'",),
        ("INSERT INTO billing_numberseries (document, year, last_number) VALUES ('INV', 1999, 3)",),
    ],
    "credit_note_series": [
        ("UPDATE billing_creditnote SET number = 'CN-{year}-000007'",),
        ("UPDATE billing_numberseries SET last_number = 0 WHERE document = 'CN'",),
    ],
    "payment_particulars": [("UPDATE billing_payment SET particulars = '{{}}' WHERE id = '{credit}'",)],
    "refund_particulars": [("UPDATE billing_refund SET particulars = '{{}}'",)],
    "receipt_numbers": [
        ("UPDATE billing_payment SET receipt_number = 'REC-1999-000001' WHERE id = '{credit}'",),
        ("UPDATE billing_payment SET receipt_number = 'paid' WHERE id = '{credit}'",),
    ],
    "events": [
        ("DELETE FROM billing_invoiceevent WHERE invoice_id = '{paid}' AND version = 2",),
        ("DELETE FROM billing_invoiceevent WHERE invoice_id = '{draft}'",),
        (update("issued", version="version + 1"),),
        (event("issued", "ISSUED"),),
    ],
    "last_event": [(update("issued", status="'PAID'"),), (event("issued", "PAID", "version"),)],
    "moves": [
        ("UPDATE billing_invoiceevent SET status = 'VOID' WHERE invoice_id = '{paid}' AND version = 2",),
        ("UPDATE billing_invoiceevent SET status = 'WRITTEN_OFF' WHERE invoice_id = '{draft}'",),
    ],
    "closed_periods": [
        (
            copy(
                "billing_payment",
                "{credit}",
                received_at="'{closed}'",
                created_at="'{later}'",
                receipt_number="'REC-X'",
            ),
        ),
        (
            update("issued", issue_date="'{closed}'"),
            "UPDATE billing_invoiceevent SET created_at = '{later}' WHERE invoice_id = '{issued}'",
        ),
        (
            update("void", issue_date="'{closed}'"),
            "UPDATE billing_invoiceevent SET created_at = '{later}' WHERE invoice_id = '{void}' AND kind = 'voided'",
        ),
    ],
    "closings": [
        (enter("billing_booksclosing", created_at="'{later}'", closed_through="'{long_ago}'", reason="'again'"),),
        (enter("billing_booksclosing", closed_through="'{today}'", reason="'early'"),),
    ],
    "orphans": [
        ("DELETE FROM billing_invoiceitem WHERE id = '{credited_item}'",),
        ("DELETE FROM billing_payment WHERE id = '{payment}'",),
        (update("issued", patient_id="'{new}'"),),
    ],
    "codes": [
        ("UPDATE billing_payment SET method = 'shells' WHERE id = '{credit}'",),
        ("UPDATE billing_invoiceevent SET kind = 'forged' WHERE invoice_id = '{draft}'",),
        ("UPDATE billing_numberseries SET document = 'XX' WHERE document = 'INV'",),
    ],
    "bounds": [
        ("UPDATE billing_payment SET amount = 1000000000000 WHERE id = '{credit}'",),
        (update("draft", discount_amount="-1"),),
        ("UPDATE billing_invoiceitem SET quantity = -1000 WHERE id = '{draft_item}'",),
    ],
    "currency": [
        (update("issued", currency="'XXX'"),),
        ("UPDATE billing_payment SET currency = 'XXX' WHERE id = '{credit}'",),
        ("UPDATE billing_creditnote SET currency = 'XXX'",),
        ("UPDATE billing_refund SET currency = 'XXX'",),
    ],
    "appointments": [(update("paid", patient_id="'{other_patient}'"),)],
    "checked_versions": [
        ("INSERT INTO billing_checkedinvoice (invoice_id, version) VALUES ('{new}', 1)",),
        (
            "DELETE FROM billing_checkedinvoice",
            "INSERT INTO billing_checkedinvoice (invoice_id, version) VALUES ('{draft}', 99)",
        ),
    ],
    # Schema changes: they are tested one by one in test_full_check.
    "triggers": [],
    "constraints": [],
}
"""For each invariant, lists of statements; `names_in_breaks()` has the values of the names in braces."""


def names_in_breaks():
    """Create books with something of everything, and return the names that the statements use."""
    return build_books() | {"later": "2026-06-16 12:00:00+00:00", "newline": "\n"}
