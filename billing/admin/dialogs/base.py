"""What every verb of the desk is: its words, who may, the question that it asks, and its one call of the domain."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.admin.invoice_page.history import Told, tell
from billing.admin.status_badges import status_badge
from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice
from billing.rules.lifecycle import Verb, check_verb
from billing.rules.preview import Balances, Outcome
from clinic.admin import DayInput, Dialog, DialogForm, dress, in_words
from clinic.admin.idempotent_forms import Done
from clinic.domain.dates import start_of, today
from clinic.domain.errors import RuleBroken
from clinic.domain.permissions import Act, may
from clinic.i18n.display import in_currency

Text = str | Promise
METHODS = [choice for choice in PaymentMethod.choices if choice[0] != PaymentMethod.UNSPECIFIED]
LAST_METHOD = "payment_method"  # in the session: what was chosen last is likely to be chosen next


class Line(NamedTuple):
    """What is said beforehand: a label, and an amount or a badge beside it."""

    label: Text
    value: str | SafeString
    is_main: bool = False


def foretell(lines: Iterable[Line], *, notes: Iterable[Text] = ()) -> SafeString:
    """The box above a dialog's fields."""
    return render_to_string("admin/billing/dialogs/preview.html", {"lines": list(lines), "notes": list(notes)})


class VerbForm(DialogForm):
    """A verb about one record. `acts`: what a person must be allowed; `key`: what opens it on the record's page."""

    live = True
    name: ClassVar[str]
    label: ClassVar[Text]
    icon: ClassVar[str]
    key: ClassVar[str]
    acts: ClassVar[tuple[Act, ...]]
    is_dangerous: ClassVar[bool] = False
    template: ClassVar[str] = "admin/billing/dialogs/base.html"

    once = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, request: HttpRequest, record: Any = None) -> None:
        super().__init__(data, request=request, record=record)
        self.initial["once"] = uuid.uuid4()
        self.at = timezone.now()
        self.cannot = self.why_not(record, request.user) if data is None else ""

    @classmethod
    def is_of(cls, by: Any) -> bool:
        """Whether the person's role includes it at all."""
        return all(may(by, act) for act in cls.acts)

    @classmethod
    def why_not(cls, record: Any, by: Any) -> str:
        """Why the record does not allow it now, as far as can be known; empty when it does."""
        try:
            cls.check(record, by, timezone.now())
        except RuleBroken as refusal:
            return in_words(refusal)
        return ""

    @classmethod
    def check(cls, record: Any, by: User, at: datetime) -> None:
        """RuleBroken when the record does not allow it now."""
        raise NotImplementedError("A verb says what the record must allow.")

    def clean(self) -> dict[str, Any]:
        values = dict(super().clean() or {})
        if not values.get("once"):
            self.add_error(None, _("This page is incomplete: open it again."))
        return values

    def given(self, name: str) -> Any:
        """What a field holds: typed, or preset; None where it cannot be read."""
        if not self.is_bound:
            return self.get_initial_for_field(self.fields[name], name)
        self.is_valid()
        return self.cleaned_data.get(name)

    def foretold(self) -> Text:
        """What will be, or why it cannot be."""
        if self.cannot:
            return ""
        try:
            return self.tell()
        except RuleBroken as refusal:
            return foretell([], notes=[in_words(refusal)])

    def tell(self) -> Text:
        """What will be, as lines; RuleBroken when it cannot be."""
        return ""

    def words(self) -> Dialog:
        """How the dialog is worded."""
        raise NotImplementedError("A verb says how its dialog is worded.")

    def perform(self, *, by: User, at: datetime) -> Done:
        """Make the one call of the domain."""
        raise NotImplementedError("A verb says which call of the domain it makes.")


class InvoiceVerb(VerbForm):
    """A verb about an invoice as it was seen: the form carries the version."""

    rule: ClassVar[Verb | None] = None

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    record: Invoice

    def __init__(self, data: Any = None, *, request: HttpRequest, record: Any = None) -> None:
        super().__init__(data, request=request, record=record)
        self.initial["version"] = record.version
        seen = request.GET.get("seen", "")
        self.changed: list[Told] = []
        if data is None and seen.isdecimal() and int(seen) < record.version:
            self.changed = changes_since(record, int(seen))

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:  # noqa: ARG003  # for those who ask more
        assert cls.rule is not None
        check_verb(cls.rule, InvoiceStatus(record.status))

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("version") is None and not self.non_field_errors():
            self.add_error(None, _("This page is incomplete: open it again."))
        return values

    def renew(self) -> None:
        """After somebody else's change: tell of it, and let what was typed be sent again."""
        self.changed = changes_since(self.record, self.cleaned_data["version"])
        typed: Any = self.data
        typed = typed.copy()
        typed["version"] = self.record.version
        self.data = typed

    def balances(self) -> Balances:
        """The invoice as the rules foretell with."""
        return Balances(InvoiceStatus(self.record.status), **self.record.amounts())

    def outcome(self, outcome: Outcome, *before: Line) -> SafeString:
        """What an outcome says in lines."""
        lines = [*before, Line(_("Remaining after this"), in_currency(outcome.remaining), is_main=True)]
        if outcome.status != self.record.status:
            lines.append(Line(_("Status after this"), status_badge(outcome.status)))
        if outcome.new_credit:
            lines.append(Line(_("Kept as the patient’s credit"), in_currency(outcome.new_credit)))
        notes = []
        if outcome.write_off_reversed:
            notes.append(
                _("%(amount)s of the write-off is taken back.") % {"amount": in_currency(outcome.write_off_reversed)}
            )
        return foretell(lines, notes=notes)

    def done(self, text: str) -> Done:
        """Said on the invoice's page."""
        return Done(text, reverse("admin:billing_invoice_change", args=[self.record.pk]))


def changes_since(invoice: Invoice, version: int) -> list[Told]:
    """What happened to an invoice after that version, the oldest first."""
    events = invoice.events.filter(version__gt=version).select_related("created_by").order_by("version", "pk")
    return tell(events[:20])


def amounts(*pairs: tuple[Text, Decimal]) -> list[Line]:
    """Lines of amounts."""
    return [Line(label, in_currency(amount)) for label, amount in pairs]


def method_field(**options: Any) -> forms.ChoiceField:
    """How money comes in or goes out."""
    return forms.ChoiceField(choices=METHODS, label=_("Method"), **options)


def last_method(request: HttpRequest) -> str:
    """The method that the person chose last; cash at first."""
    return str(request.session.get(LAST_METHOD, PaymentMethod.CASH))


def day_field(**options: Any) -> forms.DateField:
    """A day that has come; empty for today."""
    field = forms.DateField(required=False, widget=DayInput, **options)
    dress(field)
    return field


def moment_of(day: Any) -> datetime | None:
    """The beginning of a day that was typed; None for now."""
    return None if day is None or day == today() else start_of(day)
