"""Checks that operations make under their locks, and that dialogs and previews make beforehand with the same functions.

Each raises the domain error that the operation would raise.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import prefetch_related_objects

from billing.choices import EventKind, InvoiceStatus
from billing.models import BooksClosing, Invoice, Payment, Service
from billing.models.invoice.items import InvoiceItem
from billing.roles import BACKDATE, DISCOUNT_ANY, REVERSE_ANY, VOID_ANY
from billing.rules.clerk_limits import check_clerk_discount, check_clerk_reversal, check_clerk_void
from billing.rules.lifecycle import Verb, check_verb, check_void
from billing.rules.money import ZERO
from billing.rules.reasons import check_void_reason
from clinic.domain.dates import local_date
from clinic.domain.errors import InvalidValue, NotAllowed, RuleBroken
from clinic.domain.permissions import has_permission
from patients.models import Appointment, Patient


class EmptyInvoice(InvalidValue):
    """An invoice without items cannot be issued."""

    code = "empty_invoice"


class IssueDateInFuture(RuleBroken):
    """An invoice cannot be issued with a date in the future."""

    code = "issue_date_in_future"


class BackdateNotAllowed(NotAllowed):
    """Backdating an invoice by more than BACKDATE_DAYS needs a permission."""

    code = "backdate_not_allowed"


class AppointmentOfAnother(InvalidValue):
    """The appointment and the invoice belong to different patients."""

    code = "appointment_of_other_patient"


class AlreadyReversed(RuleBroken):
    """The payment has already been reversed, or is itself a reversal."""

    code = "already_reversed"


class PaymentRefunded(RuleBroken):
    """Part of the payment has been refunded, so it can no longer be reversed."""

    code = "payment_refunded"


def check_can_issue(invoice: Invoice, items: Sequence[InvoiceItem]) -> None:
    """MoveNotAllowed unless the invoice is a draft, EmptyInvoice without items."""
    check_verb(Verb.ISSUE, InvoiceStatus(invoice.status))
    check_has_items(items)


def check_has_items(items: Sequence[InvoiceItem]) -> None:
    """EmptyInvoice without items."""
    if not items:
        raise EmptyInvoice.at("/items", "An invoice without items cannot be issued.")


def check_issue_day(day: date, *, by: User, at: datetime) -> None:
    """IssueDateInFuture, PeriodClosed or BackdateNotAllowed unless `by` may issue on that day."""
    today = local_date(at)
    if day > today:
        raise IssueDateInFuture.at("/issue_date", f"The issue date, {day}, is in the future; today is {today}.")
    BooksClosing.objects.check_open(day, what="an invoice", pointer="/issue_date")
    earliest = today - timedelta(days=settings.BACKDATE_DAYS)
    if day < earliest and not has_permission(by, BACKDATE):
        detail = f"The issue date, {day}, is before {earliest}. Only a user with permission to backdate can issue it."
        raise BackdateNotAllowed.at("/issue_date", detail)


def check_can_void(
    invoice: Invoice, *, by: User, at: datetime, handles_payments: bool, reason: str | None = None
) -> None:
    """Raise unless `by` may void the invoice now.

    VoidNeedsSupervisor, MoveNotAllowed, InvoiceHasAdjustments, InvoiceHasPayments or PeriodClosed. `handles_payments`:
    the call states what happens to the money paid on it. An issued invoice needs a reason; None: it is not known yet.
    """
    status, amounts = InvoiceStatus(invoice.status), invoice.amounts()
    check_void(status=status, **amounts, handles_payments=True)  # what no user may do comes before the limits of one
    if not has_permission(by, VOID_ANY):
        issued = invoice.events.filter(kind=EventKind.ISSUED).values_list("created_at", flat=True).first()
        check_clerk_void(
            issued_on=local_date(issued) if issued else None,
            today=local_date(at),
            paid=invoice.paid_amount,
            written_off=invoice.written_off_amount,
        )
    check_void(status=status, **amounts, handles_payments=handles_payments)
    if invoice.is_issued and reason is not None:
        check_void_reason(reason)
    if invoice.is_issued and invoice.issue_date is not None:
        what = "voiding an invoice (use a credit note instead)"
        BooksClosing.objects.check_open(local_date(invoice.issue_date), what=what)


def check_can_reverse(payment: Payment, *, by: User, at: datetime) -> None:
    """ReversalNeedsSupervisor, AlreadyReversed or PaymentRefunded unless `by` may reverse the payment now."""
    if not has_permission(by, REVERSE_ANY):
        is_own, entered_on = payment.created_by_id == by.pk, local_date(payment.created_at)
        check_clerk_reversal(is_own=is_own, entered_on=entered_on, today=local_date(at))
    if payment.reverses_id is not None or Payment.objects.filter(reverses=payment).exists():
        raise AlreadyReversed("The payment has already been reversed, or is itself a reversal.")
    if payment.allocations.filter(refund__isnull=False, invoice__isnull=True).exists():
        raise PaymentRefunded("Part of this payment has been refunded, so it can no longer be reversed.")


def check_discount(invoice: Invoice, items: Sequence[InvoiceItem], *, by: User) -> None:
    """DiscountNeedsSupervisor when the discounts of a draft with these items are more than `by` may give.

    One statement reads the services that the items did not come with.
    """
    if not has_permission(by, DISCOUNT_ANY):
        prefetch_related_objects([item for item in items if item.service_id], "service")
        check_clerk_discount(
            [item.line for item in items],
            list_prices=[list_price(item.service) for item in items],
            total_before_tax=invoice.subtotal - invoice.discount_total,
            discount_percent=invoice.discount_percent,
            discount_amount=invoice.discount_amount,
        )


def list_price(service: Service | None) -> Decimal:
    """Return the price below which the price of an item counts as a discount; 0 without a service."""
    return service.unit_price if service else ZERO


def check_appointment(patient: Patient, appointment: Appointment | None) -> None:
    """AppointmentOfAnother unless the appointment is of the patient's account."""
    if appointment is not None and appointment.patient.account_root_id != patient.account_root_id:
        raise AppointmentOfAnother.at("/appointment_id", "The appointment belongs to another patient.")
