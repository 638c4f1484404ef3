"""Verbs that give an issued invoice back: a credit note, and a correction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.forms import BoundField
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import InvoiceVerb, Line, Text, amounts
from billing.models import Invoice
from billing.models.invoice.items import InvoiceItem
from billing.operations.credit_notes import AlreadyCorrected, correct, creditable_items, issue_credit_note
from billing.operations.version_checks import as_seen
from billing.rules.crediting import CreditableItem, CreditRequest, credit_note_lines
from billing.rules.lifecycle import Verb
from billing.rules.money import ZERO
from billing.rules.settlement import OverCredit
from clinic.admin import Dialog, MoneyFormField, ReasonField
from clinic.admin.idempotent_forms import Done
from clinic.db.fields import QuantityField
from clinic.i18n.display import in_currency


def check_something_left(invoice: Invoice) -> None:
    """OverCredit when all of it was credited."""
    if invoice.total_amount <= invoice.credited_amount:
        raise OverCredit("Nothing is left to credit.", room=ZERO)


@dataclass(frozen=True, slots=True)
class Row:
    """An item of the invoice, and the two fields that ask how much of it is given back."""

    item: InvoiceItem
    left: CreditableItem[UUID]
    quantity: BoundField
    amount: BoundField

    @property
    def quantity_left(self) -> Decimal:
        return self.left.quantity - self.left.credited_quantity


class CreditNote(InvoiceVerb):
    """Give back items of it, or all that is left."""

    name, label, icon, key = "credit-note", _("Credit note"), "note_stack", "c"
    acts = (roles.CREDIT,)
    rule = Verb.CREDIT
    is_dangerous = True
    template = "admin/billing/dialogs/credit_note.html"

    reason = ReasonField(label=_("Reason"))

    def __init__(self, data: Any = None, **about: Any) -> None:
        super().__init__(data, **about)
        self.items = list(zip(self.record.lines, creditable_items(self.record), strict=True))
        for at, _item in enumerate(self.items):
            least = Decimal(1).scaleb(-QuantityField.scale)
            self.fields[f"quantity_{at}"] = MoneyFormField(
                label=_("Quantity"), required=False, min_value=least, decimal_places=QuantityField.scale
            )
            self.fields[f"amount_{at}"] = MoneyFormField(label=_("or amount"), required=False)

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        check_something_left(record)

    @property
    def rows(self) -> Iterator[Row]:
        """The items of which something is left, with their fields."""
        for at, (item, left) in enumerate(self.items):
            if left.remaining > 0:
                yield Row(item, left, self[f"quantity_{at}"], self[f"amount_{at}"])

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for at, _item in enumerate(self.items):
            if values.get(f"quantity_{at}") is not None and values.get(f"amount_{at}") is not None:
                self.add_error(f"amount_{at}", _("Say a quantity or an amount, not both."))
        return values

    def asked(self) -> list[CreditRequest[UUID]] | None:
        """What is given back of each item; None where nothing is said: all that is left."""
        asked = []
        for at, (item, _left) in enumerate(self.items):
            quantity, amount = self.given(f"quantity_{at}"), self.given(f"amount_{at}")
            if quantity is not None or amount is not None:
                asked.append(CreditRequest(item.pk, quantity=quantity, amount=amount))
        return asked or None

    def words(self) -> Dialog:
        return Dialog(
            _("Credit note"),
            submit=_("Issue the credit note"),
            text=_("Say how much of each item is given back. With nothing filled in, all that is left is given back."),
            is_dangerous=True,
        )

    def tell(self) -> Text:
        lines = credit_note_lines([left for _item, left in self.items], self.asked())
        total = sum((line.total for line in lines), ZERO)
        return self.outcome(self.balances().after_credit_note(total), *amounts((_("This credit note"), total)))

    def perform(self, *, by: User, at: datetime) -> Done:
        values = self.cleaned_data
        with as_seen(self.record, values["version"]):
            note = issue_credit_note(invoice=self.record, reason=values["reason"], items=self.asked(), by=by, at=at)
        said = {
            "note": note.number,
            "amount": in_currency(note.total_amount),
            "left": in_currency(self.record.remaining_amount),
        }
        return self.done(gettext("Credit note %(note)s over %(amount)s is issued. Remaining: %(left)s.") % said)


class Correct(InvoiceVerb):
    """Credit all of it, and start again from a draft with the same items."""

    live = False
    name, label, icon, key = "correct", _("Correct"), "published_with_changes", "k"
    acts = (roles.CORRECT,)
    rule = Verb.CORRECT
    is_dangerous = True

    reason = ReasonField(label=_("What was wrong"))

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        if Invoice.objects.filter(corrects=record).exists():
            raise AlreadyCorrected("A draft corrects this invoice already.")
        check_something_left(record)

    def words(self) -> Dialog:
        return Dialog(
            _("Correct this invoice"),
            submit=_("Correct"),
            text=_(
                "All that is left of it is given back by a credit note, and a new draft with the same items is opened."
                " Money that this frees becomes the draft’s deposit."
            ),
            is_dangerous=True,
        )

    def tell(self) -> Text:
        left = self.record.total_amount - self.record.credited_amount
        outcome = self.balances().after_credit_note(left)
        lines = amounts((_("Credit note"), left))
        if outcome.new_credit:
            lines.append(Line(_("Deposit of the new draft"), in_currency(outcome.new_credit)))
        return self.outcome(outcome.without_new_credit(), *lines)

    def perform(self, *, by: User, at: datetime) -> Done:
        values = self.cleaned_data
        with as_seen(self.record, values["version"]):
            draft = correct(invoice=self.record, reason=values["reason"], by=by, at=at)
        text = gettext("%(number)s is credited. This is the draft that corrects it.") % {"number": self.record}
        return Done(text, reverse("admin:billing_invoice_change", args=[draft.pk]))
