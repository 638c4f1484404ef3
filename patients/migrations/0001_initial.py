"""Patients, the counter of their record numbers, and appointments."""

import datetime as dt
import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import patients.models.patient
from clinic.db.sql_files import RunSQLFile


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("clinic", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Patient",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created at"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="updated at"),
                ),
                (
                    "record_number",
                    models.CharField(
                        blank=True,
                        help_text="Leave empty to assign the next number.",
                        max_length=40,
                        verbose_name="record number",
                    ),
                ),
                ("given_name", models.CharField(blank=True, max_length=100, verbose_name="given name")),
                ("family_name", models.CharField(blank=True, max_length=100, verbose_name="family name")),
                (
                    "birth_date",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[patients.models.patient.check_birth_date],
                        verbose_name="birth date",
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email")),
                ("address", models.TextField(blank=True, max_length=500, verbose_name="address")),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        max_length=35,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}\\Z",
                                "Must be a language code, such as “de” or “pt-BR”.",
                            )
                        ],
                        verbose_name="language",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                ("merged_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="merged at")),
                ("sort_name", models.CharField(editable=False, max_length=420)),
                ("search_text", models.TextField(editable=False)),
                (
                    "login",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="patient",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="login",
                    ),
                ),
                (
                    "merged_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="merged by",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_patients",
                        to="patients.patient",
                        verbose_name="merged into",
                    ),
                ),
            ],
            options={
                "verbose_name": "patient",
                "verbose_name_plural": "patients",
                "permissions": [("merge_patient", "Can merge a patient into another one")],
                "indexes": [
                    models.Index(fields=["created_at", "id"], name="patient_created"),
                    models.Index(fields=["sort_name", "id"], name="patient_by_name"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("record_number"), name="patient_record_number_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("record_number", ""), _negated=True), name="patient_has_a_record_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("family_name", ""), ("given_name", ""), _negated=True),
                        name="patient_has_a_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("birth_date__isnull", True), ("birth_date__gte", dt.date(1900, 1, 1)), _connector="OR"
                        ),
                        name="patient_born_since_1900",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into__isnull", True),
                            models.Q(("merged_into", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="patient_not_merged_into_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("merged_at__isnull", True), ("merged_into__isnull", True)),
                            models.Q(("merged_at__isnull", False), ("merged_into__isnull", False)),
                            _connector="OR",
                        ),
                        name="patient_merge_has_a_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appointment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created at"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="updated at"),
                ),
                ("starts_at", models.DateTimeField(verbose_name="starts at")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends at")),
                ("practitioner", models.CharField(blank=True, max_length=120, verbose_name="practitioner")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("scheduled", "Scheduled"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                            ("no_show", "No show"),
                        ],
                        default="scheduled",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("search_text", models.TextField(editable=False)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "appointment",
                "verbose_name_plural": "appointments",
                "indexes": [
                    models.Index(fields=["starts_at", "id"], name="appointment_starts"),
                    models.Index(fields=["patient", "starts_at", "id"], name="appointment_of_patient"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                        ),
                        name="appointment_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["scheduled", "completed", "cancelled", "no_show"])),
                        name="appointment_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecordCounter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "record number counter",
                "verbose_name_plural": "record number counters",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="record_counter_is_one_row")
                ],
            },
        ),
        RunSQLFile("0001_create_search_index", "0001_drop_search_index"),
    ]
