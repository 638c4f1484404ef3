"""Summary of a patient's account.

An account is a patient and everyone merged into them; the summary is the same for each of them.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.models.invoice.queryset import IS_OPEN, is_past_due
from billing.reports.receivables import Debts
from billing.rules.money import ZERO
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class PatientAccount:
    """The open and overdue invoices of an account on the day `on`, and the money that the clinic holds for it.

    `credit` is unallocated; `deposits` are allocated to drafts. `last_payment` is the last that was not reversed.
    """

    on: date
    open: Debts
    overdue: Debts
    drafts: int
    deposits: Decimal
    credit: Decimal
    last_payment: Payment | None


def patient_account(patient: Patient, *, on: date) -> PatientAccount:
    """Return the account of a patient; four queries."""
    people = Patient.objects.account_of(patient.pk)
    is_overdue, is_draft = IS_OPEN & is_past_due(on), Q(status=InvoiceStatus.DRAFT)
    found = Invoice.objects.filter(patient__in=people).aggregate(
        open=Sum("remaining_amount", filter=IS_OPEN),
        open_count=Count("pk", filter=IS_OPEN),
        overdue=Sum("remaining_amount", filter=is_overdue),
        overdue_count=Count("pk", filter=is_overdue),
        drafts=Count("pk", filter=is_draft),
        deposits=Sum("paid_amount", filter=is_draft),
    )
    payments = Payment.objects.filter(patient__in=people)
    not_reversed = payments.filter(reverses__isnull=True, reversed_by__isnull=True)
    return PatientAccount(
        on=on,
        open=Debts(found["open"] or ZERO, found["open_count"]),
        overdue=Debts(found["overdue"] or ZERO, found["overdue_count"]),
        drafts=found["drafts"],
        deposits=found["deposits"] or ZERO,
        credit=payments.unallocated_credit(),
        last_payment=not_reversed.order_by("-received_at", "-created_at", "pk").first(),
    )
