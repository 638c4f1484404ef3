"""Dialogs that write off the debt of an invoice, and reinstate it."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import InvoiceDialog, amount_lines
from billing.admin.reason_field import ReasonField
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.operations.write_offs import reinstate, write_off
from billing.rules.lifecycle import MoveNotAllowed, Verb
from clinic.admin import Dialog, MoneyFormField
from clinic.admin.idempotent_forms import SubmitResult
from clinic.i18n.display import format_currency
from clinic.i18n.lazy_text import LazyText


class WriteOffDialog(InvoiceDialog):
    """Write off the remaining amount, or part of it."""

    name, label, icon, shortcut = "write-off", _("Write off"), "money_off", "w"
    required_permissions = (roles.WRITE_OFF,)
    rule = Verb.WRITE_OFF
    is_dangerous = True

    amount = MoneyFormField(label=_("Amount to write off"))
    reason = ReasonField(label=_("Reason"))

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.initial["amount"] = self.record.remaining_amount

    dialog = Dialog(
        _("Write off"),
        submit=_("Write off"),
        text=_("The amount is written off as a loss. It can be reinstated, and payments can still be recorded."),
    )

    def effect(self) -> LazyText:
        lines = amount_lines((_("Owed now"), self.record.remaining_amount))
        return self.amount_effect(lines, self.balances().after_write_off)

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        values = self.cleaned_data
        row = write_off(self.record, amount=values["amount"], reason=values["reason"], by=by, at=at)
        params = {"amount": format_currency(row.amount), "number": self.record}
        return self.success(gettext("%(amount)s of %(number)s was written off.") % params)


class ReinstateDialog(InvoiceDialog):
    """Reinstate the debt that was written off."""

    live = False
    name, label, icon, shortcut = "reinstate", _("Reinstate"), "restart_alt", "r"
    required_permissions = (roles.REINSTATE,)
    rule = Verb.REINSTATE

    reason = ReasonField(label=_("Reason"))

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        if not record.written_off_amount:
            raise MoveNotAllowed("The invoice has no write-off to reinstate.", allowed=[InvoiceStatus(record.status)])

    dialog = Dialog(_("Reinstate"), submit=_("Reinstate"), text=_("The write-off is reversed."))

    def effect(self) -> LazyText:
        lines = amount_lines((_("Written off"), self.record.written_off_amount))
        return self.render_outcome(self.balances().after_reinstatement(), *lines)

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        values = self.cleaned_data
        reinstate(self.record, reason=values["reason"], by=by, at=at)
        params = {"amount": format_currency(self.record.remaining_amount), "number": self.record}
        return self.success(gettext("%(amount)s of %(number)s is due again.") % params)
