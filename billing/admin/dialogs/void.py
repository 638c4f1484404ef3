"""Dialog that voids an invoice."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import InvoiceDialog, amount_lines, last_payment_method, payment_method_field
from billing.admin.reason_field import ReasonField
from billing.choices import PaymentMethod
from billing.models import Invoice
from billing.operations.operation_checks import check_can_void
from billing.operations.voiding import ReleaseTo, void
from clinic.admin import Dialog
from clinic.admin.idempotent_forms import SubmitResult
from clinic.domain.permissions import has_permission
from clinic.i18n.lazy_text import LazyText


class VoidDialog(InvoiceDialog):
    """Void the invoice; it keeps its number. Money paid on it is refunded or becomes the patient's credit."""

    name, label, icon, shortcut = "void", pgettext_lazy("verb", "Void"), "block", "v"
    required_permissions = (roles.VOID,)
    is_dangerous = True

    payments = forms.ChoiceField(label=_("Money already paid"), widget=forms.RadioSelect)
    method = payment_method_field(required=False, help_text=_("How the money is refunded, if you refund it."))
    reason = ReasonField(label=_("Reason"))

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["reason"].required = self.record.is_issued
        if not self.record.paid_amount:
            del self.fields["payments"], self.fields["method"]
            return
        choices: list[tuple[str, LazyText]] = [("credit", _("Keep it as the patient’s credit"))]
        if has_permission(cast("User", self.request.user), roles.REFUND):
            choices.append(("refund", _("Refund it")))
        cast("forms.ChoiceField", self.fields["payments"]).choices = choices
        self.initial["method"] = last_payment_method(self.request)

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        check_can_void(record, by=by, at=at, handles_payments=True)

    @property
    def dialog(self) -> Dialog:
        issued = _(
            "It keeps its number and amounts, but is no longer counted, and nothing is owed on it. This cannot be "
            "undone."
        )
        draft = _("The draft is kept, but can no longer be issued.")
        text = issued if self.record.is_issued else draft
        return Dialog(_("Void this invoice"), submit=pgettext_lazy("verb", "Void"), text=text)

    def effect(self) -> LazyText:
        lines = amount_lines((_("Total"), self.record.total_amount))
        if self.record.paid_amount:
            lines += amount_lines((_("Amount paid"), self.record.paid_amount))
        to_credit = bool(self.record.paid_amount) and self.value_of("payments") == "credit"
        return self.render_outcome(self.balances().after_void(to_credit=to_credit), *lines)

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        values = self.cleaned_data
        release_to = cast("ReleaseTo | None", values.get("payments") or None)
        method = PaymentMethod(values.get("method") or PaymentMethod.UNSPECIFIED)
        void(self.record, reason=values["reason"], release_to=release_to, method=method, by=by, at=at)
        return self.success(gettext("%(number)s was voided.") % {"number": self.record})
