"""Patient, and the patient into whom a duplicate was merged."""

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from clinic.db.compiled import CompiledQuery, CompiledQueryForKeys
from clinic.db.fields import BaseModel
from clinic.db.transactions import advisory_lock
from clinic.domain.dates import today
from clinic.domain.errors import FieldError, InvalidValue, RuleBroken
from clinic.domain.permissions import check_permission
from clinic.domain.phones import phone_forms, phone_in_search, significant_digits
from clinic.domain.text import comparison_key, search_text, search_words, strip
from patients import limits
from patients.permissions import MERGE_PATIENTS

is_language_tag = RegexValidator(
    r"\A[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}\Z", _("Must be a language code, such as “de” or “pt-BR”.")
)


class MergeRefused(RuleBroken):
    """The two patients cannot be merged in this direction."""

    code = "merge_refused"


class RecordNumberTaken(RuleBroken):
    """Another patient already has this record number."""

    code = "record_number_taken"


def check_birth_date(day: date) -> None:
    """Raise ValidationError unless the day is between EARLIEST_BIRTH and today."""
    if day < limits.EARLIEST_BIRTH:
        text = _("The birth date is before %(year)s.")
        raise ValidationError(text, code="out_of_range", params={"year": limits.EARLIEST_BIRTH.year})
    if day > today():
        raise ValidationError(_("The birth date is in the future."), code="in_the_future")


def check_name(given_name: str, family_name: str) -> None:
    """Raise InvalidValue if both names are empty."""
    if not (given_name or family_name):
        raise InvalidValue.at("/family_name", "A patient needs a family name or a given name.", code="required")


MAX_NUMBERS_TRIED = 10
"""Record numbers in use that are passed one by one; see RecordCounter.draw."""


class RecordCounter(models.Model):
    """The last record number that was assigned, in a single row. Numbers may have gaps."""

    last = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("record number counter")
        verbose_name_plural = _("record number counters")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="record_counter_is_one_row")]

    def __str__(self) -> str:
        return f"P-{self.last:06d}"

    @classmethod
    def draw(cls) -> str:
        """Return the next free record number, such as “P-000123”. Call it inside a transaction.

        After MAX_NUMBERS_TRIED numbers in use, each step is twice the one before: imported patients may have used
        many, which are passed in few queries at the price of a gap.
        """
        tried, number = 1, cls._advance(1)
        while Patient.objects.numbered(number).exists():
            number = cls._advance(2 ** max(0, tried - MAX_NUMBERS_TRIED))
            tried += 1
        return number

    @classmethod
    def _advance(cls, step: int) -> str:
        """Add a step to the counter, and return the number that it is at."""
        if not cls.objects.filter(pk=1).update(last=F("last") + step):
            RecordCounter.objects.bulk_create([RecordCounter(pk=1)], ignore_conflicts=True)
            cls.objects.filter(pk=1).update(last=F("last") + step)
        return str(cls.objects.get(pk=1))


class PatientQuerySet(models.QuerySet["Patient"]):
    def by_id(self, patient_id: UUID) -> "Patient | None":
        """Return the patient with this id, or None."""
        return _BY_ID.first(patient_id)

    def named(self, patient_id: UUID, pointer: str) -> "Patient":
        """Return the patient with an id that the request has at `pointer`. Raises InvalidValue if there is none."""
        patient = self.by_id(patient_id)
        if patient is None:
            raise InvalidValue.at(pointer, "There is no patient with this id.", code="unknown_patient")
        return patient

    def numbered(self, record_number: str) -> Self:
        """Filter for the patient with this record number, as `comparison_key` compares it."""
        return self.filter(record_key=comparison_key(record_number))

    def matching(self, text: str) -> Self:
        """Patients with every word in the name, record number, phone or e-mail (see clinic.domain.text)."""
        words = Q(*(Q(search_text__contains=word) for word in search_words(text)))
        phone = phone_in_search(text)
        return self.filter(words | Q(search_text__contains=phone) if phone else words)

    def not_merged(self) -> Self:
        """Filter for the patients who were not merged into another one."""
        return self.filter(merged_into=None)

    def accounts(self, patient_ids: Iterable[UUID]) -> Self:
        """Filter for all patients of the accounts of these patients: the survivors and all merged into them."""
        roots = _roots(patient_ids)
        return self.filter(Q(pk__in=roots) | Q(merged_into__in=roots))

    def account_of(self, *patient_ids: UUID) -> list[UUID]:
        """Return the ids of all patients of the accounts of these patients, with one query."""
        return sorted(key for (key,) in _ACCOUNT_IDS.all(patient_ids))

    def register(self, **values: Any) -> "Patient":
        """Create a patient. Raises RecordNumberTaken."""
        patient = Patient(**values)
        patient.check_record_number()
        patient.save(force_insert=True)
        return patient


def _roots(patient_ids: Iterable[UUID]) -> QuerySet["Patient", Any]:
    """Return the ids of the survivors in whose accounts these patients are."""
    patients = Patient.objects.filter(pk__in=list(patient_ids)).order_by()
    return patients.annotate(root=Coalesce("merged_into_id", "id")).values("root")


