"""Which verbs a record allows now, and this person: what the buttons are drawn from."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from billing.admin.dialogs.base import VerbForm
from billing.admin.dialogs.credit_note import Correct, CreditNote
from billing.admin.dialogs.pay_and_refund import Pay, Refund
from billing.admin.dialogs.payment_credit import Allocate, RefundCredit, Reverse
from billing.admin.dialogs.void import Issue, Reinstate, Void, WriteOff
from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment

# In the order in which a clerk looks for them.
OF_INVOICE: dict[str, type[VerbForm]] = {
    verb.name: verb for verb in (Issue, Pay, Refund, CreditNote, Correct, WriteOff, Reinstate, Void)
}
OF_PAYMENT: dict[str, type[VerbForm]] = {verb.name: verb for verb in (Allocate, RefundCredit, Reverse)}


class VerbLink(NamedTuple):
    """A button that opens a verb's dialog, and the key that does so on the record's page."""

    name: str
    label: str | Promise
    url: str
    key: str
    is_primary: bool
    icon: str
    is_dangerous: bool


def verbs_for(request: HttpRequest, invoice: Invoice) -> list[VerbLink]:
    """What this person may do with the invoice now; the page is told apart from newer ones by its version."""
    primary = Issue.name if invoice.status == InvoiceStatus.DRAFT else Pay.name
    address = "admin:billing_invoice_verb"
    return _links(request, OF_INVOICE.values(), invoice, address, primary, f"?seen={invoice.version}")


def payment_verbs_for(request: HttpRequest, payment: Payment) -> list[VerbLink]:
    """What this person may do with the payment now."""
    return _links(request, OF_PAYMENT.values(), payment, "admin:billing_payment_verb", Allocate.name, "")


def _links(
    request: HttpRequest, verbs: Iterable[type[VerbForm]], record: Any, address: str, primary: str, seen: str
) -> list[VerbLink]:
    return [
        VerbLink(
            verb.name,
            verb.label,
            reverse(address, args=[record.pk, verb.name]) + seen,
            verb.key,
            verb.name == primary,
            verb.icon,
            verb.is_dangerous,
        )
        for verb in verbs
        if verb.is_of(request.user) and not verb.why_not(record, request.user)
    ]
