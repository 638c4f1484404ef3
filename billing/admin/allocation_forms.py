"""Allocation form fields: one amount for each open invoice of an account, prefilled oldest due first."""

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django import forms
from django.db.models import Sum
from django.forms import BoundField
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from billing.admin.form_versions import parse_version
from billing.models import Invoice
from billing.operations.payments import Share, oldest_first
from billing.rules.money import ZERO
from clinic.admin import MoneyFormField
from clinic.i18n.numbers import format_input_number
from patients.models import Patient

MAX_ALLOCATION_FIELDS = 100  # with a field; has_more tells that there are others, due later
AMOUNT_PREFIX, VERSION_PREFIX = "share-", "version-"
OLDEST_FIRST, AS_ENTERED = "oldest", "entered"


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """An open invoice with the field of the amount allocated to it."""

    invoice: Invoice
    field: BoundField
    amount: Decimal

    @property
    def remaining(self) -> Decimal:
        """The amount due after the allocation."""
        return self.invoice.remaining_amount - self.amount

    @property
    def version_name(self) -> str:
        """The name of the hidden field with the displayed version of the invoice."""
        return f"{VERSION_PREFIX}{self.invoice.pk}"


class AllocationFields:
    """The fields of a form for the open invoices of an account: the amount allocated to each.

    The form also carries the displayed version of each invoice: `versions`.
    """

    def __init__(self, form: forms.Form, patient: Patient) -> None:
        self.form, self.patient = form, patient
        invoices = list(Invoice.objects.for_patient(patient).open().oldest_due_first()[: MAX_ALLOCATION_FIELDS + 1])
        self.invoices, self.has_more = invoices[:MAX_ALLOCATION_FIELDS], len(invoices) > MAX_ALLOCATION_FIELDS
        for invoice in self.invoices:
            label = _("Amount for %(number)s") % {"number": invoice.reg_number}
            field = MoneyFormField(label=label, required=False, min_value=Decimal(0))
            field.widget.attrs["aria-label"] = label
            form.fields[f"{AMOUNT_PREFIX}{invoice.pk}"] = field

    @property
    def total_due(self) -> Decimal:
        """The amount due of the invoices that have a field."""
        return sum((invoice.remaining_amount for invoice in self.invoices), ZERO)

    @cached_property
    def due_without_field(self) -> Decimal:
        """The amount due of the open invoices beyond MAX_ALLOCATION_FIELDS."""
        if not self.has_more:
            return ZERO
        owed = Invoice.objects.for_patient(self.patient).open().aggregate(owed=Sum("remaining_amount"))["owed"]
        return cast("Decimal", owed) - self.total_due

    def proposed(self, amount: Decimal) -> dict[UUID, Decimal]:
        """Return the allocations of an amount, oldest due first."""
        return dict(oldest_first(amount, self.invoices))

    def entered(self) -> dict[UUID, Decimal]:
        """Return the allocations that were entered."""
        self.form.is_valid()
        entered = {each.pk: self.form.cleaned_data.get(f"{AMOUNT_PREFIX}{each.pk}") for each in self.invoices}
        return {key: amount for key, amount in entered.items() if amount}

    def versions(self) -> dict[UUID, int]:
        """Return the displayed version of each invoice."""
        versions = {}
        for name, value in self.form.data.items():
            if name.startswith(VERSION_PREFIX) and (version := parse_version(value)) is not None:
                with suppress(ValueError):  # no id of an invoice
                    versions[UUID(name.removeprefix(VERSION_PREFIX))] = version
        return versions

    def rows(self, allocations: dict[UUID, Decimal]) -> list[AllocationRow]:
        """Return a row for each invoice."""
        return [
            AllocationRow(each, self.form[f"{AMOUNT_PREFIX}{each.pk}"], allocations.get(each.pk, ZERO))
            for each in self.invoices
        ]

    def fill(self, allocations: dict[UUID, Decimal]) -> None:
        """Set the fields to the allocations, whatever was entered."""
        values = {f"{AMOUNT_PREFIX}{each.pk}": allocations.get(each.pk) for each in self.invoices}
        if not self.form.is_bound:
            self.form.initial.update(values)
            return
        data: Any = self.form.data
        data = data.copy()
        for name, value in values.items():
            data[name] = format_input_number(value, min_decimals=2)
        self.form.data = data


def as_shares(allocations: dict[UUID, Decimal]) -> list[Share]:
    """Return the allocations as the operations take them."""
    return [Share(key, amount) for key, amount in allocations.items()]
