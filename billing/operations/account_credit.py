"""Use the credit of a patient's account: on one invoice, or on the open ones."""

from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User

from billing.models import Invoice, Payment
from billing.operations.payments import Share, allocate_credit
from billing.operations.refunds import CreditExceeded
from billing.roles import ALLOCATE
from billing.rules.money import ZERO
from clinic.db.transactions import atomic
from clinic.domain.permissions import check_permission
from patients.models import Patient


def credit_of_account(patient: Patient) -> Decimal:
    """Return what is unallocated of the payments of a patient's account; one query."""
    return Payment.objects.of_accounts([patient.pk]).unallocated_credit()


@atomic
def use_credit(patient: Patient, *, by: User, at: datetime, invoice: Invoice | None = None) -> Decimal:
    """Put the credit of an account onto an invoice as far as it is owed, or onto the open ones, oldest due first.

    The oldest payment is used first. Return the amount; CreditExceeded if there is no credit or nothing is owed. On a
    draft it is a deposit.
    """
    check_permission(by, ALLOCATE)
    patient.lock_account()
    used = ZERO
    payments = Payment.objects.of_account(patient).with_credit().order_by("received_at", "created_at", "pk")
    for payment in payments:
        if invoice is None:
            shares = None
            is_owed = Invoice.objects.for_patient(patient).open().exists()
        else:
            shares = [Share(invoice.pk, min(payment.unallocated, invoice.lock().remaining_amount))]
            is_owed = shares[0].amount > 0
        if not is_owed:
            break
        used += sum((share.amount for share in allocate_credit(payment, allocations=shares, by=by, at=at)), ZERO)
    if not used:
        raise CreditExceeded("The account has no credit, or nothing is owed.", room=used)
    if invoice is not None:
        invoice.lock()  # the caller's copy shows the amounts of now
    return used
