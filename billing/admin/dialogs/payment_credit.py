"""Verbs about a payment: reverse it, put its credit onto invoices, hand its credit out."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.allocation_forms import Shares, as_shares
from billing.admin.dialogs.base import Line, Text, VerbForm, amounts, foretell, last_method, method_field
from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice, Payment
from billing.operations.payments import (
    AlreadyReversed,
    CreditExceeded,
    PaymentRefunded,
    allocate_credit,
    credit_of,
    refund_credit,
    reverse_payment,
)
from billing.operations.version_checks import account_as_seen
from billing.rules.clerk_limits import check_clerk_reversal
from billing.rules.money import ZERO
from clinic.admin import Dialog, MoneyFormField, ReasonField
from clinic.admin.idempotent_forms import Done
from clinic.domain.dates import day_of
from clinic.domain.permissions import may
from clinic.i18n.display import in_currency


class PaymentVerb(VerbForm):
    """A verb about a payment."""

    record: Payment

    def done(self, text: str, payment: Payment | None = None) -> Done:
        """Said on the payment's page."""
        return Done(text, reverse("admin:billing_payment_change", args=[(payment or self.record).pk]))


class Reverse(PaymentVerb):
    """Record that it never came."""

    live = False
    name, label, icon, key = "reverse", _("Reverse"), "undo", "r"
    acts = (roles.REVERSE,)
    is_dangerous = True

    reason = ReasonField(label=_("Reason"))

    @classmethod
    def check(cls, record: Payment, by: User, at: datetime) -> None:
        if record.reverses_id is not None or Payment.objects.filter(reverses=record).exists():
            raise AlreadyReversed("The payment was reversed already, or is a reversal itself.")
        if record.allocations.filter(refund__isnull=False, invoice__isnull=True).exists():
            raise PaymentRefunded("Money of this payment was handed out as a refund: it cannot be reversed any more.")
        if not may(by, roles.REVERSE_ANY):
            is_own, entered_on = record.created_by_id == by.pk, day_of(record.created_at)
            check_clerk_reversal(is_own=is_own, entered_on=entered_on, today=day_of(at))

    def words(self) -> Dialog:
        return Dialog(
            _("Reverse this payment"),
            submit=_("Reverse"),
            text=_(
                "For money that never came: typed wrongly, bounced, or charged back. The whole payment is taken off"
                " every invoice. What was handed back to the patient is a refund instead."
            ),
            is_dangerous=True,
        )

    def tell(self) -> Text:
        held = Invoice.objects.filter(allocations__payment=self.record).distinct().order_by("reg_number")[:20]
        lines = amounts((_("Payment"), self.record.amount))
        lines += [Line(_("Taken off"), str(invoice)) for invoice in held]
        return foretell(lines)

    def perform(self, *, by: User, at: datetime) -> Done:
        given_up = Invoice.objects.filter(allocations__payment=self.record, status=InvoiceStatus.WRITTEN_OFF)
        given_up_ids = set(given_up.values_list("pk", flat=True))
        reversal = reverse_payment(payment=self.record, reason=self.cleaned_data["reason"], by=by, at=at)
        text = gettext("Payment %(receipt)s is reversed by %(reversal)s.") % {
            "receipt": self.record.receipt_number,
            "reversal": reversal.receipt_number,
        }
        living = Invoice.objects.filter(pk__in=given_up_ids).open().order_by("reg_number")[:20]
        if numbers := ", ".join(invoice.reg_number for invoice in living):
            text += " " + gettext("Written off before, and owed again: %(numbers)s.") % {"numbers": numbers}
        return self.done(text)


