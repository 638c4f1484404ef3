"""Dialogs that allocate or refund the unallocated credit of a payment."""

from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.allocation_forms import AMOUNT_PREFIX, AllocationFields, AllocationRow, as_shares
from billing.admin.dialogs.base import PaymentDialog, PreviewLine, amount_lines, render_preview
from billing.admin.dialogs.refund import RefundFields
from billing.models import Payment
from billing.operations.payments import allocate_credit
from billing.operations.refunds import check_covered, check_has_credit, credit_of, refund_credit
from billing.operations.version_checks import account_locked_at_versions
from billing.rules.money import ZERO
from clinic.admin import Dialog
from clinic.admin.idempotent_forms import SubmitResult
from clinic.i18n.display import format_currency
from clinic.i18n.lazy_text import LazyText


class CreditDialog(PaymentDialog):
    """The dialog of an action on the unallocated amount of a payment: `credit`."""

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.credit = credit_of(self.record)

    @classmethod
    def check(cls, record: Payment, by: User, at: datetime) -> None:  # noqa: ARG003  # the signature of the base class
        check_has_credit(credit_of(record))

    def render_remaining_credit(self, amount: Decimal, *lines: PreviewLine) -> LazyText:
        """Return the preview: the lines, then the credit left after the amount."""
        check_covered(amount, credit=self.credit)
        return render_preview(
            [*lines, PreviewLine(_("Credit after this"), format_currency(self.credit - amount), is_main=True)]
        )


class AllocateCreditDialog(CreditDialog):
    """Allocate the credit of the payment to invoices."""

    name, label, icon, shortcut = "allocate", _("Allocate credit"), "call_split", "a"
    required_permissions = (roles.ALLOCATE,)
    template = "admin/billing/dialogs/allocate_credit.html"

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.allocations = AllocationFields(self, self.record.patient)
        if data is None:
            self.allocations.fill(self.allocations.proposed(self.credit))
            if not self.allocations.invoices and not self.unavailable_reason:
                self.unavailable_reason = gettext("The patient has no open invoice to allocate the credit to.")

    @property
    def rows(self) -> list[AllocationRow]:
        return self.allocations.rows(self.amounts())

    def amounts(self) -> dict[UUID, Decimal]:
        """Return the amount for each invoice: entered, or proposed."""
        return self.allocations.entered() if self.is_bound else self.allocations.proposed(self.credit)

    def lock(self) -> AbstractContextManager[None]:
        return account_locked_at_versions(self.record.patient, self.allocations.versions())

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not any(values.get(name) for name in values if name.startswith(AMOUNT_PREFIX)) and self.allocations.invoices:
            self.add_error(None, _("Enter an amount for at least one invoice."))
        return values

    dialog = Dialog(
        _("Allocate credit"),
        submit=_("Allocate"),
        text=_("The oldest invoices are paid first, unless you choose otherwise."),
    )

    def effect(self) -> LazyText:
        allocated = sum(self.amounts().values(), ZERO)
        lines = amount_lines((_("Credit of this payment"), self.credit), (_("Allocated to invoices"), allocated))
        return self.render_remaining_credit(allocated, *lines)

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        shares = allocate_credit(payment=self.record, allocations=as_shares(self.allocations.entered()), by=by, at=at)
        amount = sum((share.amount for share in shares), ZERO)
        return self.success(gettext("%(amount)s of the credit was allocated.") % {"amount": format_currency(amount)})


class RefundCreditDialog(RefundFields, CreditDialog):
    """Refund the credit of the payment to the patient."""

    name, label, icon, shortcut = "refund", _("Refund credit"), "currency_exchange", "f"
    required_permissions = (roles.REFUND,)
    is_dangerous = True

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.initial["amount"] = self.credit

    dialog = Dialog(_("Refund credit"), submit=_("Refund"))

    def effect(self) -> LazyText:
        lines = amount_lines((_("Credit of this payment"), self.credit))
        amount = self.value_of("amount")
        if amount is None:
            return render_preview(lines)
        return self.render_remaining_credit(amount, *lines)

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        refund = refund_credit(payment=self.record, by=by, at=at, **self.details())
        return self.success(gettext("%(amount)s was refunded.") % {"amount": format_currency(refund.amount)})
