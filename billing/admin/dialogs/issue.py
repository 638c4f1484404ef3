"""Dialog that issues a draft."""

from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.appointment_notes import appointment_notes
from billing.admin.dialogs.base import InvoiceDialog, NextStep, PreviewLine, amount_lines
from billing.admin.inactive_warnings import inactive_warnings
from billing.models import Invoice
from billing.operations.account_credit import credit_of_account, use_credit
from billing.operations.inactive_records import inactive_records_of
from billing.operations.issuing import default_due_date, issue
from billing.operations.operation_checks import check_can_issue, check_issue_day
from clinic.admin import Dialog, format_date
from clinic.admin.idempotent_forms import SubmitResult
from clinic.domain.dates import local_date
from clinic.domain.permissions import has_permission
from clinic.i18n.display import format_currency
from clinic.i18n.lazy_text import LazyText

TAKE_PAYMENT = NextStep("pay", _("Issue and take the payment"))


class IssueDialog(InvoiceDialog):
    """Issue the draft: it gets its number."""

    name, label, icon, shortcut = "issue", _("Issue"), "send", "i"
    required_permissions = (roles.ISSUE,)

    use_credit = forms.BooleanField(label=_("Use the patient’s credit"), required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.credit = credit_of_account(self.record.patient)
        may_use_credit = has_permission(cast("User", self.request.user), roles.ALLOCATE)
        if not (self.credit and self.record.remaining_amount and may_use_credit):
            del self.fields["use_credit"]

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:  # noqa: ARG003  # the signature of the base class
        check_can_issue(record, record.ordered_items)

    dialog = Dialog(
        _("Issue this invoice"),
        submit=_("Issue"),
        text=_(
            "The invoice gets its number. After that, the patient, payer, items and prices can no longer be changed."
        ),
    )

    def effect(self) -> LazyText:
        issue_date = self.record.issue_date or self.at
        check_issue_day(local_date(issue_date), by=cast("User", self.request.user), at=self.at)
        due_date = self.record.due_date or default_due_date(local_date(issue_date))
        lines = [
            PreviewLine(_("Patient"), str(self.record.patient)),
            PreviewLine(_("Issue date"), format_date(issue_date)),
            PreviewLine(_("Due date"), format_date(due_date)),
            *amount_lines((_("Total"), self.record.total_amount)),
        ]
        if self.record.paid_amount:
            lines += amount_lines((_("Paid as a deposit"), self.record.paid_amount))
        balances = self.balances()
        if self.credit:
            lines += amount_lines((_("Credit of the patient"), self.credit))
        if "use_credit" in self.fields and self.value_of("use_credit"):
            used = min(self.credit, self.record.remaining_amount)
            lines += amount_lines((_("Paid by credit"), used))
            balances = replace(balances, paid=balances.paid + used)
        notes = [
            *inactive_warnings(inactive_records_of(self.record)),
            *appointment_notes(self.record.appointment, self.record),
        ]
        return self.render_outcome(balances.after_issue(), *lines, notes=notes)

    @property
    def next_steps(self) -> list[NextStep]:
        may_pay = has_permission(cast("User", self.request.user), roles.TAKE_PAYMENT)
        return [TAKE_PAYMENT] if may_pay and self.record.remaining_amount else []

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        issue(self.record, by=by, at=at)
        if self.cleaned_data.get("use_credit"):
            use_credit(self.record.patient, invoice=self.record, by=by, at=at)
        due = format_currency(self.record.remaining_amount)
        result = self.success(gettext("Issued as %(number)s. %(owed)s is owed.") % {"number": self.record, "owed": due})
        if self.has_chosen(TAKE_PAYMENT) and self.record.remaining_amount:
            return result._replace(url=reverse("admin:billing_invoice_verb", args=[self.record.pk, "pay"]))
        return result
