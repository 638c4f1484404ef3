"""Dialog that reverses a payment."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import PaymentDialog, PreviewLine, amount_lines, render_preview
from billing.admin.form_fields import ReasonField
from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.operations.operation_checks import check_can_reverse
from billing.operations.payments import reverse_payment
from clinic.admin import Dialog
from clinic.admin.idempotent_forms import SubmitResult
from clinic.db.expressions import InNumberOrder
from clinic.i18n.lazy_text import LazyText

MAX_INVOICES_SHOWN = 20


class ReversePaymentDialog(PaymentDialog):
    """Reverse the payment: it was never received."""

    live = False
    name, label, icon, shortcut = "reverse", _("Reverse"), "undo", "r"
    required_permissions = (roles.REVERSE,)
    is_dangerous = True

    reason = ReasonField(label=_("Reason"))

    @classmethod
    def check(cls, record: Payment, by: User, at: datetime) -> None:
        check_can_reverse(record, by=by, at=at)

    dialog = Dialog(
        _("Reverse this payment"),
        submit=_("Reverse"),
        text=_(
            "For money that was never received: entered by mistake, bounced, or charged back. The whole payment is "
            "removed from all invoices. To return money to the patient, use a refund instead."
        ),
    )

    def effect(self) -> LazyText:
        paid = (
            Invoice.objects.filter(allocations__payment=self.record)
            .distinct()
            .order_by(InNumberOrder("reg_number"))[:MAX_INVOICES_SHOWN]
        )
        lines = amount_lines((_("Payment"), self.record.amount))
        lines += [PreviewLine(_("Removed from"), str(invoice)) for invoice in paid]
        return render_preview(lines)

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        written_off = Invoice.objects.filter(allocations__payment=self.record, status=InvoiceStatus.WRITTEN_OFF)
        written_off_ids = set(written_off.values_list("pk", flat=True))
        reversal = reverse_payment(payment=self.record, reason=self.cleaned_data["reason"], by=by, at=at)
        text = gettext("Payment %(receipt)s is reversed by %(reversal)s.") % {
            "receipt": self.record.receipt_number,
            "reversal": reversal.receipt_number,
        }
        reinstated = (
            Invoice.objects.filter(pk__in=written_off_ids)
            .open()
            .order_by(InNumberOrder("reg_number"))[:MAX_INVOICES_SHOWN]
        )
        if numbers := ", ".join(invoice.reg_number for invoice in reinstated):
            text += " " + gettext("Previously written off, and now due again: %(numbers)s.") % {"numbers": numbers}
        return self.success(text)
