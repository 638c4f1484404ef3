"""A patient's account at a glance, and the patients who may be the same person.

An account is a patient and everyone merged into them; asked of any one of them, the answer is the same.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum, prefetch_related_objects

from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.models.invoice.queryset import IS_OPEN, is_due_through
from billing.reports.receivables import Debts
from billing.rules.money import ZERO
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class Account:
    """What the account owes, what of it is overdue on the day `on`, and what the clinic holds for it.

    `credit` can be put on any invoice; `deposits` lie on drafts. `last_payment` is the last that was not reversed.
    """

    on: date
    open: Debts
    overdue: Debts
    drafts: int
    deposits: Decimal
    credit: Decimal
    last_payment: Payment | None


@dataclass(frozen=True, slots=True)
class LikelyDuplicate:
    """A patient of another account with the same name, and what else is the same: birth_date, email, phone."""

    patient: Patient
    same: tuple[str, ...]


def account(patient: Patient, *, on: date) -> Account:
    """The account of a patient as it stands now; four statements."""
    people = Patient.objects.account_of(patient.pk)
    late, is_draft = IS_OPEN & is_due_through(on - timedelta(days=1)), Q(status=InvoiceStatus.DRAFT)
    found = Invoice.objects.filter(patient__in=people).aggregate(
        open=Sum("remaining_amount", filter=IS_OPEN),
        open_count=Count("pk", filter=IS_OPEN),
        overdue=Sum("remaining_amount", filter=late),
        overdue_count=Count("pk", filter=late),
        drafts=Count("pk", filter=is_draft),
        deposits=Sum("paid_amount", filter=is_draft),
    )
    payments = Payment.objects.filter(patient__in=people)
    stayed = payments.filter(reverses__isnull=True, reversed_by__isnull=True)
    return Account(
        on=on,
        open=Debts(found["open"] or ZERO, found["open_count"]),
        overdue=Debts(found["overdue"] or ZERO, found["overdue_count"]),
        drafts=found["drafts"],
        deposits=found["deposits"] or ZERO,
        credit=payments.unallocated_credit(),
        last_payment=stayed.order_by("-received_at", "-created_at", "pk").first(),
    )


def likely_duplicates(patient: Patient) -> list[LikelyDuplicate]:
    """Who may be the same person, each account once: the patient whom a merge would name. At most two statements."""
    namesakes = patient.likely_duplicates()
    prefetch_related_objects(namesakes, "merged_into")
    survivors: dict[Patient, set[str]] = {}
    for namesake in namesakes:
        survivors.setdefault(namesake.account_root, set()).update(patient.shared_particulars(namesake))
    return [LikelyDuplicate(survivor, tuple(sorted(same))) for survivor, same in survivors.items()]
