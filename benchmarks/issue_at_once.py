"""Issue invoices in several processes at once: each number is used once, and none is left out.

One issue in ten is broken off before its end, as by a lost connection, and done again later: its number is not lost.
"""

import argparse
import sys
from time import perf_counter
from typing import Any

from at_once import at_once, books_are_clean, clerk, scratch_database


def main() -> int:
    """Return 0 if the numbers are right and check_books finds nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--invoices", type=int, default=400)
    options = parser.parse_args()
    with scratch_database():
        drafts = draft(options.invoices)
        began = perf_counter()
        broken_off = sum(
            at_once(issue_all, [(drafts[first :: options.processes],) for first in range(options.processes)])
        )
        seconds = perf_counter() - began
        print(
            f"{options.processes} processes issued {options.invoices} invoices at once in {seconds:.1f} s, processes "
            f"started included; {broken_off} issues were broken off and done again"
        )
        return 0 if numbers_are_right(options.invoices) & books_are_clean() else 1


def draft(count: int) -> list[Any]:
    """Return the ids of new drafts."""
    from decimal import Decimal

    from django.utils import timezone

    from billing.operations.drafts import create_draft
    from billing.operations.invoice_input import InvoiceInput
    from patients.models import Patient

    patient = Patient(given_name="Mária", family_name="Kovács")
    patient.save()
    items = [{"description": "Consultation", "unit_price": Decimal("154.99")}]
    who = {"by": clerk(), "at": timezone.now()}
    return [create_draft(InvoiceInput(fields={"patient": patient}, items=items), **who).pk for _ in range(count)]


def issue_all(drafts: list[Any]) -> int:
    """Issue these drafts in one process; return how often a transaction was aborted."""
    from django.db import transaction
    from django.utils import timezone

    from billing.models import Invoice
    from billing.operations.issuing import issue

    broken_off = 0
    for place, key in enumerate(drafts):
        if place % 10 == 0:
            with transaction.atomic():
                issue(Invoice.objects.get(pk=key), by=clerk(), at=timezone.now())
                transaction.set_rollback(True)
                broken_off += 1
        issue(Invoice.objects.get(pk=key), by=clerk(), at=timezone.now())
    return broken_off


def numbers_are_right(count: int) -> bool:
    """Return True if the invoices have the numbers from 1 to `count`, each once; print the result."""
    from billing.models import Invoice

    numbers = list(Invoice.objects.order_by("reg_number").values_list("reg_number", flat=True))
    counted = sorted(int(number.rpartition("-")[2]) for number in numbers)
    are_right = counted == list(range(1, count + 1))
    verdict = "no gap, none twice" if are_right else f"WRONG: {len(set(counted))} different numbers"
    print(f"numbers: {numbers[0]} to {numbers[-1]}, {verdict}")
    return are_right


if __name__ == "__main__":
    sys.exit(main())
