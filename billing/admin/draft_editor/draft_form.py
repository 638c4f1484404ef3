"""The complete draft form (header and items): totals, saving, errors."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from billing.admin.dialogs.use_credit import CreditOffer, credit_offer
from billing.admin.draft_editor.header_form import API_NAMES, InvoiceHeaderForm
from billing.admin.draft_editor.item_forms import ROW, ItemForm, submitted_items, validate_items
from billing.admin.inactive_warnings import inactive_warnings
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.operations.create_or_update import create_invoice, update_invoice
from billing.operations.inactive_records import inactive_records, inactive_records_of
from billing.operations.invoice_input import InvoiceInput
from billing.operations.operation_checks import list_price
from billing.roles import DISCOUNT_ANY
from billing.rules.clerk_limits import check_clerk_discount
from billing.rules.money import ZERO
from billing.rules.totals import Line, Totals, calculate_totals
from clinic.admin import localized_message
from clinic.admin.form_errors import first_error
from clinic.domain.errors import RuleBroken
from clinic.domain.permissions import has_permission
from patients.models import Appointment, Patient

ABOVE_ITEMS = ("patient", "patient_search")  # fields of the header; the others are below the items
HEADER_FIELDS = {api_name: name for name, api_name in reversed(API_NAMES.items())}


@dataclass(slots=True)
class FormTotals:
    """The totals of a draft form, what is wrong with them, and warnings of inactive records.

    `totals` is None if they cannot be calculated.
    """

    totals: Totals | None
    paid: Decimal
    warnings: list[str]
    problem: str = ""

    @property
    def remaining(self) -> Decimal:
        """The amount due after the deposit."""
        return max(ZERO, self.totals.total_amount - self.paid) if self.totals else ZERO


class DraftForm:
    """The form of a draft. `invoice` is None for a new draft, which will get the id `new_id`."""

    def __init__(
        self, header: InvoiceHeaderForm, items: list[ItemForm], invoice: Invoice | None, new_id: UUID | None
    ) -> None:
        self.header, self.items, self.invoice = header, items, invoice
        self.new_id = None if invoice else new_id or uuid4()

    @classmethod
    def empty(cls, patient: Patient | None = None) -> Self:
        """Return an empty form, with a patient if one is given."""
        return cls(InvoiceHeaderForm(invoice=None, patient=patient), [], None, None)

    @classmethod
    def for_appointment(cls, appointment: Appointment) -> Self:
        """Return the form of a new draft for an appointment: its patient, and the service that it was for."""
        header = InvoiceHeaderForm(invoice=None, patient=appointment.patient, appointment=appointment)
        return cls(header, [ItemForm.for_appointment(appointment)], None, None)

    @classmethod
    def for_draft(cls, invoice: Invoice) -> Self:
        """Return the form of a stored draft."""
        items = [ItemForm.for_item(item, str(index)) for index, item in enumerate(invoice.ordered_items)]
        return cls(InvoiceHeaderForm(invoice=invoice), items, invoice, None)

    @classmethod
    def submitted(cls, data: QueryDict, invoice: Invoice | None) -> Self:
        """Return the form of submitted data, without blank rows.

        The field `overwrite` holds the version that somebody else saved meanwhile, when the user has seen it and saves
        their own input instead.
        """
        data = data.copy()
        if invoice and "overwrite" in data:
            data["version"] = str(data["overwrite"])
            _unset_removed_items(data, invoice)
        items = [item for item in submitted_items(data) if not item.is_blank]
        try:
            new_id = UUID(data.get("new_id", ""))
        except ValueError:
            new_id = None
        return cls(InvoiceHeaderForm(data, invoice=invoice, status=InvoiceStatus.DRAFT), items, invoice, new_id)

    @property
    def template_row(self) -> ItemForm:
        """A blank row for the script to copy; it replaces KEY by the key of the new row."""
        return ItemForm(None, key="KEY")

    @cached_property
    def blank_row(self) -> ItemForm:
        """A blank row at the end of the items."""
        return ItemForm(None, key=uuid4().hex[:12])

    @property
    def has_errors(self) -> bool:
        """True if submitted data is invalid."""
        return self.header.is_bound and (bool(self.header.errors) or any(item.errors for item in self.items))

    @property
    def focus(self) -> str:
        """The name of the input that gets the focus: the first with an error, else the first that is to be filled in.

        That is the patient, and once one is chosen, the first item; none if there are items already.
        """
        header = self.header.visible_fields()
        above = [field for field in header if field.name in ABOVE_ITEMS]
        items = [field for item in self.items for field in item.visible_fields()]
        below = [field for field in header if field.name not in ABOVE_ITEMS]
        return first_error([*above, *items, *below]) or self._first_empty_input

    @property
    def _first_empty_input(self) -> str:
        if not self.header.selected_patient:
            return "patient_search"
        return "" if self.items else self.blank_row["description"].html_name

    def is_valid(self) -> bool:
        """Validate all fields and return whether all are valid."""
        is_header_valid, are_items_valid = self.header.is_valid(), validate_items(self.items)
        return is_header_valid and are_items_valid

    def save(self, *, by: User, at: datetime) -> Invoice:
        """Create or update the draft. Raises RuleBroken; StaleVersion if somebody changed it since it was opened."""
        fields = self.header.values()
        items, tags = [item.item_data() for item in self.items], self.header.cleaned_data["tags"]
        if self.invoice is None:
            entered = {name: value for name, value in fields.items() if value is not None}
            return create_invoice(
                InvoiceInput(fields={"id": self.new_id, **entered}, items=items, tags=tags), by=by, at=at
            )
        update_invoice(
            self.invoice,
            InvoiceInput(fields=fields, items=items, tags=tags),
            by=by,
            at=at,
            expected_versions=[self.header.cleaned_data["version"] or 0],
        )
        return self.invoice

    def calculate(self, by: User) -> FormTotals:
        """Return the totals of the valid items, and set `line_total` of each. A submitted form is validated before."""
        paid = self.invoice.paid_amount if self.invoice else ZERO
        counted = [(item, line) for item in self.items if (line := item.line()) is not None]
        lines = [line for _item, line in counted]
        discounts = {name: self._discount(name) for name in ("discount_amount", "discount_percent")}
        try:
            totals = calculate_totals(lines, **discounts)
        except RuleBroken as refusal:
            return FormTotals(None, paid, self._warnings(), localized_message(refusal))
        for (item, _line), line_total in zip(counted, totals.line_totals, strict=True):
            item.line_total = line_total
        result = FormTotals(totals, paid, self._warnings())
        if totals.total_amount < paid:
            result.problem = _("The deposit of the draft is higher than that.")
        elif not has_permission(by, DISCOUNT_ANY):
            result.problem = _discount_problem(lines, [list_price(item.chosen_service) for item, _ in counted], totals)
        return result

    def credit_offer(self, request: HttpRequest, result: FormTotals) -> CreditOffer | None:
        """Return the offer of the chosen patient's credit: for the stored draft, or for the draft once it is saved."""
        patient, invoice = self.header.selected_patient, self.invoice
        if invoice is None or patient is None or patient.pk != invoice.patient_id:
            return credit_offer(request, patient, owed=result.remaining)
        return credit_offer(request, patient, owed=invoice.remaining_amount, invoice=invoice)

    def add_refusal(self, refusal: RuleBroken) -> list[str]:
        """Add the errors of a refusal to the fields that they point to; return the messages of the others."""
        without_field = []
        for error in refusal.errors:
            form, name = self._field_at(error.pointer.strip("/").split("/"))
            if form is None:
                without_field.append(localized_message(refusal, error))
            else:
                form.add_error(name if name in form.fields else None, localized_message(refusal, error))
        return without_field if refusal.errors else [localized_message(refusal)]

    def _field_at(self, pointer: list[str]) -> tuple[forms.Form | None, str]:
        match pointer:
            case ["items", index, name] if index.isdigit() and int(index) < len(self.items):
                return self.items[int(index)], name
            case [name, *_rest] if (field := HEADER_FIELDS.get(name, name)) in self.header.fields:
                return self.header, "patient_search" if field == "patient" else field
        return None, ""

    def _warnings(self) -> list[str]:
        """Return the warnings of an inactive patient and of inactive services; one query for a stored draft."""
        if self.header.is_bound or self.invoice is None:
            services = [item.chosen_service for item in self.items if item.chosen_service]
            inactive = inactive_records(self.header.selected_patient, services)
        else:
            inactive = inactive_records_of(self.invoice)
        return list(inactive_warnings(inactive))

    def _discount(self, name: str) -> Decimal:
        if self.header.is_bound:
            return getattr(self.header, "cleaned_data", {}).get(name) or ZERO
        value: Any = getattr(self.invoice, name) if self.invoice else ZERO
        return Decimal(value)


def _discount_problem(lines: list[Line], list_prices: list[Decimal], totals: Totals) -> str:
    try:
        check_clerk_discount(lines, list_prices=list_prices, total_before_tax=totals.subtotal - totals.discount_total)
    except RuleBroken as refusal:
        return localized_message(refusal)
    return ""


def _unset_removed_items(data: QueryDict, invoice: Invoice) -> None:
    """Make new items of those that somebody else removed meanwhile."""
    stored = {str(item.pk) for item in invoice.ordered_items}
    for key in data.getlist(ROW):
        if data.get(f"{ROW}-{key}-id", "") not in stored:
            data[f"{ROW}-{key}-id"] = ""
