"""The lines of a draft's form: each from the price list or free text, in the order in which they stand on the page."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from billing.admin.draft_editor.form_fields import HUNDRED, DayField, NumberField
from billing.models import InvoiceItem, Service
from billing.models.invoice.item_list import FROM_SERVICE, Given
from billing.rules.totals import Line
from clinic.domain.amounts import MAX_QUANTITY
from clinic.i18n.numbers import typed_number

ROW = "row"  # sent once for each line, in their order; a line's fields are named row-KEY-...


class RowForm(forms.Form):
    """One line. What is left empty comes from the price list, or is nothing."""

    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    service = forms.UUIDField(required=False, widget=forms.HiddenInput)
    description = forms.CharField(label=_("Service or text"), required=False, max_length=500)
    code = forms.CharField(label=_("Code"), required=False, max_length=50)
    quantity = NumberField(label=_("Quantity"), places=3, most=MAX_QUANTITY)
    unit_price = NumberField(label=_("Unit price"), places=4)
    discount_percent = NumberField(label=_("Discount %"), places=4, most=HUNDRED)
    discount_amount = NumberField(label=_("Discount amount"), places=2)
    tax_rate = NumberField(label=_("Tax %"), places=4, most=HUNDRED)
    service_date = DayField(label=_("Day of service"))

    def __init__(self, data: Mapping[str, Any] | None, *, key: str, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, prefix=f"{ROW}-{key}", initial=initial)
        self.key = key
        self.line_total: Any = None
        self.chosen: Service | None = None
        self.stored: Line | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed: such a line is no line."""
        names = ("id", "service", "description", "code", "unit_price", "discount_amount", "discount_percent")
        return not any(str(self[name].value() or "").strip() for name in names)

    @property
    def has_details(self) -> bool:
        """Whether something is wrong in the fields that are folded away."""
        names = ("code", "discount_amount", "tax_rate", "service_date")
        return any(self[name].errors for name in names)

    @property
    def wrong(self) -> list[str]:
        """What is wrong with it, field by field."""
        said: list[str] = []
        for name, errors in self.errors.items():
            label = self.fields[name].label if name in self.fields else ""
            said.extend(f"{label}: {error}" if label else str(error) for error in errors)
        return said

    def take(self, services: Mapping[UUID, Service]) -> None:
        """Judge the line, once it is known which services there are."""
        values = self.cleaned_data
        key = values.get("service")
        if key is not None and key not in services:
            self.add_error(None, _("This service is not in the price list any more."))
        self.chosen = services.get(key) if key is not None else None
        brings = self.chosen is not None and values.get("id") is None
        for name in ("description", "unit_price"):
            if not brings and name not in self.errors and values.get(name) in (None, ""):
                self.add_error(name, _("Missing."))
        if values.get("quantity") == 0:
            self.add_error("quantity", _("More than zero."))

    def given(self) -> Given:
        """The line as the verbs of the books take it."""
        values = self.cleaned_data
        said = {"service": self.chosen, "service_date": values["service_date"]}
        said |= {name: values[name] or 0 for name in ("discount_amount", "discount_percent")}
        said["quantity"] = 1 if values["quantity"] is None else values["quantity"]
        told = {name: values[name] for name in FROM_SERVICE if values[name] not in (None, "")}
        untold = {} if self.chosen and values["id"] is None else {"code": "", "tax_rate": 0}
        return {**({"id": values["id"]} if values["id"] else {}), **untold, **said, **told}

    def line(self) -> Line | None:
        """What the calculator needs, of a line that is right."""
        if not self.is_bound:
            return self.stored
        if self.errors:
            return None
        item = InvoiceItem(**self._brought() | {name: value for name, value in self.given().items() if name != "id"})
        return item.line

    def _brought(self) -> dict[str, Any]:
        return {name: getattr(self.chosen, name) for name in FROM_SERVICE} if self.chosen else {}

    @classmethod
    def of(cls, item: InvoiceItem, key: str) -> "RowForm":
        """The line of a stored item."""
        form = cls(
            None,
            key=key,
            initial={
                "id": item.pk,
                "service": item.service_id,
                "description": item.description,
                "code": item.code,
                "quantity": typed_number(item.quantity),
                "unit_price": typed_number(item.unit_price, least_places=2),
                "discount_percent": typed_number(item.discount_percent) if item.discount_percent else "",
                "discount_amount": typed_number(item.discount_amount, least_places=2) if item.discount_amount else "",
                "tax_rate": typed_number(item.tax_rate) if item.tax_rate else "",
                "service_date": item.service_date.isoformat() if item.service_date else "",
            },
        )
        form.line_total, form.stored = item.line_total, item.line
        return form


def typed_rows(sent: QueryDict) -> list[RowForm]:
    """The lines that were sent, in their order; one under a name that was sent already is left out."""
    return [RowForm(sent, key=key) for key in dict.fromkeys(sent.getlist(ROW)) if key.isalnum() and len(key) <= 12]


def judge(rows: Iterable[RowForm]) -> bool:
    """Whether every line is right; one statement, for the services that they name."""
    rows = list(rows)
    for row in rows:
        row.full_clean()
    named = {row.cleaned_data.get("service") for row in rows} - {None}
    services = Service.objects.in_bulk(named) if named else {}
    for row in rows:
        row.take(services)
    return not any(row.errors for row in rows)
