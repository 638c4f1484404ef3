"""What an application may be given at most."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clinic.models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0001_idempotency_keys"),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ApplicationScopes",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scopes",
                    models.CharField(
                        blank=True,
                        help_text="Scopes with spaces between; empty: none.",
                        max_length=200,
                        validators=[clinic.models.check_scopes],
                    ),
                ),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="allowed",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "scopes of applications",
            },
        ),
    ]
