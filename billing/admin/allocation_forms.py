"""How money goes over a patient's open invoices: a field for each, proposed oldest due first, and editable."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models.functions import Greatest
from django.forms import BoundField
from django.utils.translation import gettext as _

from billing.models import Invoice
from billing.operations.payments import Share
from billing.rules.allocation import OpenInvoice, allocate_oldest_first
from billing.rules.money import ZERO
from clinic.admin import MoneyFormField
from clinic.i18n.numbers import typed_number
from patients.models import Patient

SHOWN = 100  # open invoices of one account; those due later are named by their number alone
SHARE, VERSION = "share-", "version-"
OLDEST_FIRST, AS_ENTERED = "oldest", "entered"


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An open invoice, and the field that says what it gets."""

    invoice: Invoice
    field: BoundField
    share: Decimal

    @property
    def left(self) -> Decimal:
        """What remains of it after this."""
        return self.invoice.remaining_amount - self.share

    @property
    def version_name(self) -> str:
        return f"{VERSION}{self.invoice.pk}"


class Shares:
    """The open invoices of an account within a form, and what each gets of an amount.

    The form carries the version of each as it was seen: `versions`.
    """

    def __init__(self, form: forms.Form, patient: Patient) -> None:
        self.form = form
        due = Invoice.objects.for_patient(patient).open().order_by(Greatest("due_date", "issue_date"), "pk")
        found = list(due[: SHOWN + 1])
        self.invoices, self.has_more = found[:SHOWN], len(found) > SHOWN
        for invoice in self.invoices:
            label = _("What %(number)s gets") % {"number": invoice.reg_number}
            field = MoneyFormField(label=label, required=False, min_value=Decimal(0))
            field.widget.attrs["aria-label"] = label
            form.fields[f"{SHARE}{invoice.pk}"] = field

    @property
    def owed(self) -> Decimal:
        """What remains of all of them."""
        return sum((invoice.remaining_amount for invoice in self.invoices), ZERO)

    def proposed(self, amount: Decimal) -> dict[UUID, Decimal]:
        """What each gets, the oldest due first."""
        found, _rest = allocate_oldest_first(
            amount, [OpenInvoice(each.pk, each.due_day, each.remaining_amount) for each in self.invoices]
        )
        return dict(found)

    def entered(self) -> dict[UUID, Decimal]:
        """What was typed for each."""
        self.form.is_valid()
        typed = {each.pk: self.form.cleaned_data.get(f"{SHARE}{each.pk}") for each in self.invoices}
        return {key: amount for key, amount in typed.items() if amount}

    def versions(self) -> dict[UUID, int]:
        """The version of each invoice that was on the page."""
        return dict(self._versions())

    def rows(self, shares: dict[UUID, Decimal]) -> list[OpenRow]:
        """Each invoice with its field and what it gets."""
        return [OpenRow(each, self.form[f"{SHARE}{each.pk}"], shares.get(each.pk, ZERO)) for each in self.invoices]

    def fill(self, shares: dict[UUID, Decimal]) -> None:
        """Put what each gets into its field, whatever was typed there."""
        values = {f"{SHARE}{each.pk}": shares.get(each.pk) for each in self.invoices}
        if not self.form.is_bound:
            self.form.initial.update(values)
            return
        typed: Any = self.form.data
        typed = typed.copy()
        for name, value in values.items():
            typed[name] = typed_number(value, least_places=2)
        self.form.data = typed

    def _versions(self) -> Iterator[tuple[UUID, int]]:
        for name, value in self.form.data.items():
            if name.startswith(VERSION) and str(value).isdecimal():
                try:
                    yield UUID(name.removeprefix(VERSION)), int(value)
                except ValueError:
                    continue


def as_shares(shares: dict[UUID, Decimal]) -> list[Share]:
    """As the verbs of the books take them."""
    return [Share(key, amount) for key, amount in shares.items()]
