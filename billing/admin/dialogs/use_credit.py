"""Dialog that uses the credit of the patient's account on an invoice, and the offer of it on other pages."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import InvoiceDialog, amount_lines
from billing.models import Invoice
from billing.operations.account_credit import credit_of_account, use_credit
from billing.operations.refunds import CreditExceeded
from billing.rules.lifecycle import Verb
from billing.rules.money import ZERO
from clinic.admin import Dialog
from clinic.admin.idempotent_forms import SubmitResult
from clinic.domain.permissions import has_permission
from clinic.i18n.display import format_currency
from clinic.i18n.lazy_text import LazyText
from patients.models import Patient


class UseCreditDialog(InvoiceDialog):
    """Use the credit of the patient's account on the invoice."""

    live = False
    name, label, icon, shortcut = "use-credit", _("Use credit"), "savings", "u"
    required_permissions = (roles.ALLOCATE,)
    rule = Verb.PAY

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        if not record.remaining_amount or not credit_of_account(record.patient):
            raise CreditExceeded("The account has no credit, or nothing is owed.", room=ZERO)

    dialog = Dialog(_("Use credit"), submit=_("Use credit"))

    def effect(self) -> LazyText:
        credit = credit_of_account(self.record.patient)
        lines = amount_lines((_("Credit of the patient"), credit), (_("Owed now"), self.record.remaining_amount))
        return self.render_outcome(self.balances().after_payment(min(credit, self.record.remaining_amount)), *lines)

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        return self.success(used_text(use_credit(self.record.patient, invoice=self.record, by=by, at=at), self.record))


@dataclass(frozen=True, slots=True)
class CreditOffer:
    """The credit of a patient's account. `usable` of it is used by a form that is sent to `url`.

    Without a `url`, it is used after the surrounding form of a draft was saved.
    """

    credit: Decimal
    usable: Decimal = ZERO
    url: str = ""
    once: UUID | None = None
    version: int | None = None

    @property
    def text(self) -> str:
        """A sentence about the credit."""
        return gettext("This patient has %(amount)s credit.") % {"amount": format_currency(self.credit)}

    @property
    def button(self) -> str:
        """The text of the button that uses the credit."""
        text = gettext("Use %(amount)s of it") if self.url else gettext("Save the draft and use %(amount)s of it")
        return text % {"amount": format_currency(self.usable)}


def credit_offer(
    request: HttpRequest,
    patient: Patient | None,
    *,
    owed: Decimal = ZERO,
    invoice: Invoice | None = None,
    url: str = "",
) -> CreditOffer | None:
    """Return the offer of a patient's credit, if there is any.

    `owed` is what the invoice, or the open ones, can take; `invoice` or `url`: what takes it, else a draft that is not
    saved yet.
    """
    user = cast("User", request.user)
    credit = credit_of_account(patient) if patient and has_permission(user, roles.READ_PAYMENTS) else ZERO
    usable = min(credit, owed)
    if not credit:
        return None
    if not usable or not has_permission(user, roles.ALLOCATE):
        return CreditOffer(credit)
    if invoice is not None:
        url = reverse("admin:billing_invoice_verb", args=[invoice.pk, UseCreditDialog.name])
    if not url:
        return CreditOffer(credit, usable)
    return CreditOffer(credit, usable, url, uuid4(), invoice.version if invoice else None)


def used_text(amount: Decimal, invoice: Invoice) -> str:
    """Return the message after credit was used on an invoice."""
    params = {"amount": format_currency(amount), "left": format_currency(invoice.remaining_amount)}
    return gettext("%(amount)s of the credit was used. Remaining: %(left)s.") % params