def _ids_of_accounts(patient_ids: Iterable[UUID]) -> QuerySet["Patient", Any]:
    """Return the ids of all patients of the accounts; as a union, because each half has its own index."""
    roots, ids = _roots(patient_ids), Patient.objects.order_by().values_list("pk")
    return ids.filter(pk__in=roots).union(ids.filter(merged_into__in=roots))


_ACCOUNT_IDS = CompiledQueryForKeys(_ids_of_accounts)


def full_name(given_name: str, family_name: str) -> str:
    """Return the given name and the family name, one of which may be empty."""
    return f"{given_name} {family_name}".strip()


class Patient(BaseModel):
    record_number = models.CharField(
        max_length=limits.RECORD_NUMBER_LENGTH,
        blank=True,
        help_text=_("Leave empty to assign the next number."),
        verbose_name=_("record number"),
    )
    given_name = models.CharField(max_length=limits.NAME_LENGTH, blank=True, verbose_name=_("given name"))
    family_name = models.CharField(max_length=limits.NAME_LENGTH, blank=True, verbose_name=_("family name"))
    birth_date = models.DateField(null=True, blank=True, validators=[check_birth_date], verbose_name=_("birth date"))
    phone = models.CharField(max_length=limits.PHONE_LENGTH, blank=True, verbose_name=_("phone"))
    email = models.EmailField(blank=True, verbose_name=_("email"))
    address = models.TextField(max_length=limits.ADDRESS_LENGTH, blank=True, verbose_name=_("address"))
    language = models.CharField(
        max_length=limits.LANGUAGE_LENGTH, blank=True, validators=[is_language_tag], verbose_name=_("language")
    )
    active = models.BooleanField(default=True, verbose_name=_("active"))
    login = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="patient", verbose_name=_("login")
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged_patients",
        verbose_name=_("merged into"),
    )
    merged_at = models.DateTimeField(null=True, blank=True, editable=False, verbose_name=_("merged at"))
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("merged by"),
    )
    # computed by save()
    # null: inserted by the program of an older version, which may run on during an upgrade
    record_key = models.TextField(null=True, unique=True, editable=False)
    given_name_key = models.TextField(default="", db_default="", editable=False)
    sort_name = models.CharField(max_length=limits.SORT_NAME_LENGTH, editable=False)
    search_text = models.TextField(editable=False)

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        constraints = [
            models.CheckConstraint(condition=~Q(record_number=""), name="patient_has_a_record_number"),
            models.CheckConstraint(condition=~Q(given_name="", family_name=""), name="patient_has_a_name"),
            models.CheckConstraint(
                condition=Q(birth_date__isnull=True) | Q(birth_date__gte=limits.EARLIEST_BIRTH),
                name="patient_born_since_1900",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="patient_not_merged_into_itself",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True, merged_at__isnull=True)
                | Q(merged_into__isnull=False, merged_at__isnull=False),
                name="patient_merge_has_a_moment",
            ),
        ]
        permissions = [("merge_patient", gettext_noop("Can merge a patient into another one"))]
        indexes = [
            models.Index(fields=["created_at", "id"], name="patient_created"),
            models.Index(fields=["sort_name", "id"], name="patient_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.record_number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the patient with the computed columns, and assign a record number if there is none."""
        self.sort_name = self._build_sort_name()
        self.given_name_key = comparison_key(f"{self.given_name} {self.family_name}")
        self.record_number = strip(self.record_number)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {
                *kwargs["update_fields"],
                "record_number",
                "record_key",
                "given_name_key",
                "sort_name",
                "search_text",
                "updated_at",
            }
        is_one_statement = self._state.adding and bool(self.record_number)
        with nullcontext() if is_one_statement else transaction.atomic(savepoint=False):
            self.record_number = self.record_number or RecordCounter.draw()
            self.record_key = comparison_key(self.record_number)
            found_by_before = self.search_text
            self.search_text = self._build_search_text()
            self.updated_at = self.created_at if self._state.adding else timezone.now()
            super().save(*args, **kwargs)
            if found_by_before not in ("", self.search_text):
                self._update_search_texts_of_merged()

    def clean(self) -> None:
        if not (self.given_name or self.family_name):
            raise ValidationError({"family_name": _("A patient needs a family name or a given name.")})
        if self._has_taken_number():
            raise ValidationError({"record_number": _("This record number belongs to another patient.")})

    def validate_constraints(self, exclude: Any = None) -> None:
        """Validate the constraints of a form; an empty record number is valid, because save() assigns one."""
        assigned_later = set() if self.record_number else {"record_number"}
        super().validate_constraints(exclude={*(exclude or ()), *assigned_later})

    @property
    def full_name(self) -> str:
        """The given name and the family name."""
        return full_name(self.given_name, self.family_name)

    @property
    def account_root(self) -> "Patient":
        """The patient who has the account: the survivor of a merge, or the patient itself."""
        return self.merged_into or self

    @property
    def account_root_id(self) -> UUID:
        """The id of `account_root`, without a query."""
        return self.merged_into_id or self.pk

    def likely_duplicates(self) -> list["Patient"]:
        """Return patients of other accounts with the same name and the same birth date, phone or e-mail. One query.

        The patient itself need not be stored.
        """
        namesakes = (
            Patient.objects.filter(sort_name=self._build_sort_name()).exclude(pk=self.pk).order_by("created_at", "pk")
        )
        return [other for other in namesakes[:100] if self._resembles(other)]

    def shared_particulars(self, other: "Patient") -> list[str]:
        """Return which of birth_date, email and phone are not empty and equal; of phone numbers, the digits count."""
        phone = significant_digits(self.phone)
        same = {
            "birth_date": self.birth_date is not None and self.birth_date == other.birth_date,
            "email": bool(self.email) and comparison_key(self.email) == comparison_key(other.email),
            "phone": bool(phone) and phone == significant_digits(other.phone),
        }
        return [name for name, is_same in same.items() if is_same]

    @transaction.atomic
    def change(self, **values: Any) -> list[str]:
        """Lock the patient, set these fields and return the names of those that differed; write nothing if none did.

        Raises RecordNumberTaken, and InvalidValue if both names would be empty.
        """
        changed = self.lock_and_set(values)
        check_name(self.given_name, self.family_name)
        if "record_number" in changed:
            self.check_record_number()
        if changed:
            self.save(update_fields=changed)
        return changed

    def check_record_number(self) -> None:
        """Raise RecordNumberTaken if another patient has this patient's record number."""
        if self._has_taken_number():
            detail = f"The record number “{self.record_number}” belongs to another patient."
            raise RecordNumberTaken.at("/record_number", detail)

    def lock_account(self) -> None:
        """Lock the account's patient until the transaction ends, so that no credit is spent twice.

        This lock is taken before those of invoices and of number series.
        """
        patient_id: UUID | None = self.account_root_id
        while patient_id is not None:  # after a concurrent merge, the survivor has to be locked, too
            locked = _LOCK.first(patient_id)
            if locked is None:
                raise Patient.DoesNotExist(f"There is no patient {patient_id} to lock.")
            (patient_id,) = locked

    @transaction.atomic
    def merge_into(self, survivor: "Patient", *, by: User, at: datetime) -> None:
        """Merge this patient, and all patients who were merged into it before, into the survivor.

        Invoices and appointments keep their patient. `merged_into` always refers to a patient who is not merged.
        Repeating a merge changes nothing. Raises MergeRefused.
        """
        check_permission(by, MERGE_PATIENTS)
        advisory_lock("merge patients")  # a concurrent merge decides who is merged into this patient
        affected = Q(pk__in=[self.pk, survivor.pk]) | Q(merged_into=self.pk)
        locked = Patient.objects.select_for_update(no_key=True).filter(affected).order_by("pk").in_bulk()
        self._check_merge(locked[self.pk], locked[survivor.pk])
        if locked[self.pk].merged_into_id != survivor.pk:
            merged = Patient.objects.filter(Q(pk=self.pk) | Q(merged_into=self.pk))
            merged.update(merged_into=survivor, merged_at=at, merged_by=by, updated_at=at)
            survivor._update_search_texts_of_merged()
        self.refresh_from_db()

    def _check_merge(self, patient: "Patient", survivor: "Patient") -> None:
        into = FieldError("/into", "merge_refused", "This patient cannot be merged into that one.")
        if patient.pk == survivor.pk:
            raise MergeRefused("A patient cannot be merged into itself.", errors=[into])
        if survivor.merged_into_id is not None:
            detail = f"{survivor} has been merged into another patient. Merge into that one instead."
            raise MergeRefused(detail, errors=[into], merged_into=str(survivor.merged_into_id))
        if patient.merged_into_id not in (None, survivor.pk):
            detail = f"{patient} has already been merged into another patient."
            raise MergeRefused(detail, errors=[into], merged_into=str(patient.merged_into_id))

    def _has_taken_number(self) -> bool:
        number = self.record_number
        return bool(number) and Patient.objects.numbered(number).exclude(pk=self.pk).exists()

    def _build_sort_name(self) -> str:
        return comparison_key(f"{self.family_name} {self.given_name}")[: limits.SORT_NAME_LENGTH]

    def _build_search_text(self) -> str:
        """Return the text by which the patient is found: after a merge, by what the survivor is found by, too."""
        own = search_text(self.full_name, self.record_number, self.email, *phone_forms(self.phone))
        return own if self.merged_into is None else f"{own} {self.merged_into._build_search_text()}"

    def _update_search_texts_of_merged(self) -> None:
        """Store the search texts of those merged into this patient, locked: a change of one waits, or is seen."""
        for patient in Patient.objects.select_for_update(no_key=True).filter(merged_into=self).order_by("pk"):
            Patient.objects.filter(pk=patient.pk).update(search_text=patient._build_search_text())

    def _resembles(self, other: "Patient") -> bool:
        return self.account_root_id != other.account_root_id and bool(self.shared_particulars(other))


_BY_ID = CompiledQuery(lambda key: Patient.objects.filter(pk=key))
_LOCK = CompiledQuery(
    lambda key: Patient.objects.filter(pk=key).select_for_update(no_key=True).values_list("merged_into_id")
)