class CreditVerb(PaymentVerb):
    """A verb about what is unallocated of a payment: `credit`."""

    def __init__(self, data: Any = None, **about: Any) -> None:
        super().__init__(data, **about)
        self.credit = credit_of(self.record)

    @classmethod
    def check(cls, record: Payment, by: User, at: datetime) -> None:  # noqa: ARG003  # the same for whoever, at any time
        if credit_of(record) <= 0:
            raise CreditExceeded("Nothing of this payment is unallocated.", room=ZERO)

    def check_covered(self, amount: Decimal) -> None:
        """CreditExceeded for more than that."""
        if amount > self.credit:
            raise CreditExceeded(f"{amount} is more than the credit of this payment: {self.credit} is left.")

    def told_of(self, amount: Decimal, *lines: Line) -> Text:
        """The lines, and what is left of the credit once that much is gone."""
        self.check_covered(amount)
        return foretell([*lines, Line(_("Credit after this"), in_currency(self.credit - amount), is_main=True)])


class Allocate(CreditVerb):
    """Put its credit onto invoices."""

    name, label, icon, key = "allocate", _("Allocate credit"), "call_split", "a"
    acts = (roles.ALLOCATE,)
    template = "admin/billing/dialogs/allocate_credit.html"

    def __init__(self, data: Any = None, **about: Any) -> None:
        super().__init__(data, **about)
        self.shares = Shares(self, self.record.patient)
        if data is None:
            self.shares.fill(self.shares.proposed(self.credit))
            if not self.shares.invoices and not self.cannot:
                self.cannot = gettext("The patient has no open invoice that could take the credit.")

    @property
    def rows(self) -> list[Any]:
        return self.shares.rows(self.chosen())

    def chosen(self) -> dict[Any, Decimal]:
        """What each invoice gets."""
        return self.shares.entered() if self.is_bound else self.shares.proposed(self.credit)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not any(values.get(name) for name in values if name.startswith("share-")) and self.shares.invoices:
            self.add_error(None, _("Say how much at least one invoice gets."))
        return values

    def words(self) -> Dialog:
        return Dialog(
            _("Allocate credit"),
            submit=_("Allocate"),
            text=_("The oldest debts come first, unless you say otherwise."),
        )

    def tell(self) -> Text:
        given = sum(self.chosen().values(), ZERO)
        return self.told_of(given, *amounts((_("Credit of this payment"), self.credit), (_("Onto invoices"), given)))

    def perform(self, *, by: User, at: datetime) -> Done:
        with account_as_seen(self.record.patient, self.shares.versions()):
            shares = allocate_credit(payment=self.record, allocations=as_shares(self.shares.entered()), by=by, at=at)
        amount = sum((share.amount for share in shares), ZERO)
        return self.done(gettext("%(amount)s of the credit is allocated.") % {"amount": in_currency(amount)})


class RefundCredit(CreditVerb):
    """Hand its credit out."""

    name, label, icon, key = "refund", _("Refund credit"), "currency_exchange", "f"
    acts = (roles.REFUND,)
    is_dangerous = True

    amount = MoneyFormField(label=_("Amount to hand out"))
    method = method_field()
    reason = ReasonField(label=_("Reason"))
    reference = forms.CharField(label=_("Reference"), max_length=100, required=False)

    def __init__(self, data: Any = None, **about: Any) -> None:
        super().__init__(data, **about)
        self.initial.update({"amount": self.credit, "method": last_method(self.request)})

    def words(self) -> Dialog:
        return Dialog(_("Refund credit"), submit=_("Refund"), is_dangerous=True)

    def tell(self) -> Text:
        lines = amounts((_("Credit of this payment"), self.credit))
        amount = self.given("amount")
        return foretell(lines) if amount is None else self.told_of(amount, *lines)

    def perform(self, *, by: User, at: datetime) -> Done:
        values = self.cleaned_data
        refund = refund_credit(
            payment=self.record,
            amount=values["amount"],
            method=PaymentMethod(values["method"]),
            reason=values["reason"],
            reference=values["reference"],
            by=by,
            at=at,
        )
        return self.done(gettext("%(amount)s is handed out.") % {"amount": in_currency(refund.amount)})
