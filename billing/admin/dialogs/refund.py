"""Dialog that refunds money paid on one invoice."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import InvoiceDialog, amount_lines, last_payment_method, payment_method_field
from billing.admin.reason_field import ReasonField
from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice
from billing.operations.refunds import refund
from billing.rules.lifecycle import Verb
from billing.rules.limits import REFERENCE_LENGTH
from billing.rules.settlement import OverRefund
from clinic.admin import Dialog, DialogForm, MoneyFormField, TextFormField
from clinic.admin.idempotent_forms import SubmitResult
from clinic.i18n.display import format_currency
from clinic.i18n.lazy_text import LazyText


class RefundFields(DialogForm):
    """The fields of money that is handed out."""

    amount = MoneyFormField(label=_("Amount to refund"))
    method = payment_method_field()
    reason = ReasonField(label=_("Reason"))
    reference = TextFormField(label=_("Reference"), max_length=REFERENCE_LENGTH, required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.initial["method"] = last_payment_method(self.request)

    def details(self) -> dict[str, Any]:
        """Return the arguments of the operation."""
        values = {name: self.cleaned_data[name] for name in ("amount", "reason", "reference")}
        return {**values, "method": PaymentMethod(self.cleaned_data["method"])}


class RefundDialog(RefundFields, InvoiceDialog):
    """Refund money that was paid on the invoice."""

    name, label, icon, shortcut = "refund", _("Refund"), "undo", "f"
    required_permissions = (roles.REFUND,)
    rule = Verb.REFUND
    is_dangerous = True

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.initial["amount"] = self.record.paid_amount

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        if not record.paid_amount:
            raise OverRefund("Nothing was paid on this invoice.", room=Decimal(0))

    dialog = Dialog(
        _("Refund"),
        submit=_("Refund"),
        text=_("The refunded amount is due again. To reduce what the patient owes, issue a credit note first."),
    )

    def effect(self) -> LazyText:
        lines = amount_lines((_("Amount paid"), self.record.paid_amount))
        return self.amount_effect(lines, self.balances().after_refund)

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        was_written_off = self.record.status == InvoiceStatus.WRITTEN_OFF
        row = refund(self.record, by=by, at=at, **self.details())
        params = {"amount": format_currency(row.amount), "left": format_currency(self.record.remaining_amount)}
        text = gettext("%(amount)s was refunded. Remaining: %(left)s.") % params
        if was_written_off and self.record.status != InvoiceStatus.WRITTEN_OFF:
            text += " " + gettext("The invoice was written off and is now due again.")
        return self.success(text)
