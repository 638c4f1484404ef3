"""Base classes of the action dialogs: permissions, form fields, preview, and the call of the operation."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.admin.form_versions import parse_version
from billing.admin.invoice_history import HistoryEntry, describe_events
from billing.admin.status_badges import status_badge
from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice, Payment
from billing.operations.version_checks import locked_at_version
from billing.rules.lifecycle import Verb, check_verb
from billing.rules.preview import Balances, Outcome
from clinic.admin import Dialog, DialogForm, change_url, localized_message, validate_year
from clinic.admin.form_errors import INCOMPLETE
from clinic.admin.idempotent_forms import SubmitResult
from clinic.domain.dates import start_of_day, today
from clinic.domain.errors import RuleBroken
from clinic.domain.permissions import Permission, has_permission
from clinic.i18n.display import format_currency
from clinic.i18n.lazy_text import LazyText

PAYMENT_METHODS = [choice for choice in PaymentMethod.choices if choice[0] != PaymentMethod.UNSPECIFIED]
LAST_PAYMENT_METHOD = "payment_method"  # key in the session: the method chosen last is preset next time
MAX_CHANGES_SHOWN = 20


class PreviewLine(NamedTuple):
    """A line of the preview: a label with an amount or a badge."""

    label: LazyText
    value: str | SafeString
    is_main: bool = False


def render_preview(lines: Iterable[PreviewLine], *, notes: Iterable[LazyText] = ()) -> SafeString:
    """Return the HTML of the preview above a dialog's fields."""
    return render_to_string("admin/billing/dialogs/preview.html", {"lines": list(lines), "notes": list(notes)})


class OnceForm(DialogForm):
    """A form that is carried out once, however often it is sent: it carries a token of its own."""

    once = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, request: HttpRequest, record: Any = None) -> None:
        super().__init__(data, request=request, record=record)
        self.initial["once"] = uuid.uuid4()

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not values.get("once") and not self.non_field_errors():
            self.add_error(None, INCOMPLETE)
        return values


class NextStep(NamedTuple):
    """A further button of a dialog: it performs the action, and leads to another page than that of the record."""

    name: str
    label: LazyText


class ActionDialog(OnceForm):
    """The dialog of one action on one record.

    `required_permissions` must all be granted; `shortcut` is the key that opens the dialog on the record's page.
    """

    live = True
    name: ClassVar[str]
    label: ClassVar[LazyText]
    icon: ClassVar[str]
    shortcut: ClassVar[str]
    required_permissions: ClassVar[tuple[Permission, ...]]
    is_dangerous: ClassVar[bool] = False
    template: ClassVar[str] = "admin/billing/dialogs/base.html"

    def __init__(self, data: Any = None, *, request: HttpRequest, record: Any = None) -> None:
        super().__init__(data, request=request, record=record)
        self.at = timezone.now()
        self.unavailable_reason = self.unavailable_because(record, request.user) if data is None else ""

    @classmethod
    def is_permitted(cls, user: Any) -> bool:
        """Return whether the user has all required permissions."""
        return all(has_permission(user, permission) for permission in cls.required_permissions)

    @classmethod
    def unavailable_because(cls, record: Any, user: Any) -> str:
        """Return why the record does not allow the action now, or an empty string if it does."""
        try:
            cls.check(record, user, timezone.now())
        except RuleBroken as refusal:
            return localized_message(refusal)
        return ""

    @classmethod
    def check(cls, record: Any, by: User, at: datetime) -> None:
        """Raise RuleBroken if the record does not allow the action now."""
        raise NotImplementedError("An action checks its record.")

    def value_of(self, name: str) -> Any:
        """Return the value of a field, entered or initial; None if it is invalid."""
        if not self.is_bound:
            return self.get_initial_for_field(self.fields[name], name)
        self.is_valid()
        return self.cleaned_data.get(name)

    def preview(self) -> LazyText:
        """Return the effect of the action as HTML, or why it is refused."""
        if self.unavailable_reason:
            return ""
        try:
            return self.effect()
        except RuleBroken as refusal:
            return render_preview([], notes=[localized_message(refusal)])

    def effect(self) -> LazyText:
        """Return the lines of the preview. Raises RuleBroken for an action that would be refused."""
        return ""

    @property
    def dialog(self) -> Dialog:
        """The title, the text and the button of the dialog."""
        raise NotImplementedError("An action has a dialog.")

    @property
    def next_steps(self) -> Sequence[NextStep]:
        """The further buttons; the name of the one that was chosen is `data["next"]`."""
        return ()

    def has_chosen(self, step: NextStep) -> bool:
        """Return whether the form was sent with the button of this step."""
        return bool(self.data.get("next") == step.name)

    def lock(self) -> AbstractContextManager[None]:
        """Return the lock under which the action is performed. StaleVersion if the record changed since it was read."""
        return nullcontext()

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        """Call the operation."""
        raise NotImplementedError("An action calls an operation.")

    def success(self, message: str) -> SubmitResult:
        """Return the message and the page of the record, on which it is displayed."""
        return SubmitResult(message, change_url(self.record))


