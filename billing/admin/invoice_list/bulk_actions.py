"""Bulk actions on invoices: one operation and one transaction per invoice, with a dry run as preview."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.draft_editor.form_fields import TagListField
from billing.admin.inactive_warnings import inactive_warnings
from billing.admin.reason_field import ReasonField
from billing.models import Invoice
from billing.operations.create_or_update import update_invoice
from billing.operations.inactive_records import inactive_records_of
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.write_offs import write_off
from billing.rules.limits import MAX_TAGS
from clinic.admin import DialogForm, format_date, format_money, localized_message
from clinic.domain.errors import RuleBroken, StaleVersion
from clinic.domain.text import distinct

MAX_SELECTED = 100
DRY_RUN_REASON = "Tried before it is done."  # rolled back


class ChosenInvoice(NamedTuple):
    """An invoice and its displayed version."""

    invoice_id: UUID
    version: int


class BulkResult(NamedTuple):
    """The effect of the action on one invoice, or why it was refused; `amount` is the one that the message names."""

    invoice: Invoice
    version: int
    is_done: bool
    message: str
    amount: Decimal | None = None


class IssueForm(DialogForm):
    """A form without fields."""


class WriteOffForm(DialogForm):
    """The reason of the write-offs, and the id of their batch."""

    batch_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    reason = ReasonField(label=_("Reason"), help_text=_("It is recorded in the history of each invoice."))


class TagsForm(DialogForm):
    """Tags to add to all invoices, and tags to remove."""

    add = TagListField(label=_("Add"), required=False, help_text=_("Separate tags with commas."))
    remove = TagListField(label=_("Remove"), required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not self.errors and not any(values.values()):
            raise forms.ValidationError(_("Enter a tag to add or remove."))
        return values


class TooManyTags(RuleBroken):
    """The invoice would have too many tags."""

    code = "too_many_tags"


Values = dict[str, Any]


class BulkAction(NamedTuple):
    """An action on many invoices.

    `perform` calls the operation; `describe_preview` and `describe_result` make a sentence of the invoice and of what
    `perform` returned, `amount` returns the amount in it. `dry_run_values` stand for the form in the first preview,
    before the user has filled it in.
    """

    key: str
    title: Promise
    submit: Promise
    permission: str
    form: type[DialogForm]
    perform: Callable[[Invoice, Values, User, datetime], Any]
    describe_preview: Callable[[Invoice, Any], str]
    describe_result: Callable[[Invoice, Any], str]
    amount: Callable[[Invoice, Any], Decimal | None]
    dry_run_values: Values = {}
    is_dangerous: bool = False


def run_bulk(
    action: BulkAction, chosen: Iterable[ChosenInvoice], values: Values, *, by: User, at: datetime, dry_run: bool
) -> list[BulkResult]:
    """Run the action on each invoice that still has its displayed version; a refusal does not stop the others.

    With `dry_run`, each transaction is rolled back.
    """
    versions = dict(chosen)
    invoices = Invoice.objects.select_related("patient").in_bulk(versions)
    existing = [(invoices[key], version) for key, version in versions.items() if key in invoices]
    return [run_on(action, invoice, version, values, by=by, at=at, dry_run=dry_run) for invoice, version in existing]


def run_on(
    action: BulkAction, invoice: Invoice, version: int, values: Values, *, by: User, at: datetime, dry_run: bool = False
) -> BulkResult:
    """Run the action on one invoice, unless it has another version by now."""
    try:
        with transaction.atomic():
            invoice.lock()
            if invoice.version != version:
                raise StaleVersion(
                    gettext("Somebody has changed it in the meantime. Check it again before you continue.")
                )
            result = action.perform(invoice, values, by, at)
            describe = action.describe_preview if dry_run else action.describe_result
            message, amount = describe(invoice, result), action.amount(invoice, result)
            transaction.set_rollback(dry_run)
    except RuleBroken as refusal:
        return BulkResult(_stored(invoice), version, False, localized_message(refusal))
    except OperationalError:
        return BulkResult(invoice, version, False, gettext("The database is busy. Try this one again."))
    return BulkResult(_stored(invoice) if dry_run else invoice, version, True, message, amount)


def _stored(invoice: Invoice) -> Invoice:
    """Return the invoice as it is stored, without changes that were rolled back."""
    return Invoice.objects.select_related("patient").get(pk=invoice.pk)


# -- The actions


def _issue(invoice: Invoice, _values: Values, by: User, at: datetime) -> None:
    issue(invoice, by=by, at=at)


def _describe_issue_preview(invoice: Invoice, _result: Any) -> str:
    text = gettext("Total %(total)s, due %(day)s.")
    effect = text % {"total": format_money(invoice.total_amount), "day": format_date(invoice.due_date)}
    return " ".join([effect, *inactive_warnings(inactive_records_of(invoice))])


def _describe_issue(invoice: Invoice, _result: Any) -> str:
    return gettext("Issued as %(number)s.") % {"number": invoice.reg_number}


def _write_off(invoice: Invoice, values: Values, by: User, at: datetime) -> Decimal:
    row = write_off(invoice, reason=values["reason"], batch_id=values["batch_id"], by=by, at=at)
    return row.amount


def _describe_write_off_preview(_invoice: Invoice, amount: Decimal) -> str:
    return gettext("Writes off %(amount)s.") % {"amount": format_money(amount)}


def _describe_write_off(_invoice: Invoice, amount: Decimal) -> str:
    return gettext("%(amount)s written off.") % {"amount": format_money(amount)}


def _change_tags(invoice: Invoice, values: Values, by: User, at: datetime) -> list[str]:
    tags = distinct([*invoice.tags.values_list("name", flat=True), *values["add"]])
    for key in distinct(values["remove"]).keys() - distinct(values["add"]).keys():
        tags.pop(key, None)
    if len(tags) > MAX_TAGS:
        raise TooManyTags(gettext("An invoice can have at most %(number)d tags.") % {"number": MAX_TAGS})
    update_invoice(invoice, InvoiceInput(tags=list(tags.values())), by=by, at=at)
    return [tags[key] for key in sorted(tags)]


def _describe_tags(_invoice: Invoice, tags: list[str]) -> str:
    return gettext("Tags: %(words)s.") % {"words": ", ".join(tags) or "–"}


BULK_ACTIONS = {
    action.key: action
    for action in (
        BulkAction(
            "issue",
            _("Issue drafts"),
            _("Issue them"),
            "billing.issue_invoice",
            IssueForm,
            _issue,
            _describe_issue_preview,
            _describe_issue,
            lambda invoice, _result: invoice.total_amount,
        ),
        BulkAction(
            "write-off",
            _("Write off the remaining amount"),
            _("Write them off"),
            "billing.write_off_invoice",
            WriteOffForm,
            _write_off,
            _describe_write_off_preview,
            _describe_write_off,
            lambda _invoice, amount: amount,
            dry_run_values={"reason": DRY_RUN_REASON, "batch_id": None},
            is_dangerous=True,
        ),
        BulkAction(
            "tag",
            _("Change tags"),
            _("Change the tags"),
            "billing.change_invoice",
            TagsForm,
            _change_tags,
            _describe_tags,
            _describe_tags,
            lambda _invoice, _tags: None,
            dry_run_values={"add": [], "remove": []},
        ),
    )
}
