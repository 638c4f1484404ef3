"""Action buttons of a record: the dialogs that its status, and the permissions of the user, allow."""

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from billing.admin.dialogs.base import ActionDialog
from billing.admin.dialogs.copy import CopyDialog
from billing.admin.dialogs.correction import CorrectionDialog
from billing.admin.dialogs.credit_note import CreditNoteDialog
from billing.admin.dialogs.issue import IssueDialog
from billing.admin.dialogs.payment_credit import AllocateCreditDialog, RefundCreditDialog
from billing.admin.dialogs.record_payment import RecordPaymentDialog
from billing.admin.dialogs.refund import RefundDialog
from billing.admin.dialogs.reverse_payment import ReversePaymentDialog
from billing.admin.dialogs.use_credit import UseCreditDialog
from billing.admin.dialogs.void import VoidDialog
from billing.admin.dialogs.write_off import ReinstateDialog, WriteOffDialog
from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.roles import CHANGE, SUPERVISOR, allows
from clinic.domain.errors import NotAllowed, RuleBroken
from clinic.domain.permissions import has_permission
from clinic.i18n.lazy_text import LazyText

# In the order of the buttons.
INVOICE_DIALOGS: dict[str, type[ActionDialog]] = {
    dialog.name: dialog
    for dialog in (
        IssueDialog,
        RecordPaymentDialog,
        UseCreditDialog,
        RefundDialog,
        CreditNoteDialog,
        CorrectionDialog,
        WriteOffDialog,
        ReinstateDialog,
        VoidDialog,
        CopyDialog,
    )
}
PAYMENT_DIALOGS: dict[str, type[ActionDialog]] = {
    dialog.name: dialog for dialog in (AllocateCreditDialog, RefundCreditDialog, ReversePaymentDialog)
}


class ActionLink(NamedTuple):
    """A button that opens the dialog of an action, and its shortcut key."""

    name: str
    label: LazyText
    url: str
    shortcut: str
    is_primary: bool
    icon: str
    is_dangerous: bool


def invoice_actions(request: HttpRequest, invoice: Invoice) -> list[ActionLink]:
    """Return the actions on an invoice that the user may do now. Their URLs carry the displayed version."""
    primary = IssueDialog.name if invoice.status == InvoiceStatus.DRAFT else RecordPaymentDialog.name
    query = f"?seen={invoice.version}"
    return _links(request, INVOICE_DIALOGS.values(), invoice, "admin:billing_invoice_verb", primary, query)


def payment_actions(request: HttpRequest, payment: Payment) -> list[ActionLink]:
    """Return the actions on a payment that the user may do now."""
    primary = AllocateCreditDialog.name
    return _links(request, PAYMENT_DIALOGS.values(), payment, "admin:billing_payment_verb", primary, "")


def supervisor_actions(request: HttpRequest, record: Invoice | Payment) -> list[LazyText]:
    """Return the labels of the actions that a supervisor, but not this clerk, may do on a record now.

    Empty for users who may not change invoices at all, such as auditors.
    """
    user = cast("User", request.user)
    if not has_permission(user, CHANGE):
        return []
    dialogs = INVOICE_DIALOGS if isinstance(record, Invoice) else PAYMENT_DIALOGS
    return [dialog.label for dialog in dialogs.values() if _needs_supervisor(dialog, record, user)]


def _needs_supervisor(dialog: type[ActionDialog], record: Any, user: User) -> bool:
    """Return whether the record allows the action now, but not to the user."""
    try:
        dialog.check(record, user, timezone.now())
    except NotAllowed:
        return dialog.is_permitted(user)
    except RuleBroken:
        return False
    return not dialog.is_permitted(user) and all(allows(SUPERVISOR, each) for each in dialog.required_permissions)


def _links(
    request: HttpRequest, dialogs: Iterable[type[ActionDialog]], record: Any, url_name: str, primary: str, query: str
) -> list[ActionLink]:
    return [
        ActionLink(
            dialog.name,
            dialog.label,
            reverse(url_name, args=[record.pk, dialog.name]) + query,
            dialog.shortcut,
            dialog.name == primary,
            dialog.icon,
            dialog.is_dangerous,
        )
        for dialog in dialogs
        if dialog.is_permitted(request.user) and not dialog.unavailable_because(record, request.user)
    ]
