"""Dialog of the draft editor that adds a patient, and warns before it stores one who resembles another."""

import json
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from billing.roles import DRAFT
from clinic.admin import AdminPage, Dialog, DialogForm, TextFormField, register_page, run_dialog
from patients import limits
from patients.models import LikelyDuplicate, Patient, check_birth_date, likely_duplicates
from patients.permissions import ADD_PATIENT, READ_PATIENTS

FIELDS = ("given_name", "family_name", "birth_date", "phone", "email")
MAX_DUPLICATES = 5  # shown


class NewPatientForm(DialogForm):
    """Form of a new patient. A likely duplicate is stored only with the button that says that it is another person."""

    live = True
    id = forms.UUIDField(widget=forms.HiddenInput)  # of the new patient, so that a form sent twice adds one
    given_name = TextFormField(label=_("Given name"), required=False, max_length=limits.NAME_LENGTH)
    family_name = TextFormField(label=_("Family name"), required=False, max_length=limits.NAME_LENGTH)
    birth_date = forms.DateField(label=_("Birth date"), required=False, validators=[check_birth_date])
    phone = TextFormField(label=_("Phone"), required=False, max_length=limits.PHONE_LENGTH)
    email = forms.EmailField(label=_("Email"), required=False)

    def __init__(self, data: Any = None, *, request: HttpRequest, record: Any = None) -> None:
        super().__init__(data, request=request, record=record)
        self.initial = {"id": uuid4(), **typed_values(request.GET.get("name", ""))}

    @cached_property
    def duplicates(self) -> list[LikelyDuplicate]:
        """The patients who may be the same person as the one entered."""
        values = {name: self.cleaned_data[name] for name in ("id", *FIELDS) if self.cleaned_data.get(name)}
        return likely_duplicates(Patient(**values))

    @property
    def is_warned(self) -> bool:
        """True if the form is refused because the patient may have a record already."""
        return self.is_bound and self.has_error(NON_FIELD_ERRORS, "likely_duplicate")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not (self.errors or values["given_name"] or values["family_name"]):
            self.add_error("family_name", _("A patient needs a family name or a given name."))
        if not self.errors and self.duplicates and "another_person" not in self.data:
            detail = _("This person seems to have a record already. Nothing is saved yet.")
            self.add_error(None, forms.ValidationError(detail, code="likely_duplicate"))
        return values

    def preview(self) -> str:
        """Return the likely duplicates of the patient who is entered, each with a link to use that one."""
        if not self.is_bound:
            return ""
        self.is_valid()
        context = {"duplicates": self.duplicates[:MAX_DUPLICATES], "new_draft": reverse("admin:billing_invoice_add")}
        return render_to_string("admin/billing/draft_editor/duplicates.html", context)

    def save(self) -> Patient:
        """Store the patient, unless the form was sent before."""
        values = {name: self.cleaned_data[name] for name in ("id", *FIELDS)}
        sent_before = Patient.objects.filter(pk=values["id"])
        try:
            with transaction.atomic():
                return sent_before.first() or Patient.objects.register(**values)
        except IntegrityError:  # by the same form, sent at the same time
            return sent_before.get()


@register_page("billing/draft/patient/", name="billing_draft_patient")
class NewPatientPage(AdminPage):
    """The dialog of a new patient; `?name=` is what was typed. The new patient is then that of the draft."""

    permissions = (DRAFT.django_permission, READ_PATIENTS.django_permission, ADD_PATIENT.django_permission)

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return run_dialog(
            request,
            NewPatientForm(request.POST if request.method == "POST" else None, request=request),
            Dialog(_("New patient"), submit=_("Save")),
            perform=lambda form: self.choose(cast("NewPatientForm", form).save()),
            back=reverse("admin:billing_invoice_add"),
            template="admin/billing/draft_editor/new_patient.html",
        )

    post = get

    def choose(self, patient: Patient) -> HttpResponse:
        """Return the response that makes the patient that of the draft: an event for the script, else a redirect."""
        if "HX-Request" not in self.request.headers:
            return HttpResponseRedirect(f"{reverse('admin:billing_invoice_add')}?patient={patient.pk}")
        chosen = {"patient-chosen": {"value": str(patient.pk), "text": str(patient)}}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(chosen)})


def typed_values(text: str) -> dict[str, str]:
    """Return the fields that a typed text fills in: names, the family name last or before a comma, or a phone number.

    >>> typed_values("Anna Maria Meyer")
    {'given_name': 'Anna Maria', 'family_name': 'Meyer'}
    >>> typed_values("Meyer, Anna")
    {'given_name': 'Anna', 'family_name': 'Meyer'}
    >>> typed_values("Meyer")
    {'given_name': '', 'family_name': 'Meyer'}
    >>> typed_values("030 1234")
    {'phone': '030 1234'}
    """
    if not any(character.isalpha() for character in text):
        return {"phone": text} if text else {}
    if "," in text:
        family_name, _comma, given_name = text.partition(",")
    else:
        given_name, _blank, family_name = text.strip().rpartition(" ")
    return {"given_name": given_name.strip(), "family_name": family_name.strip()}
