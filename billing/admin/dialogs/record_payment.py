"""Dialog that records a payment on one invoice."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import (
    LAST_PAYMENT_METHOD,
    InvoiceDialog,
    NextStep,
    PreviewLine,
    amount_lines,
    date_field,
    last_payment_method,
    payment_details,
    payment_method_field,
    render_preview,
)
from billing.admin.dialogs.use_credit import credit_offer, used_text
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.operations.account_credit import use_credit
from billing.operations.payments import pay
from billing.rules.lifecycle import Verb
from billing.rules.limits import REFERENCE_LENGTH
from billing.rules.settlement import Overpayment, max_payment
from clinic.admin import Dialog, MoneyFormField, TextFormField
from clinic.admin.idempotent_forms import SubmitResult
from clinic.i18n.display import format_currency
from clinic.i18n.lazy_text import LazyText

SHOW_RECEIPT = NextStep("receipt", _("Record and show the receipt"))
USE_CREDIT = NextStep("credit", _("Use credit"))


class RecordPaymentDialog(InvoiceDialog):
    """Record a payment on the invoice."""

    name, label, icon, shortcut = "pay", _("Record payment"), "payments", "p"
    required_permissions = (roles.TAKE_PAYMENT,)
    rule = Verb.PAY

    amount = MoneyFormField(label=_("Amount"))
    method = payment_method_field()
    tendered = MoneyFormField(
        label=_("Cash received"),
        required=False,
        help_text=_("Cash received from the patient. The change is calculated."),
    )
    reference = TextFormField(label=_("Reference"), max_length=REFERENCE_LENGTH, required=False)
    received_at = date_field(label=_("Received on"), help_text=_("If empty: now."))
    excess = forms.BooleanField(label=_("Keep the excess as the patient’s credit"), required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        acceptable = self.max_payment(self.record)
        self.initial.update(
            {"amount": self.record.remaining_amount or acceptable, "method": last_payment_method(self.request)}
        )
        self.offer = credit_offer(self.request, self.record.patient, owed=self.record.remaining_amount)

    @staticmethod
    def max_payment(invoice: Invoice) -> Decimal:
        """Return the largest payment that the invoice accepts."""
        return max_payment(total=invoice.total_amount, paid=invoice.paid_amount, credited=invoice.credited_amount)

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        if not cls.max_payment(record):
            raise Overpayment("Nothing is owed on this invoice.", room=Decimal(0))

    @property
    def next_steps(self) -> list[NextStep]:
        if self.offer is None or not self.offer.usable:
            return [SHOW_RECEIPT]
        label = _("Use %(amount)s credit instead") % {"amount": format_currency(self.offer.usable)}
        return [SHOW_RECEIPT, USE_CREDIT._replace(label=label)]

    @property
    def dialog(self) -> Dialog:
        is_draft = self.record.status == InvoiceStatus.DRAFT
        text = (
            _("The invoice is still a draft. The payment is a deposit until the invoice is issued.") if is_draft else ""
        )
        return Dialog(_("Record a payment"), submit=_("Record payment"), text=text)

    def effect(self) -> LazyText:
        lines = amount_lines((_("Owed now"), self.record.remaining_amount))
        if self.offer:
            lines += amount_lines((_("Credit of the patient"), self.offer.credit))
        amount, tendered = self.value_of("amount"), self.value_of("tendered")
        if amount is None:
            return render_preview(lines)
        if tendered is not None and tendered >= amount:
            lines.append(PreviewLine(_("Change due"), format_currency(tendered - amount), is_main=True))
        return self.render_outcome(
            self.balances().after_payment(amount, excess_to_credit=bool(self.value_of("excess"))), *lines
        )

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        values = self.cleaned_data
        if self.has_chosen(USE_CREDIT):
            used = use_credit(self.record.patient, invoice=self.record, by=by, at=at)
            return self.success(used_text(used, self.record))
        payment = pay(self.record, by=by, at=at, **payment_details(values))
        self.request.session[LAST_PAYMENT_METHOD] = values["method"]
        params = {
            "amount": format_currency(payment.amount),
            "number": self.record,
            "receipt": payment.receipt_number,
            "left": format_currency(self.record.remaining_amount),
        }
        text = gettext("%(amount)s recorded on %(number)s, receipt %(receipt)s. Remaining: %(left)s.") % params
        if payment.change_amount:
            text += " " + gettext("Change: %(change)s.") % {"change": format_currency(payment.change_amount)}
        result = self.success(text)
        if self.has_chosen(SHOW_RECEIPT):
            return result._replace(url=reverse("admin:billing_receipt", args=[payment.pk]))
        return result
