"""Invariants of amounts and of the ledger: the sums of payments, allocations, refunds and adjustments."""

from django.utils.translation import gettext_noop as _

from billing.reports.books_check.invariant import sql_invariant, sql_invariants


def _sum_by(key: str, table: str, amount: str = "amount", where: str = "") -> str:
    """Return a subquery with the sum of an amount for each key."""
    return f"(SELECT {key} AS id, SUM({amount}) AS total FROM {table} {where} GROUP BY {key})"


PAID = _sum_by("invoice_id", "billing_paymentallocation", where="WHERE invoice_id IS NOT NULL")
CREDITED = _sum_by("invoice_id", "billing_creditnote", "total_amount")
WRITTEN_OFF = _sum_by("invoice_id", "billing_writeoff")
ALLOCATED = (
    "(SELECT payment_id AS id, SUM(amount) AS total, MAX(CASE WHEN amount < 0 THEN 1 END) AS released "
    "FROM billing_paymentallocation GROUP BY payment_id)"
)
REVERSED = _sum_by("reverses_id", "billing_payment", where="WHERE reverses_id IS NOT NULL")
REVERSED_WRITE_OFF = _sum_by("reverses_id", "billing_writeoff", where="WHERE reverses_id IS NOT NULL")
REFUNDED = _sum_by("refund_id", "billing_paymentallocation", where="WHERE invoice_id IS NULL")
RELEASED = _sum_by(
    "refund_id", "billing_paymentallocation", where="WHERE invoice_id IS NOT NULL AND refund_id IS NOT NULL"
)
# Payments whose whole allocation an invoice gave back: a draft that did may have changed its patient since.
GIVEN_BACK = (
    "(SELECT payment_id, invoice_id FROM billing_paymentallocation WHERE invoice_id IN "
    "(SELECT invoice_id FROM billing_paymentallocation WHERE amount < 0) "
    "GROUP BY payment_id, invoice_id HAVING SUM(amount) = 0)"
)
ROOT = "COALESCE({0}.merged_into_id, {0}.id)"

INVOICES = sql_invariants(
    f"billing_invoice invoice LEFT JOIN {PAID} paid ON paid.id = invoice.id "
    f"LEFT JOIN {CREDITED} credited ON credited.id = invoice.id "
    f"LEFT JOIN {WRITTEN_OFF} written_off ON written_off.id = invoice.id",
    "invoice.id",
    [
        (
            "paid_amount",
            _("The paid amount of an invoice is the sum of its allocations."),
            "invoice.paid_amount <> COALESCE(paid.total, 0)",
        ),
        (
            "credited_amount",
            _("The credited amount of an invoice is the sum of its credit notes."),
            "invoice.credited_amount <> COALESCE(credited.total, 0)",
        ),
        (
            "written_off_amount",
            _("The written-off amount of an invoice is the sum of its write-offs."),
            "invoice.written_off_amount <> COALESCE(written_off.total, 0)",
        ),
        (
            "remaining_amount",
            _("The amount due is the total less payments, credits and write-offs; zero for a void invoice."),
            (
                "remaining_amount <> CASE WHEN status = 'VOID' THEN 0 "
                "ELSE total_amount - paid_amount - credited_amount - written_off_amount END"
            ),
        ),
        (
            "void_without_money",
            _("A void invoice has no payments, credit notes or write-offs."),
            "status = 'VOID' AND (paid_amount <> 0 OR credited_amount <> 0 OR written_off_amount <> 0)",
        ),
        (
            "draft_without_adjustments",
            _("A draft has no credit notes or write-offs."),
            "status = 'DRAFT' AND (credited.id IS NOT NULL OR written_off.id IS NOT NULL)",
        ),
    ],
)

PAYMENTS = sql_invariants(
    f"billing_payment payment LEFT JOIN {ALLOCATED} allocated ON allocated.id = payment.id "
    f"LEFT JOIN {REVERSED} reversed ON reversed.id = payment.id",
    "payment.id",
    [
        (
            "payment_allocations",
            _("The allocations of a payment are never below zero or above its amount after a reversal."),
            (
                "payment.reverses_id IS NULL AND "
                "COALESCE(allocated.total, 0) NOT BETWEEN 0 AND payment.amount + COALESCE(reversed.total, 0)"
            ),
        ),
        (
            "payment_signs",
            _("Payments are positive, reversals negative."),
            "CASE WHEN payment.reverses_id IS NULL THEN payment.amount ELSE -payment.amount END <= 0",
        ),
        (
            "received_in_time",
            _("No payment was received after it was recorded."),
            "payment.received_at > payment.created_at",
        ),
        (
            "payment_particulars",
            _("Every payment names the patient and who paid it."),
            "payment.particulars = '{}'",
        ),
        (
            "credit_is_found",
            _("Credit comes only from overpayments and from money released by invoices."),
            (
                "payment.reverses_id IS NULL AND payment.excess_amount = 0 AND allocated.released IS NULL "
                "AND COALESCE(allocated.total, 0) < payment.amount + COALESCE(reversed.total, 0)"
            ),
        ),
    ],
)

