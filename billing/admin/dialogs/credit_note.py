"""Dialog that issues a credit note, by item or for all that is left."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import roles
from billing.admin.dialogs.base import InvoiceDialog, amount_lines
from billing.admin.reason_field import ReasonField
from billing.models import Invoice
from billing.models.invoice.items import InvoiceItem
from billing.operations.credit_notes import creditable_items, issue_credit_note
from billing.rules.crediting import CreditableItem, CreditRequest, credit_note_lines
from billing.rules.lifecycle import Verb
from billing.rules.money import ZERO
from billing.rules.settlement import OverCredit
from clinic.admin import Dialog, MoneyFormField
from clinic.admin.idempotent_forms import SubmitResult
from clinic.db.fields import QuantityField
from clinic.i18n.display import format_currency
from clinic.i18n.lazy_text import LazyText


def check_something_left(invoice: Invoice) -> None:
    """Raise OverCredit if nothing of the invoice is left to credit."""
    if invoice.total_amount <= invoice.credited_amount:
        raise OverCredit("Nothing is left to credit.", room=ZERO)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of the invoice with the fields for the quantity or the amount to credit."""

    item: InvoiceItem
    creditable: CreditableItem[UUID]
    quantity: BoundField
    amount: BoundField


class CreditNoteDialog(InvoiceDialog):
    """Credit items of the invoice, or all that is left."""

    name, label, icon, shortcut = "credit-note", _("Credit note"), "note_stack", "c"
    required_permissions = (roles.CREDIT,)
    rule = Verb.CREDIT
    is_dangerous = True
    template = "admin/billing/dialogs/credit_note.html"

    reason = ReasonField(label=_("Reason"))

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.items = list(zip(self.record.ordered_items, creditable_items(self.record), strict=True))
        self.open_items = {index: item for index, (item, left) in enumerate(self.items) if left.remaining > 0}
        for index in self.open_items:
            min_quantity = Decimal(1).scaleb(-QuantityField.scale)
            self.fields[f"quantity_{index}"] = MoneyFormField(
                label=_("Quantity"), required=False, min_value=min_quantity, decimal_places=QuantityField.scale
            )
            self.fields[f"amount_{index}"] = MoneyFormField(label=_("or amount"), required=False)
        self.fields["reason"] = self.fields.pop("reason")  # last, as in the dialog

    @classmethod
    def check(cls, record: Invoice, by: User, at: datetime) -> None:
        super().check(record, by, at)
        check_something_left(record)

    @property
    def rows(self) -> Iterator[ItemRow]:
        """Yield the items that are not fully credited, with their fields."""
        for index, item in self.open_items.items():
            yield ItemRow(item, self.items[index][1], self[f"quantity_{index}"], self[f"amount_{index}"])

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for index in self.open_items:
            if values.get(f"quantity_{index}") is not None and values.get(f"amount_{index}") is not None:
                self.add_error(f"amount_{index}", _("Enter a quantity or an amount, not both."))
        return values

    def credit_requests(self) -> list[CreditRequest[UUID]] | None:
        """Return the credit requested for each item; None, for all that is left, if nothing is entered."""
        requests = []
        for index, item in self.open_items.items():
            quantity, amount = self.value_of(f"quantity_{index}"), self.value_of(f"amount_{index}")
            if quantity is not None or amount is not None:
                requests.append(CreditRequest(item.pk, quantity=quantity, amount=amount))
        return requests or None

    dialog = Dialog(
        _("Credit note"),
        submit=_("Issue the credit note"),
        text=_("Enter how much of each item to credit. If nothing is entered, everything that is left is credited."),
    )

    def effect(self) -> LazyText:
        lines = credit_note_lines([creditable for _item, creditable in self.items], self.credit_requests())
        total = sum((line.total for line in lines), ZERO)
        return self.render_outcome(
            self.balances().after_credit_note(total), *amount_lines((_("This credit note"), total))
        )

    def perform(self, *, by: User, at: datetime) -> SubmitResult:
        values = self.cleaned_data
        note = issue_credit_note(
            invoice=self.record, reason=values["reason"], items=self.credit_requests(), by=by, at=at
        )
        params = {
            "note": note.number,
            "amount": format_currency(note.total_amount),
            "left": format_currency(self.record.remaining_amount),
        }
        return self.success(gettext("Credit note %(note)s for %(amount)s was issued. Remaining: %(left)s.") % params)
