"""What people read for models and fields: names and help texts. The state alone; no table is touched."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import patients.models.patient


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0003_index_of_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelOptions(
                    name="appointment",
                    options={"verbose_name": "appointment", "verbose_name_plural": "appointments"},
                ),
                migrations.AlterModelOptions(
                    name="patient",
                    options={
                        "permissions": [("merge_patient", "Can merge a patient into another one")],
                        "verbose_name": "patient",
                        "verbose_name_plural": "patients",
                    },
                ),
                migrations.AlterModelOptions(
                    name="recordcounter",
                    options={
                        "verbose_name": "counter of record numbers",
                        "verbose_name_plural": "counters of record numbers",
                    },
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="created_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="ends_at",
                    field=models.DateTimeField(blank=True, null=True, verbose_name="ends at"),
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="patient",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="practitioner",
                    field=models.CharField(blank=True, max_length=120, verbose_name="practitioner"),
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="reason",
                    field=models.CharField(blank=True, max_length=500, verbose_name="reason"),
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="starts_at",
                    field=models.DateTimeField(verbose_name="starts at"),
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="status",
                    field=models.CharField(
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
                migrations.AlterField(
                    model_name="appointment",
                    name="updated_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="updated at"
                    ),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="active",
                    field=models.BooleanField(default=True, verbose_name="active"),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="address",
                    field=models.TextField(blank=True, max_length=500, verbose_name="address"),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="birth_date",
                    field=models.DateField(
                        blank=True,
                        null=True,
                        validators=[patients.models.patient.check_birth_date],
                        verbose_name="birth date",
                    ),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="created_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="email",
                    field=models.EmailField(blank=True, max_length=254, verbose_name="email"),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="family_name",
                    field=models.CharField(blank=True, max_length=100, verbose_name="family name"),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="given_name",
                    field=models.CharField(blank=True, max_length=100, verbose_name="given name"),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="language",
                    field=models.CharField(
                        blank=True,
                        max_length=35,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}\\Z", "Name a language as “de” or “pt-BR”."
                            )
                        ],
                        verbose_name="language",
                    ),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="login",
                    field=models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="patient",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="login",
                    ),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="merged_at",
                    field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="merged at"),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="merged_by",
                    field=models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="merged by",
                    ),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="merged_into",
                    field=models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_patients",
                        to="patients.patient",
                        verbose_name="merged into",
                    ),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="phone",
                    field=models.CharField(blank=True, max_length=40, verbose_name="phone"),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="record_number",
                    field=models.CharField(
                        blank=True,
                        help_text="Leave it empty to have one drawn.",
                        max_length=40,
                        verbose_name="record number",
                    ),
                ),
                migrations.AlterField(
                    model_name="patient",
                    name="updated_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="updated at"
                    ),
                ),
            ],
        ),
    ]
