"""What people read for models and fields: names and help texts. The state alone; no table is touched."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clinic.models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0002_scopes_of_applications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelOptions(
                    name="applicationscopes",
                    options={
                        "verbose_name": "scopes of an application",
                        "verbose_name_plural": "scopes of applications",
                    },
                ),
                migrations.AlterModelOptions(
                    name="idempotencykey",
                    options={
                        "default_permissions": (),
                        "verbose_name": "answered request",
                        "verbose_name_plural": "answered requests",
                    },
                ),
                migrations.AlterField(
                    model_name="applicationscopes",
                    name="application",
                    field=models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="allowed",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="application",
                    ),
                ),
                migrations.AlterField(
                    model_name="applicationscopes",
                    name="scopes",
                    field=models.CharField(
                        blank=True,
                        help_text="Scopes with spaces between; empty: none.",
                        max_length=200,
                        validators=[clinic.models.check_scopes],
                        verbose_name="scopes",
                    ),
                ),
                migrations.AlterField(
                    model_name="idempotencykey",
                    name="key",
                    field=models.CharField(max_length=255, verbose_name="idempotency key"),
                ),
                migrations.AlterField(
                    model_name="idempotencykey",
                    name="application",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="application",
                    ),
                ),
                migrations.AlterField(
                    model_name="idempotencykey",
                    name="created_at",
                    field=models.DateTimeField(verbose_name="created at"),
                ),
                migrations.AlterField(
                    model_name="idempotencykey",
                    name="method",
                    field=models.CharField(max_length=7, verbose_name="method"),
                ),
                migrations.AlterField(
                    model_name="idempotencykey",
                    name="moved_money",
                    field=models.BooleanField(verbose_name="moved money"),
                ),
                migrations.AlterField(
                    model_name="idempotencykey",
                    name="path",
                    field=models.CharField(max_length=200, verbose_name="path"),
                ),
                migrations.AlterField(
                    model_name="idempotencykey",
                    name="status",
                    field=models.PositiveSmallIntegerField(verbose_name="status"),
                ),
                migrations.AlterField(
                    model_name="idempotencykey",
                    name="user",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
        ),
    ]
