"""Request bodies and representations of patients and appointments."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from clinic.api.requests.fields import Choice, Date, DateTime, EmailAddress, Flag, StrictUUID, Text
from clinic.api.requests.serializers import StrictSerializer
from clinic.api.responses.representation import represent
from clinic.domain.errors import FieldError
from patients import limits
from patients.api.response_schemas import AppointmentShape, PatientShape
from patients.models import AppointmentStatus, Patient, check_birth_date, is_language_tag


class BirthDate(Date):
    """Date of birth, between EARLIEST_BIRTH and today."""

    def to_internal_value(self, data: Any) -> date:
        day: date = super().to_internal_value(data)
        try:
            check_birth_date(day)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code) from error
        return day


class LanguageTag(Text):
    """Language tag such as “de” or “pt-BR”, or an empty text."""

    schema_keywords = {"pattern": "^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4})?$"}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            if text:
                is_language_tag(text)
        except ValidationError:
            self.fail("invalid", detail=str(is_language_tag.message))
        return text


class PatientBody(StrictSerializer):
    """A patient; a new one needs a family name or a given name."""

    shape = PatientShape

    record_number = Text(limits.RECORD_NUMBER_LENGTH, required=False)
    given_name = Text(limits.NAME_LENGTH, required=False)
    family_name = Text(limits.NAME_LENGTH, required=False)
    birth_date = BirthDate(required=False, allow_null=True)
    phone = Text(limits.PHONE_LENGTH, required=False)
    email = EmailAddress(required=False)
    address = Text(limits.ADDRESS_LENGTH, multiline=True, required=False)
    language = LanguageTag(limits.LANGUAGE_LENGTH, required=False)
    active = Flag(required=False)

    def check(self, values: dict[str, Any], *, update: bool) -> Iterable[FieldError]:
        if not update and not (values.get("family_name") or values.get("given_name")):
            yield FieldError("/family_name", "required", "A patient needs a family name or a given name.")
        if update and values.get("record_number") == "":
            yield FieldError("/record_number", "blank", "The record number must not be empty.")


class MergeBody(StrictSerializer):
    into = StrictUUID()


class AppointmentBody(StrictSerializer):
    shape = AppointmentShape
    required_on_update = frozenset({"patient_id"})

    patient_id = StrictUUID()
    starts_at = DateTime()
    ends_at = DateTime(required=False, allow_null=True)
    practitioner = Text(limits.PRACTITIONER_LENGTH, required=False)
    reason = Text(limits.APPOINTMENT_REASON_LENGTH, multiline=True, required=False)
    status = Choice(AppointmentStatus, required=False)


def represent_patient(patient: Patient) -> dict[str, Any]:
    """Return the representation of a patient."""
    return represent(patient, PatientShape, merged_into=patient.merged_into_id)
