"""Verbs about what is claimed: issue, void, write off, reinstate."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import InvoiceVerb, Line, Text, amounts, foretell, last_method, method_field
from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from billing.models import BooksClosing, Invoice
from billing.models.invoice.dates import check_issue_day, due_by_default
from billing.models.invoice.model import EmptyInvoice, ReleaseTo
from billing.operations.version_checks import as_seen
from billing.rules.clerk_limits import check_clerk_void
from billing.rules.lifecycle import MoveNotAllowed, Verb, check_void
from clinic.admin import Dialog, MoneyFormField, ReasonField, day
from clinic.admin.idempotent_forms import Done
from clinic.domain.dates import day_of
from clinic.domain.permissions import may
from clinic.i18n.display import in_currency


class Issue(InvoiceVerb):
    """Give the draft its number."""

    live = False
    name, label, icon, key = "issue", _("Issue"), "send", "i"
    acts = (roles.ISSUE,)
    rule = Verb.ISSUE

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        if not record.lines:
            raise EmptyInvoice("An invoice without items cannot be issued.")

    def words(self) -> Dialog:
        return Dialog(
            _("Issue this invoice"),
            submit=_("Issue"),
            text=_("It gets its number. Patient, payer, items and prices cannot change any more after that."),
        )

    def tell(self) -> Text:
        at = self.at
        issued = self.record.issue_date or at
        check_issue_day(day_of(issued), by=cast("User", self.request.user), at=at)
        due = self.record.due_date or due_by_default(day_of(issued))
        lines = [
            Line(_("Patient"), str(self.record.patient)),
            Line(_("Issue date"), day(issued)),
            Line(_("Due date"), day(due)),
            *amounts((_("Total"), self.record.total_amount)),
        ]
        if self.record.paid_amount:
            lines += amounts((_("Paid as a deposit"), self.record.paid_amount))
        return self.outcome(self.balances().after_issue(), *lines)

    def perform(self, *, by: User, at: datetime) -> Done:
        with as_seen(self.record, self.cleaned_data["version"]):
            self.record.issue(by=by, at=at)
        owed = in_currency(self.record.remaining_amount)
        return self.done(gettext("Issued as %(number)s. %(owed)s is owed.") % {"number": self.record, "owed": owed})


class Void(InvoiceVerb):
    """Cancel it; it keeps its number."""

    name, label, icon, key = "void", pgettext_lazy("verb", "Void"), "block", "v"
    acts = (roles.VOID,)
    is_dangerous = True

    payments = forms.ChoiceField(label=_("What becomes of the money paid on it"), widget=forms.RadioSelect)
    method = method_field(required=False, help_text=_("How it is handed out, if it is."))
    reason = ReasonField(label=_("Reason"))

    def __init__(self, data: Any = None, **about: Any) -> None:
        super().__init__(data, **about)
        self.fields["reason"].required = self.record.is_issued
        if not self.record.paid_amount:
            del self.fields["payments"], self.fields["method"]
            return
        choices: list[tuple[str, Text]] = [("credit", _("Keep it as the patient’s credit"))]
        if may(cast("User", self.request.user), roles.REFUND):
            choices.append(("refund", _("Hand it out")))
        field = cast("forms.ChoiceField", self.fields["payments"])
        field.choices = choices
        self.initial["method"] = last_method(self.request)

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        check_void(status=InvoiceStatus(record.status), **record.amounts(), handles_payments=True)
        if record.is_issued and record.issue_date is not None:
            what = "the void of an invoice of a closed period (use a credit note)"
            BooksClosing.objects.check_open(day_of(record.issue_date), what=what)
        if may(by, roles.VOID_ANY):
            return
        issued = record.events.filter(kind=EventKind.ISSUED).values_list("created_at", flat=True).first()
        check_clerk_void(
            issued_on=day_of(issued) if issued else None,
            today=day_of(at),
            paid=record.paid_amount,
            written_off=record.written_off_amount,
        )

    def words(self) -> Dialog:
        issued = _("It keeps its number and its amounts, but counts no more, and nothing is owed on it. It stays void.")
        draft = _("The draft is kept, and can never be issued.")
        text = issued if self.record.is_issued else draft
        return Dialog(_("Void this invoice"), submit=pgettext_lazy("verb", "Void"), text=text, is_dangerous=True)

    def tell(self) -> Text:
        lines = amounts((_("Total"), self.record.total_amount))
        if self.record.paid_amount:
            lines += amounts((_("Paid on it"), self.record.paid_amount))
        to_credit = bool(self.record.paid_amount) and self.given("payments") == "credit"
        return self.outcome(self.balances().after_void(to_credit=to_credit), *lines)

    def perform(self, *, by: User, at: datetime) -> Done:
        values = self.cleaned_data
        release_to = cast("ReleaseTo | None", values.get("payments") or None)
        method = PaymentMethod(values.get("method") or PaymentMethod.UNSPECIFIED)
        with as_seen(self.record, values["version"]):
            self.record.void(reason=values["reason"], release_to=release_to, method=method, by=by, at=at)
        return self.done(gettext("%(number)s is void.") % {"number": self.record})


class WriteOff(InvoiceVerb):
    """Give up what remains, or part of it."""

    name, label, icon, key = "write-off", _("Write off"), "money_off", "w"
    acts = (roles.WRITE_OFF,)
    rule = Verb.WRITE_OFF
    is_dangerous = True

    amount = MoneyFormField(label=_("Amount to give up"))
    reason = ReasonField(label=_("Reason"))

    def __init__(self, data: Any = None, **about: Any) -> None:
        super().__init__(data, **about)
        self.initial["amount"] = self.record.remaining_amount

    def words(self) -> Dialog:
        return Dialog(
            _("Write off"),
            submit=_("Write off"),
            text=_("The debt is given up and counts as a loss. It can be reinstated, and money may still come in."),
            is_dangerous=True,
        )

    def tell(self) -> Text:
        lines = amounts((_("Owed now"), self.record.remaining_amount))
        amount = self.given("amount")
        return foretell(lines) if amount is None else self.outcome(self.balances().after_write_off(amount), *lines)

    def perform(self, *, by: User, at: datetime) -> Done:
        values = self.cleaned_data
        with as_seen(self.record, values["version"]):
            row = self.record.write_off(amount=values["amount"], reason=values["reason"], by=by, at=at)
        said = {"amount": in_currency(row.amount), "number": self.record}
        return self.done(gettext("%(amount)s of %(number)s is written off.") % said)


class Reinstate(InvoiceVerb):
    """Claim again what was written off."""

    live = False
    name, label, icon, key = "reinstate", _("Reinstate"), "restart_alt", "r"
    acts = (roles.REINSTATE,)
    rule = Verb.REINSTATE

    reason = ReasonField(label=_("Reason"))

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        if not record.written_off_amount:
            raise MoveNotAllowed("Nothing of the invoice is written off.", allowed=[InvoiceStatus(record.status)])

    def words(self) -> Dialog:
        return Dialog(_("Reinstate"), submit=_("Reinstate"), text=_("What was written off is claimed again."))

    def tell(self) -> Text:
        lines = amounts((_("Written off"), self.record.written_off_amount))
        return self.outcome(self.balances().after_reinstatement(), *lines)

    def perform(self, *, by: User, at: datetime) -> Done:
        values = self.cleaned_data
        with as_seen(self.record, values["version"]):
            self.record.reinstate(reason=values["reason"], by=by, at=at)
        said = {"amount": in_currency(self.record.remaining_amount), "number": self.record}
        return self.done(gettext("%(amount)s of %(number)s is owed again.") % said)
