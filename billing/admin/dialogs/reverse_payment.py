"""Dialog that reverses a payment."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import PaymentDialog, PreviewLine, amount_lines, render_preview
from billing.admin.reason_field import ReasonField
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
        touched = Invoice.objects.filter(allocations__payment=self.record)
        paid = touched.annotate(applied=Sum("allocations__amount")).filter(applied__gt=0)
        lines = amount_lines((_("Payment"), self.record.amount))
        lines += [PreviewLine(_("Removed from"), number) for number in _numbers(paid)]
        return render_preview(lines)

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        written_off = Invoice.objects.filter(allocations__payment=self.record, status=InvoiceStatus.WRITTEN_OFF)
        written_off_ids = set(written_off.values_list("pk", flat=True))
        reversal = reverse_payment(payment=self.record, reason=self.cleaned_data["reason"], by=by, at=at)
        text = gettext("Payment %(receipt)s is reversed by %(reversal)s.") % {
            "receipt": self.record.receipt_number,
            "reversal": reversal.receipt_number,
        }
        if numbers := ", ".join(_numbers(Invoice.objects.filter(pk__in=written_off_ids).open())):
            text += " " + gettext("Previously written off, and now due again: %(numbers)s.") % {"numbers": numbers}
        return self.success(text)


def _numbers(invoices: QuerySet[Invoice]) -> list[str]:
    """Return the numbers of invoices in their order; of many, the first ones and how many more there are."""
    numbers = list(invoices.order_by(InNumberOrder("reg_number")).values_list("reg_number", flat=True))
    more = len(numbers) - MAX_INVOICES_SHOWN
    if more <= 0:
        return numbers
    text = ngettext("and %(counter)s more", "and %(counter)s more", more) % {"counter": more}
    return [*numbers[:MAX_INVOICES_SHOWN], text]
