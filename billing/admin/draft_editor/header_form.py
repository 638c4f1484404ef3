"""Form for the invoice header: patient, payer, dates, discount, notes, tags."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.admin.draft_editor.form_fields import IsoDateField, NumberField, TagListField
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.models.invoice.payer import Payer
from billing.rules.lifecycle import EDITABLE
from billing.rules.limits import NOTES_LENGTH, PAYER_ADDRESS_LENGTH, PAYER_NAME_LENGTH
from billing.rules.money import ZERO
from clinic.admin import TextFormField, format_datetime
from clinic.admin.form_errors import report_hidden_errors
from clinic.domain.amounts import MAX_PERCENT, MONEY_DECIMALS, RATE_DECIMALS
from clinic.domain.dates import local_date, start_of_day
from clinic.domain.text import MAX_SEARCH_LENGTH
from clinic.i18n.numbers import format_input_number
from patients.models import Appointment, Patient

# The API name, which EDITABLE and the pointers of errors use, of each form field with another name.
API_NAMES = {
    "patient": "patient_id",
    "appointment": "appointment_id",
    "bill_to_name": "bill_to",
    "bill_to_address": "bill_to",
}
MAX_APPOINTMENTS = 50  # to choose from: the latest of the account


class InvoiceHeaderForm(forms.Form):
    """The header fields that are editable in the status of the invoice; others are removed, and so ignored if sent.

    The fields are in the order of the draft editor.
    """

    version = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0)
    patient = forms.UUIDField(required=False, widget=forms.HiddenInput)
    patient_search = TextFormField(label=_("Patient"), required=False, max_length=MAX_SEARCH_LENGTH)
    appointment = forms.UUIDField(label=_("Appointment"), required=False)
    issue_date = IsoDateField(label=_("Issue date"))
    due_date = IsoDateField(label=_("Due date"))
    bill_to_name = TextFormField(label=_("Payer’s name"), required=False, max_length=PAYER_NAME_LENGTH)
    bill_to_address = TextFormField(
        label=_("Payer’s address"), required=False, max_length=PAYER_ADDRESS_LENGTH, widget=forms.Textarea
    )
    tags = TagListField(label=_("Tags"), required=False)
    notes = TextFormField(label=_("Notes"), required=False, max_length=NOTES_LENGTH, widget=forms.Textarea)
    internal_note = TextFormField(
        label=_("Internal note"), required=False, max_length=NOTES_LENGTH, widget=forms.Textarea
    )
    discount_percent = NumberField(label=_("Discount %"), places=RATE_DECIMALS, max_value=MAX_PERCENT)
    discount_amount = NumberField(label=_("Discount amount"), places=MONEY_DECIMALS)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        invoice: Invoice | None,
        patient: Patient | None = None,
        appointment: Appointment | None = None,
        status: InvoiceStatus | None = None,
    ) -> None:
        """Make the form. `status` is the status in which the editor was opened, if it is not the current one."""
        self.invoice = invoice
        self.selected_patient = patient or (invoice.patient if invoice else None)
        initial: dict[str, Any] = {"patient": patient.pk, "patient_search": str(patient)} if patient else {}
        if appointment:
            initial["appointment"] = appointment.pk
        super().__init__(data, initial=_initial(invoice) if invoice else initial)
        allowed = EDITABLE[status or InvoiceStatus(invoice.status if invoice else InvoiceStatus.DRAFT)]
        for name in list(self.fields):
            api_name = API_NAMES.get(name.removesuffix("_search"), name)
            if name not in ("version", "internal_note") and api_name not in allowed:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "patient" in self.fields:
            self.errors.pop("patient", None)  # an id that is none counts as no choice
            self._find_patient(values)
        report_hidden_errors(self)
        if values.get("appointment"):
            values["appointment"] = (
                Appointment.objects.select_related("patient").filter(pk=values["appointment"]).first()
            )
            if values["appointment"] is None:
                self.add_error("appointment", _("This appointment does not exist."))
        if self.invoice and self.invoice.is_issued and "due_date" in values and values["due_date"] is None:
            self.add_error("due_date", _("An issued invoice has a due date."))
        if values.get("bill_to_address") and not values.get("bill_to_name"):
            self.add_error("bill_to_name", _("An address needs a name."))
        return values

    def values(self) -> dict[str, Any]:
        """Return the fields as the operations take them. A date that did not change keeps its time of day."""
        values = {name: self.cleaned_data[name] for name in self.fields if name in ("notes", "internal_note")}
        values |= {name: self.cleaned_data[name] or ZERO for name in self.fields if name.startswith("discount_")}
        values |= {name: self._datetime(name) for name in self.fields if name.endswith("_date")}
        if "patient" in self.fields:
            values["patient"] = self.selected_patient
        if "appointment" in self.fields:
            values["appointment"] = self.cleaned_data["appointment"] or None
        if "bill_to_name" in self.fields:
            values["bill_to"] = Payer(self.cleaned_data["bill_to_name"], self.cleaned_data["bill_to_address"])
        return values

    def appointment_choices(self) -> list[tuple[str, str]]:
        """Return the id and the description of the patient's latest appointments, and of the chosen one."""
        if self.selected_patient is None:
            return []
        account = Patient.objects.account_of(self.selected_patient.pk)
        known = Appointment.objects.filter(patient__in=account).order_by("-starts_at", "pk")
        found = list(known[:MAX_APPOINTMENTS])
        if len(found) == MAX_APPOINTMENTS and (chosen := _uuid(self.chosen_appointment)):
            found += known.filter(pk=chosen).exclude(pk__in=[each.pk for each in found])
        return [(str(each.pk), describe_appointment(each)) for each in found]

    @property
    def has_payer(self) -> bool:
        """True if the fields of another payer are filled in or wrong."""
        names = ("bill_to_name", "bill_to_address")
        return any(self[name].value() or self[name].errors for name in names)

    @property
    def chosen_appointment(self) -> str:
        """The id of the chosen appointment, or an empty string."""
        return str(self["appointment"].value() or "")

    def _find_patient(self, values: dict[str, Any]) -> None:
        """Set the patient by the chosen id; else by the search text, if it finds exactly one."""
        key, search_text = values.get("patient"), values.get("patient_search", "")
        if key:
            found = list(Patient.objects.filter(pk=key))
        elif search_text:
            found = list(Patient.objects.not_merged().matching(search_text)[:2])
        else:
            found = []
        if len(found) == 1:
            self.selected_patient = found[0]
            return
        message = _("Several patients have this name. Choose one.") if found else _("Choose a patient.")
        self.add_error("patient_search", message)

    def _datetime(self, name: str) -> datetime | None:
        day: date | None = self.cleaned_data[name]
        if day is None:
            return None
        stored: datetime | None = getattr(self.invoice, name) if self.invoice else None
        return stored if stored is not None and local_date(stored) == day else start_of_day(day)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def describe_appointment(appointment: Appointment) -> str:
    """Return a description such as “15 June 2026 09:30, Dr Lee, check-up”."""
    return ", ".join(
        filter(None, [format_datetime(appointment.starts_at), appointment.practitioner, appointment.reason])
    )


def _initial(invoice: Invoice) -> dict[str, Any]:
    dates = {name: getattr(invoice, name) for name in ("issue_date", "due_date")}
    return {
        "version": invoice.version,
        "patient": invoice.patient_id,
        "patient_search": str(invoice.patient),
        "appointment": invoice.appointment_id,
        **{name: local_date(value).isoformat() if value else "" for name, value in dates.items()},
        "bill_to_name": invoice.bill_to_name,
        "bill_to_address": invoice.bill_to_address,
        "discount_percent": format_input_number(invoice.discount_percent or None),
        "discount_amount": format_input_number(invoice.discount_amount or None, min_decimals=2),
        "tags": ", ".join(tag.name for tag in invoice.tags.all()),
        "notes": invoice.notes,
        "internal_note": invoice.internal_note,
    }
