"""What stands on an invoice beside its lines: whom it is for, who pays, when, how much less, and words."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.admin.draft_editor.form_fields import HUNDRED, DayField, NumberField, WordsField
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.models.invoice.record import Payer
from billing.rules.lifecycle import EDITABLE
from billing.rules.money import ZERO
from clinic.domain.dates import day_of, start_of
from clinic.i18n.numbers import typed_number
from patients.models import Appointment, Patient

# The field of the wire, which EDITABLE and the refusals go by, of each field here that is called otherwise.
WIRE = {
    "patient": "patient_id",
    "appointment": "appointment_id",
    "bill_to_name": "bill_to",
    "bill_to_address": "bill_to",
}
APPOINTMENTS_AT_MOST = 50  # to choose from: the latest of the account


class HeadForm(forms.Form):
    """The fields that may change in a status; the others are not there, so that nothing sent for them counts."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0)
    patient = forms.UUIDField(required=False, widget=forms.HiddenInput)
    patient_words = forms.CharField(label=_("Patient"), required=False, max_length=200)
    appointment = forms.UUIDField(label=_("Appointment"), required=False)
    issue_date = DayField(label=_("Issue date"))
    due_date = DayField(label=_("Due date"))
    bill_to_name = forms.CharField(label=_("Who pays instead"), required=False, max_length=250)
    bill_to_address = forms.CharField(label=_("Their address"), required=False, max_length=500, widget=forms.Textarea)
    discount_percent = NumberField(label=_("Discount %"), places=4, most=HUNDRED)
    discount_amount = NumberField(label=_("Discount amount"), places=2)
    tags = WordsField(label=_("Tags"), required=False, max_length=1100)
    notes = forms.CharField(label=_("Notes"), required=False, max_length=5000, widget=forms.Textarea)
    internal_note = forms.CharField(label=_("Internal note"), required=False, max_length=5000, widget=forms.Textarea)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        invoice: Invoice | None,
        patient: Patient | None = None,
        status: InvoiceStatus | None = None,
    ) -> None:
        """`status`: as which the invoice is edited, where somebody opened it as that and it is not any more."""
        self.invoice = invoice
        self.person = patient or (invoice.patient if invoice else None)
        named = {"patient": patient.pk, "patient_words": str(patient)} if patient else {}
        super().__init__(data, initial=_initial(invoice) if invoice else named)
        allowed = EDITABLE[status or InvoiceStatus(invoice.status if invoice else InvoiceStatus.DRAFT)]
        for name in list(self.fields):
            stands_for = WIRE.get(name.removesuffix("_words"), name)
            if name not in ("version", "internal_note") and stands_for not in allowed:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "patient" in self.fields:
            self._find_patient(values)
        if values.get("appointment"):
            values["appointment"] = (
                Appointment.objects.select_related("patient").filter(pk=values["appointment"]).first()
            )
            if values["appointment"] is None:
                self.add_error("appointment", _("There is no such appointment."))
        if self.invoice and self.invoice.is_issued and "due_date" in values and values["due_date"] is None:
            self.add_error("due_date", _("An issued invoice has a due date."))
        if values.get("bill_to_address") and not values.get("bill_to_name"):
            self.add_error("bill_to_name", _("Whoever has an address has a name."))
        return values

    def values(self) -> dict[str, Any]:
        """The fields as the verbs of the books take them; a day that is still the same is the same moment."""
        told = {name: self.cleaned_data[name] for name in self.fields if name in ("notes", "internal_note")}
        told |= {name: self.cleaned_data[name] or ZERO for name in self.fields if name.startswith("discount_")}
        told |= {name: self._moment(name) for name in self.fields if name.endswith("_date")}
        if "patient" in self.fields:
            told["patient"] = self.person
        if "appointment" in self.fields:
            told["appointment"] = self.cleaned_data["appointment"] or None
        if "bill_to_name" in self.fields:
            told["bill_to"] = Payer(self.cleaned_data["bill_to_name"], self.cleaned_data["bill_to_address"])
        return told

    def appointments(self) -> list[Appointment]:
        """What may be chosen for this patient, the latest first."""
        if self.person is None:
            return []
        account = Patient.objects.account_of(self.person.pk)
        return list(Appointment.objects.filter(patient__in=account).order_by("-starts_at", "pk")[:APPOINTMENTS_AT_MOST])

    @property
    def chosen_appointment(self) -> str:
        """The id of the appointment that is chosen, "" for none."""
        return str(self["appointment"].value() or "")

    def _find_patient(self, values: dict[str, Any]) -> None:
        """By what was chosen; else by what was typed, where that finds one and no other."""
        key, words = values.get("patient"), values.get("patient_words", "")
        found = list(
            Patient.objects.filter(pk=key)[:1] if key else Patient.objects.found_by(words)[:2] if words.strip() else []
        )
        if len(found) == 1:
            self.person = found[0]
            return
        self.add_error(
            "patient_words", _("Several patients are called so: choose one.") if found else _("Choose a patient.")
        )

    def _moment(self, name: str) -> datetime | None:
        day: date | None = self.cleaned_data[name]
        if day is None:
            return None
        stored: datetime | None = getattr(self.invoice, name) if self.invoice else None
        return stored if stored is not None and day_of(stored) == day else start_of(day)


def _initial(invoice: Invoice) -> dict[str, Any]:
    days = {name: getattr(invoice, name) for name in ("issue_date", "due_date")}
    return {
        "version": invoice.version,
        "patient": invoice.patient_id,
        "patient_words": str(invoice.patient),
        "appointment": invoice.appointment_id,
        **{name: day_of(moment).isoformat() if moment else "" for name, moment in days.items()},
        "bill_to_name": invoice.bill_to_name,
        "bill_to_address": invoice.bill_to_address,
        "discount_percent": typed_number(invoice.discount_percent) if invoice.discount_percent else "",
        "discount_amount": typed_number(invoice.discount_amount, least_places=2) if invoice.discount_amount else "",
        "tags": ", ".join(tag.name for tag in invoice.tags.all()),
        "notes": invoice.notes,
        "internal_note": invoice.internal_note,
    }
