"""Forms of the items in the draft editor, in page order: from the price list or free text."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Self
from uuid import UUID

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from billing.admin.draft_editor.form_fields import IsoDateField, NumberField
from billing.models import InvoiceItem, Service
from billing.operations.item_input import FROM_SERVICE, ItemData, new_item
from billing.rules.limits import CODE_LENGTH, DESCRIPTION_LENGTH
from billing.rules.totals import Line
from clinic.admin import TextFormField
from clinic.domain.amounts import MAX_PERCENT, MAX_QUANTITY, MONEY_DECIMALS, QUANTITY_DECIMALS, RATE_DECIMALS
from clinic.domain.dates import local_date
from clinic.domain.text import comparison_key
from clinic.i18n.numbers import format_input_number
from patients.models import Appointment

ROW = "row"  # sent once for each item, in page order; the fields of an item are named row-KEY-...
MAX_KEY_LENGTH = 12
FIRST_KEY = "first"  # of the item of an appointment


class ItemError(NamedTuple):
    """A line below the row of an item; `id` is that of the HTML element, to which the field refers."""

    id: str
    text: str


class ItemForm(forms.Form):
    """The form of an item, its fields in the order of the row. Empty fields of a new item come from the price list."""

    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    service = forms.UUIDField(required=False, widget=forms.HiddenInput)
    description = TextFormField(label=_("Service or text"), required=False, max_length=DESCRIPTION_LENGTH)
    quantity = NumberField(label=_("Quantity"), places=QUANTITY_DECIMALS, max_value=MAX_QUANTITY)
    unit_price = NumberField(label=_("Unit price"), places=RATE_DECIMALS)
    discount_percent = NumberField(label=_("Discount %"), places=RATE_DECIMALS, max_value=MAX_PERCENT)
    code = TextFormField(label=_("Code"), required=False, max_length=CODE_LENGTH)
    service_date = IsoDateField(label=_("Service date"))
    discount_amount = NumberField(label=_("Discount amount"), places=MONEY_DECIMALS)
    tax_rate = NumberField(label=_("Tax %"), places=RATE_DECIMALS, max_value=MAX_PERCENT)

    def __init__(self, data: Mapping[str, Any] | None, *, key: str, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, prefix=f"{ROW}-{key}", initial=initial)
        self.key = key
        self.line_total: Any = None
        self.chosen_service: Service | None = None
        self.stored_line: Line | None = None

    @property
    def is_blank(self) -> bool:
        """True if the user entered nothing but a quantity that can be read; such a row is no item."""
        names = self.fields.keys() - {"quantity"}
        if any(str(self[name].value() or "").strip() for name in names):
            return False
        try:
            self.fields["quantity"].clean(self["quantity"].value())
        except forms.ValidationError:
            return False
        return True

    @property
    def has_error_in_details(self) -> bool:
        """True if a field of the collapsed details is invalid."""
        names = ("code", "discount_amount", "tax_rate", "service_date")
        return any(self[name].errors for name in names)

    @property
    def error_lines(self) -> Iterator[ItemError]:
        """The errors in the order of the row: those of each field with its label, then those of no visible field."""
        for field in self.visible_fields():
            if field.errors:
                yield ItemError(f"{field.id_for_label}-error", f"{field.label}: {' '.join(map(str, field.errors))}")
        if errors := [*self.non_field_errors(), *(each for field in self.hidden_fields() for each in field.errors)]:
            yield ItemError("", " ".join(map(str, errors)))

    def check_service(self, services: Mapping[UUID, Service]) -> None:
        """Set the chosen service, and add the errors that depend on it."""
        values = self.cleaned_data
        key = values.get("service")
        if key is not None and key not in services:
            self.add_error(None, _("This service is no longer on the price list."))
        self.chosen_service = services.get(key) if key is not None else None
        is_prefilled = self.chosen_service is not None and values.get("id") is None
        for name in ("description", "unit_price"):
            if not is_prefilled and name not in self.errors and values.get(name) in (None, ""):
                self.add_error(name, _("Required."))
        if values.get("quantity") == 0:
            self.add_error("quantity", _("Must be above zero."))

    def item_data(self) -> ItemData:
        """Return the item as the operations take it."""
        values = self.cleaned_data
        data = {"service": self.chosen_service, "service_date": values["service_date"]}
        data |= {name: values[name] or 0 for name in ("discount_amount", "discount_percent")}
        data["quantity"] = 1 if values["quantity"] is None else values["quantity"]
        entered = {name: values[name] for name in FROM_SERVICE if values[name] not in (None, "")}
        defaults = {} if self.chosen_service and values["id"] is None else {"code": "", "tax_rate": 0}
        return {**({"id": values["id"]} if values["id"] else {}), **defaults, **data, **entered}

    def line(self) -> Line | None:
        """Return the line for the totals calculator; None for an invalid item."""
        if not self.is_bound:
            return self.stored_line
        if self.errors:
            return None
        return new_item(self.item_data()).line

    @classmethod
    def for_appointment(cls, appointment: Appointment) -> Self:
        """Return the form of the first item of an appointment: the service that its reason names, else its text."""
        key = comparison_key(appointment.reason)
        services = Service.objects.filter(Q(code_key=key) | Q(description_key=key), active=True).order_by("code_key")
        service = services.first() if key else None
        initial: dict[str, Any] = {
            "description": appointment.reason[:DESCRIPTION_LENGTH],
            "quantity": "1",
            "service_date": local_date(appointment.starts_at).isoformat(),
        }
        if service is None:
            return cls(None, key=FIRST_KEY, initial=initial)
        form = cls(None, key=FIRST_KEY, initial={**initial, "service": service.pk, **price_list_values(service)})
        form.stored_line = new_item({"service": service}).line
        return form

    @classmethod
    def for_item(cls, item: InvoiceItem, key: str) -> Self:
        """Return the form of a stored item."""
        form = cls(
            None,
            key=key,
            initial={
                "id": item.pk,
                "service": item.service_id,
                "description": item.description,
                "code": item.code,
                "quantity": format_input_number(item.quantity),
                "unit_price": format_input_number(item.unit_price, min_decimals=2),
                "discount_percent": format_input_number(item.discount_percent or None),
                "discount_amount": format_input_number(item.discount_amount or None, min_decimals=2),
                "tax_rate": format_input_number(item.tax_rate or None),
                "service_date": item.service_date.isoformat() if item.service_date else "",
            },
        )
        form.line_total, form.stored_line = item.line_total, item.line
        return form


def price_list_values(service: Service) -> dict[str, str]:
    """Return the fields of an item that a service of the price list fills in, as they are entered."""
    return {
        "code": service.code,
        "description": service.description,
        "unit_price": format_input_number(service.unit_price, min_decimals=2),
        "tax_rate": format_input_number(service.tax_rate or None),
    }


def submitted_items(data: QueryDict) -> list[ItemForm]:
    """Return the form of each item that was sent, in page order. A repeated key counts once."""
    keys = dict.fromkeys(data.getlist(ROW))
    return [ItemForm(data, key=key) for key in keys if key.isalnum() and len(key) <= MAX_KEY_LENGTH]


def validate_items(items: Iterable[ItemForm]) -> bool:
    """Validate the items and return whether all are valid. Runs one query, for the services that they name."""
    items = list(items)
    for item in items:
        item.full_clean()
    service_ids = {item.cleaned_data.get("service") for item in items} - {None}
    services = Service.objects.in_bulk(service_ids) if service_ids else {}
    for item in items:
        item.check_service(services)
    return not any(item.errors for item in items)
