"""Pay one invoice from several processes at once: it never gets more than its total, and no payment is lost."""

import argparse
import sys
from decimal import Decimal
from time import perf_counter
from typing import Any

from at_once import at_once, books_are_clean, clerk, scratch_database

TOTAL = Decimal("1000.00")
PART = Decimal("7.00")


def main() -> int:
    """Return 0 if the accepted payments are on the invoice, within its total, and check_books finds nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--payments", type=int, default=400, help="offered, by all processes together")
    options = parser.parse_args()
    with scratch_database():
        invoice = issued()
        each = options.payments // options.processes
        offered = each * options.processes
        began = perf_counter()
        taken = sum(at_once(pay_all, [(invoice, each)] * options.processes))
        seconds = perf_counter() - began
        print(
            f"{options.processes} processes offered {offered} payments of {PART} at once for one invoice of {TOTAL}, "
            f"in {seconds:.1f} s, processes started included"
        )
        return 0 if is_paid_right(invoice, taken, offered=offered) & books_are_clean() else 1


def issued() -> Any:
    """Return the id of the invoice that every process pays."""
    from django.utils import timezone

    from billing.operations.drafts import create_draft
    from billing.operations.invoice_input import InvoiceInput
    from billing.operations.issuing import issue
    from patients.models import Patient

    patient = Patient(given_name="Mária", family_name="Kovács")
    patient.save()
    items = [{"description": "Treatment", "unit_price": TOTAL}]
    who = {"by": clerk(), "at": timezone.now()}
    invoice = create_draft(InvoiceInput(fields={"patient": patient}, items=items), **who)
    issue(invoice, **who)
    return invoice.pk


def pay_all(key: Any, times: int) -> int:
    """Attempt a number of payments in one process; return how many were accepted."""
    from django.utils import timezone

    from billing.models import Invoice
    from billing.operations.payments import pay
    from billing.rules.settlement import Overpayment

    taken = 0
    for _ in range(times):
        invoice = Invoice.objects.get(pk=key)
        try:
            pay(invoice, amount=PART, by=clerk(), at=timezone.now())
        except Overpayment:
            continue
        taken += 1
    return taken


def is_paid_right(key: Any, taken: int, *, offered: int) -> bool:
    """Return True if the invoice, the ledger and the processes agree on the money, within the total; print it."""
    from django.db.models import Sum

    from billing.models import Invoice, PaymentAllocation

    invoice = Invoice.objects.get(pk=key)
    ledger = PaymentAllocation.objects.filter(invoice=invoice).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    fitting = min(offered, int(TOTAL // PART))
    is_right = invoice.paid_amount == ledger == taken * PART and taken == fitting and ledger <= TOTAL
    print(
        f"{taken} taken, {offered - taken} refused: paid {invoice.paid_amount}, in the ledger {ledger}, "
        f"remaining {invoice.remaining_amount}, {invoice.status}" + ("" if is_right else " — WRONG")
    )
    return is_right


if __name__ == "__main__":
    sys.exit(main())
