"""Verbs that move money of one invoice: record a payment, refund."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import (
    LAST_METHOD,
    InvoiceVerb,
    Line,
    Text,
    amounts,
    day_field,
    foretell,
    last_method,
    method_field,
    moment_of,
)
from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice
from billing.operations.version_checks import as_seen
from billing.rules.lifecycle import Verb
from billing.rules.settlement import Overpayment, OverRefund, max_payment
from clinic.admin import Dialog, MoneyFormField, ReasonField
from clinic.admin.idempotent_forms import Done
from clinic.i18n.display import in_currency


class Pay(InvoiceVerb):
    """Take money for it."""

    name, label, icon, key = "pay", _("Record payment"), "payments", "p"
    acts = (roles.TAKE_PAYMENT,)
    rule = Verb.PAY

    amount = MoneyFormField(label=_("Amount"))
    method = method_field()
    tendered = MoneyFormField(
        label=_("Handed over"), required=False, help_text=_("Cash as it was handed over: the change is worked out.")
    )
    reference = forms.CharField(label=_("Reference"), max_length=100, required=False)
    received_at = day_field(label=_("Received on"), help_text=_("Empty: now."))
    excess = forms.BooleanField(label=_("Keep what is too much as the patient’s credit"), required=False)

    def __init__(self, data: Any = None, **about: Any) -> None:
        super().__init__(data, **about)
        room = self.room(self.record)
        self.initial.update({"amount": self.record.remaining_amount or room, "method": last_method(self.request)})

    @staticmethod
    def room(invoice: Invoice) -> Decimal:
        """What it can still take."""
        return max_payment(total=invoice.total_amount, paid=invoice.paid_amount, credited=invoice.credited_amount)

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        if not cls.room(record):
            raise Overpayment("Nothing is owed on this invoice.", room=Decimal(0))

    def words(self) -> Dialog:
        is_draft = self.record.status == InvoiceStatus.DRAFT
        text = _("The invoice is a draft yet: this is a deposit, and counts once it is issued.") if is_draft else ""
        return Dialog(_("Record a payment"), submit=_("Record payment"), text=text)

    def tell(self) -> Text:
        lines = amounts((_("Owed now"), self.record.remaining_amount))
        amount, tendered = self.given("amount"), self.given("tendered")
        if amount is None:
            return foretell(lines)
        if tendered is not None and tendered >= amount:
            lines.append(Line(_("Change to give back"), in_currency(tendered - amount), is_main=True))
        return self.outcome(self.balances().after_payment(amount, excess_to_credit=bool(self.given("excess"))), *lines)

    def perform(self, *, by: User, at: datetime) -> Done:
        values = self.cleaned_data
        with as_seen(self.record, values["version"]):
            payment = self.record.pay(
                amount=values["amount"],
                method=PaymentMethod(values["method"]),
                tendered=values["tendered"],
                reference=values["reference"],
                received_at=moment_of(values["received_at"]),
                excess_to_credit=values["excess"],
                by=by,
                at=at,
            )
        self.request.session[LAST_METHOD] = values["method"]
        said = {
            "amount": in_currency(payment.amount),
            "number": self.record,
            "receipt": payment.receipt_number,
            "left": in_currency(self.record.remaining_amount),
        }
        text = gettext("%(amount)s recorded on %(number)s, receipt %(receipt)s. Remaining: %(left)s.") % said
        if payment.change_amount:
            text += " " + gettext("Change: %(change)s.") % {"change": in_currency(payment.change_amount)}
        return self.done(text)


class Refund(InvoiceVerb):
    """Hand money of it out again."""

    name, label, icon, key = "refund", _("Refund"), "undo", "f"
    acts = (roles.REFUND,)
    rule = Verb.REFUND
    is_dangerous = True

    amount = MoneyFormField(label=_("Amount to hand out"))
    method = method_field()
    reason = ReasonField(label=_("Reason"))
    reference = forms.CharField(label=_("Reference"), max_length=100, required=False)

    def __init__(self, data: Any = None, **about: Any) -> None:
        super().__init__(data, **about)
        self.initial.update({"amount": self.record.paid_amount, "method": last_method(self.request)})

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        if not record.paid_amount:
            raise OverRefund("Nothing was paid on this invoice.", room=Decimal(0))

    def words(self) -> Dialog:
        text = _("What is handed out is owed again. To give the patient something back, use a credit note first.")
        return Dialog(_("Refund"), submit=_("Refund"), text=text, is_dangerous=True)

    def tell(self) -> Text:
        lines = amounts((_("Paid on it"), self.record.paid_amount))
        amount = self.given("amount")
        return foretell(lines) if amount is None else self.outcome(self.balances().after_refund(amount), *lines)

    def perform(self, *, by: User, at: datetime) -> Done:
        values = self.cleaned_data
        was_given_up = self.record.status == InvoiceStatus.WRITTEN_OFF
        with as_seen(self.record, values["version"]):
            refund = self.record.refund(
                amount=values["amount"],
                method=PaymentMethod(values["method"]),
                reason=values["reason"],
                reference=values["reference"],
                by=by,
                at=at,
            )
        said = {"amount": in_currency(refund.amount), "left": in_currency(self.record.remaining_amount)}
        text = gettext("%(amount)s is handed out. Remaining: %(left)s.") % said
        if was_given_up and self.record.status != InvoiceStatus.WRITTEN_OFF:
            text += " " + gettext("The invoice was written off, and is owed again.")
        return self.done(text)
