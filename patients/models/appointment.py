"""Appointment of a patient. Its patient cannot change."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.db.fields import BaseModel
from clinic.domain.errors import InvalidValue, RuleBroken
from clinic.domain.text import comparison_key, search_text, search_words
from clinic.i18n.display import format_datetime
from patients.limits import APPOINTMENT_REASON_LENGTH, PRACTITIONER_LENGTH, STATUS_LENGTH
from patients.models.patient import Patient


class AppointmentKeepsPatient(RuleBroken):
    """The patient of an appointment cannot be changed; cancel it and book another one."""

    code = "appointment_patient_fixed"


class AppointmentStatus(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    NO_SHOW = "no_show", _("No show")


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def matching(self, text: str) -> Self:
        """Appointments with every word in the practitioner, the reason, or a text of the patient."""
        words = search_words(text)
        return self.filter(*(Q(search_text__contains=word) | Q(patient__search_text__contains=word) for word in words))

    def of_accounts(self, patient_ids: Iterable[UUID]) -> Self:
        """Appointments of these patients, and of everyone who shares an account with one of them."""
        return self.filter(patient__in=Patient.objects.accounts(patient_ids).values("pk"))

    def book(self, patient: Patient, starts_at: datetime, **values: Any) -> "Appointment":
        """Create an appointment. Raises InvalidValue if it does not end after it starts."""
        appointment = Appointment(patient=patient, starts_at=starts_at, **values)
        appointment.check_times()
        appointment.save(force_insert=True)
        return appointment


class Appointment(BaseModel):
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointments", verbose_name=_("patient"))
    starts_at = models.DateTimeField(verbose_name=_("starts at"))
    ends_at = models.DateTimeField(null=True, blank=True, verbose_name=_("ends at"))
    practitioner = models.CharField(max_length=PRACTITIONER_LENGTH, blank=True, verbose_name=_("practitioner"))
    reason = models.CharField(max_length=APPOINTMENT_REASON_LENGTH, blank=True, verbose_name=_("reason"))
    status = models.CharField(
        max_length=STATUS_LENGTH,
        choices=AppointmentStatus,
        default=AppointmentStatus.SCHEDULED,
        verbose_name=_("status"),
    )
    # computed by save()
    practitioner_key = models.TextField(default="", db_default="", editable=False)
    search_text = models.TextField(editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="appointment_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=Q(status__in=AppointmentStatus.values), name="appointment_status_known"),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="appointment_starts"),
            models.Index(fields=["patient", "starts_at", "id"], name="appointment_of_patient"),
        ]

    def __str__(self) -> str:
        return f"{format_datetime(self.starts_at)} {self.get_status_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the appointment with its search text."""
        self.practitioner_key = comparison_key(self.practitioner)
        self.search_text = search_text(self.practitioner, self.reason)
        self.updated_at = self.created_at if self._state.adding else timezone.now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "practitioner_key", "search_text", "updated_at"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        starts_at: datetime | None = self.starts_at  # None if a form's value was invalid
        if self.ends_at and starts_at and self.ends_at <= starts_at:
            raise ValidationError({"ends_at": _("An appointment must end after it starts.")})

    @transaction.atomic
    def change(self, **values: Any) -> list[str]:
        """Lock the appointment, set these fields and return the names of those that differed; if none did, do not save.

        Raises AppointmentKeepsPatient for another `patient_id`, and InvalidValue if it would not end after it starts.
        """
        changed = self.lock_and_set(values)
        if "patient_id" in changed:
            detail = "The patient cannot be changed. Cancel the appointment and book another one."
            raise AppointmentKeepsPatient.at("/patient_id", detail)
        self.check_times()
        if changed:
            self.save(update_fields=changed)
        return changed

    def check_times(self) -> None:
        """Raise InvalidValue unless the appointment ends after it starts, or has no end."""
        if self.ends_at and self.ends_at <= self.starts_at:
            raise InvalidValue.at("/ends_at", "An appointment must end after it starts.", code="out_of_range")