ALLOCATIONS = [
    sql_invariant(
        "reversals_unallocated",
        _("Reversals have no allocations."),
        "SELECT allocation.id FROM billing_paymentallocation allocation JOIN billing_payment payment "
        "ON payment.id = allocation.payment_id WHERE payment.reverses_id IS NOT NULL",
    ),
    sql_invariant(
        "invoice_parts",
        _("No invoice released more of a payment than was allocated to it."),
        "SELECT invoice_id FROM billing_paymentallocation WHERE invoice_id IN "
        "(SELECT invoice_id FROM billing_paymentallocation WHERE amount < 0) "
        "GROUP BY invoice_id, payment_id HAVING SUM(amount) < 0",
    ),
    sql_invariant(
        "reversals",
        _("A reversal reverses one payment of the same patient in full, and is not itself reversed."),
        "SELECT reversal.id FROM billing_payment reversal JOIN billing_payment original "
        "ON original.id = reversal.reverses_id WHERE reversal.amount <> -original.amount "
        "OR original.reverses_id IS NOT NULL OR original.patient_id <> reversal.patient_id",
    ),
    sql_invariant(
        "refunds",
        _("A refund equals the amounts taken from payments and released by its invoice."),
        f"SELECT refund.id FROM billing_refund refund LEFT JOIN {REFUNDED} taken ON taken.id = refund.id "
        f"LEFT JOIN {RELEASED} released ON released.id = refund.id WHERE refund.amount <= 0 "
        "OR refund.amount <> COALESCE(taken.total, 0) OR COALESCE(released.total, 0) <> "
        "CASE WHEN refund.invoice_id IS NULL THEN 0 ELSE -refund.amount END",
    ),
    sql_invariant(
        "refund_particulars",
        _("Every refund names the patient and who received it."),
        "SELECT id FROM billing_refund WHERE particulars = '{}'",
    ),
    sql_invariant(
        "one_account",
        _("Money stays in the account of the patient who paid it."),
        "SELECT allocation.id FROM billing_paymentallocation allocation "
        "JOIN billing_payment payment ON payment.id = allocation.payment_id "
        "JOIN patients_patient payer ON payer.id = payment.patient_id "
        "LEFT JOIN billing_invoice invoice ON invoice.id = allocation.invoice_id "
        "LEFT JOIN billing_refund refund ON refund.id = allocation.refund_id AND allocation.invoice_id IS NULL "
        "JOIN patients_patient receiver ON receiver.id = COALESCE(invoice.patient_id, refund.patient_id) "
        f"LEFT JOIN {GIVEN_BACK} given_back "
        "ON given_back.payment_id = payment.id AND given_back.invoice_id = invoice.id "
        "WHERE payment.patient_id <> COALESCE(invoice.patient_id, refund.patient_id) "
        f"AND {ROOT.format('payer')} <> {ROOT.format('receiver')} AND given_back.payment_id IS NULL",
    ),
]

ADJUSTMENTS = [
    sql_invariant(
        "write_off_reversals",
        _("No write-off is reversed by more than its amount, or on another invoice."),
        f"SELECT original.id FROM billing_writeoff original JOIN {REVERSED_WRITE_OFF} reversed "
        "ON reversed.id = original.id WHERE original.amount + reversed.total < 0 OR original.reverses_id IS NOT NULL "
        "UNION SELECT reversal.id FROM billing_writeoff reversal JOIN billing_writeoff original "
        "ON original.id = reversal.reverses_id "
        "WHERE reversal.invoice_id <> original.invoice_id OR reversal.amount >= 0",
    ),
    sql_invariant(
        "credit_note_lines",
        _("The lines of a credit note add up to its total and tax."),
        "SELECT note.id FROM billing_creditnote note LEFT JOIN (SELECT credit_note_id, SUM(total_amount) AS total, "
        "SUM(tax_amount) AS tax FROM billing_creditnoteline GROUP BY credit_note_id) lines "
        "ON lines.credit_note_id = note.id "
        "WHERE note.total_amount <> COALESCE(lines.total, 0) OR note.tax_amount <> COALESCE(lines.tax, 0)",
    ),
    sql_invariant(
        "credit_note_items",
        _("A credit note credits items of its own invoice."),
        "SELECT line.id FROM billing_creditnoteline line JOIN billing_creditnote note ON note.id = line.credit_note_id "
        "JOIN billing_invoiceitem item ON item.id = line.item_id WHERE item.invoice_id <> note.invoice_id",
    ),
    sql_invariant(
        "corrected_in_full",
        _("A corrected invoice is credited in full."),
        "SELECT original.id FROM billing_invoice correction JOIN billing_invoice original "
        "ON original.id = correction.corrects_id WHERE original.credited_amount <> original.total_amount",
    ),
]

LEDGER = [INVOICES, PAYMENTS, *ALLOCATIONS, *ADJUSTMENTS]
