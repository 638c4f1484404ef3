"""Comparison of what was acknowledged with the rows of the books."""

from typing import NamedTuple

from billing.tests.faults.clinic_server import ClinicServer
from billing.tests.faults.writers import Written

INVOICES = "SELECT notes, count(*) FROM billing_invoice WHERE length(notes) = 32 GROUP BY notes"
PAYMENTS = "SELECT reference, count(*) FROM billing_payment WHERE length(reference) = 32 GROUP BY reference"


class Compared(NamedTuple):
    """The acknowledged rows that the books lack, those that they hold twice, and whether the books are consistent."""

    lost: int
    doubled: int
    consistent: bool


def compare(clinic: ClinicServer, written: Written) -> Compared:
    """Compare the books with what the writers were told, and run the check of the books."""
    lost = doubled = 0
    for sql, acknowledged in ((INVOICES, written.invoices), (PAYMENTS, written.payments)):
        rows = dict(clinic.books.rows(sql))
        lost += sum(mark not in rows for mark in acknowledged)
        doubled += sum(count > 1 for count in rows.values())
    try:
        clinic.manage("check_books", "--full")
    except RuntimeError as error:
        print(error)
        return Compared(lost, doubled, consistent=False)
    return Compared(lost, doubled, consistent=True)