class InvoiceDialog(ActionDialog):
    """The dialog of an action on an invoice. The form carries the version of the invoice that was displayed."""

    rule: ClassVar[Verb | None] = None

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    record: Invoice

    def __init__(self, data: Any = None, *, request: HttpRequest, record: Any = None) -> None:
        super().__init__(data, request=request, record=record)
        self.initial["version"] = record.version
        seen = parse_version(request.GET.get("seen", ""))
        self.changes: list[HistoryEntry] = []
        if data is None and seen is not None and seen < record.version:
            self.changes = changes_since(record, seen)

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:  # noqa: ARG003  # for subclasses
        assert cls.rule is not None
        check_verb(cls.rule, InvoiceStatus(record.status))

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("version") is None and not self.non_field_errors():
            self.add_error(None, INCOMPLETE)
        return values

    def rebase_on_current_version(self) -> None:
        """Show what others changed since, and let the same input be sent again."""
        self.changes = changes_since(self.record, self.cleaned_data["version"])
        data: Any = self.data
        data = data.copy()
        data["version"] = self.record.version
        self.data = data

    def lock(self) -> AbstractContextManager[None]:
        return locked_at_version(self.record, self.cleaned_data["version"])

    def balances(self) -> Balances:
        """Return the status and the sums of the invoice before the action."""
        return Balances(InvoiceStatus(self.record.status), **self.record.amounts())

    def amount_effect(self, lines: list[PreviewLine], after: Callable[[Decimal], Outcome]) -> SafeString:
        """Return the lines, and the preview of the outcome for the amount that was entered, if it is valid."""
        amount = self.value_of("amount")
        return render_preview(lines) if amount is None else self.render_outcome(after(amount), *lines)

    def render_outcome(self, outcome: Outcome, *before: PreviewLine, notes: Iterable[LazyText] = ()) -> SafeString:
        """Return the preview of an outcome, after the lines `before`, and with these notes."""
        lines = [*before, PreviewLine(_("Remaining after this"), format_currency(outcome.remaining), is_main=True)]
        if outcome.status != self.record.status:
            lines.append(PreviewLine(_("Status after this"), status_badge(outcome.status)))
        if outcome.new_credit:
            lines.append(PreviewLine(_("Kept as the patient’s credit"), format_currency(outcome.new_credit)))
        notes = list(notes)
        if outcome.write_off_reversed:
            reversed_amount = format_currency(outcome.write_off_reversed)
            notes.append(_("%(amount)s of the write-off is reversed.") % {"amount": reversed_amount})
        return render_preview(lines, notes=notes)


class PaymentDialog(ActionDialog):
    """The dialog of an action on a payment."""

    record: Payment


def changes_since(invoice: Invoice, version: int) -> list[HistoryEntry]:
    """Return the first changes of an invoice after a version, oldest first."""
    events = invoice.events.filter(version__gt=version).select_related("created_by").order_by("version", "pk")
    return describe_events(events[:MAX_CHANGES_SHOWN])


def amount_lines(*pairs: tuple[LazyText, Decimal]) -> list[PreviewLine]:
    """Return a preview line for each label and amount."""
    return [PreviewLine(label, format_currency(amount)) for label, amount in pairs]


def payment_method_field(**options: Any) -> forms.ChoiceField:
    """Return a field to choose the payment method."""
    return forms.ChoiceField(choices=PAYMENT_METHODS, label=_("Method"), **options)


def last_payment_method(request: HttpRequest) -> str:
    """Return the method that the user chose last; cash at first."""
    return str(request.session.get(LAST_PAYMENT_METHOD, PaymentMethod.CASH))


def date_field(**options: Any) -> forms.DateField:
    """Return an optional date field; empty stands for now."""
    return forms.DateField(required=False, validators=[validate_year], **options)


def payment_details(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an operation that takes a payment, from the values of a form.

    Today and an empty date stand for now.
    """
    day = values["received_at"]
    return {
        **{name: values[name] for name in ("amount", "tendered", "reference")},
        "method": PaymentMethod(values["method"]),
        "received_at": None if day in (None, today()) else start_of_day(day),
        "excess_to_credit": values["excess"],
    }
