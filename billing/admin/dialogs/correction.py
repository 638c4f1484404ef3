"""Dialog that corrects an invoice: a full credit note and a new draft."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import InvoiceDialog, PreviewLine, amount_lines
from billing.admin.dialogs.credit_note import check_something_left
from billing.admin.reason_field import ReasonField
from billing.models import Invoice
from billing.operations.credit_notes import check_not_corrected, correct
from billing.rules.lifecycle import Verb
from clinic.admin import Dialog, change_url
from clinic.admin.idempotent_forms import SubmitResult
from clinic.i18n.display import format_currency
from clinic.i18n.lazy_text import LazyText


class CorrectionDialog(InvoiceDialog):
    """Credit all that is left of the invoice, and open a draft with the same items."""

    live = False
    name, label, icon, shortcut = "correct", _("Correct"), "published_with_changes", "k"
    required_permissions = (roles.CORRECT,)
    rule = Verb.CORRECT
    is_dangerous = True

    reason = ReasonField(label=_("Reason for the correction"))

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        check_not_corrected(record)
        check_something_left(record)

    dialog = Dialog(
        _("Correct this invoice"),
        submit=_("Correct"),
        text=_(
            "The rest of the invoice is credited, and a new draft with the same items is created. Money already "
            "paid becomes the deposit of the draft."
        ),
    )

    def effect(self) -> LazyText:
        left = self.record.total_amount - self.record.credited_amount
        outcome = self.balances().after_credit_note(left)
        lines = amount_lines((_("Credit note"), left))
        if outcome.new_credit:
            lines.append(PreviewLine(_("Deposit of the new draft"), format_currency(outcome.new_credit)))
        return self.render_outcome(outcome.without_new_credit(), *lines)

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        values = self.cleaned_data
        draft = correct(invoice=self.record, reason=values["reason"], by=by, at=at)
        text = gettext("%(number)s was credited. This draft corrects it.") % {"number": self.record}
        return SubmitResult(text, change_url(draft))
