"""Answers kept for repeated requests, and the scopes of applications."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clinic.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("oauth2_provider", "0022_refreshtoken_token_family_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=255, verbose_name="idempotency key")),
                ("method", models.CharField(max_length=7, verbose_name="method")),
                ("path", models.CharField(max_length=200, verbose_name="path")),
                ("body_digest", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(verbose_name="status")),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField()),
                ("moved_money", models.BooleanField(verbose_name="moved money")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "application",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="application",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "request served",
                "verbose_name_plural": "requests served",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("moved_money", False)),
                        fields=["created_at"],
                        name="idempotency_key_expiring",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("application", "user", "key"), name="idempotency_key_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("application", None)),
                        fields=("user", "key"),
                        name="idempotency_key_unique_without_application",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApplicationScopes",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scopes",
                    models.CharField(
                        blank=True,
                        help_text="Scopes, separated by spaces; empty: none.",
                        max_length=200,
                        validators=[clinic.models.check_scopes],
                        verbose_name="scopes",
                    ),
                ),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="allowed",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="application",
                    ),
                ),
            ],
            options={
                "verbose_name": "application scopes",
                "verbose_name_plural": "application scopes",
            },
        ),
    ]
