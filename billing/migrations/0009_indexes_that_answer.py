"""Two indexes hold what is summed by them: of open invoices the totals of a list, of payments what came in by the day."""

from django.db import migrations, models

from billing.models import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0008_credit_is_found"),
    ]

    operations = [
        migrations.RunPython(
            lambda _apps, schema_editor: triggers.drop(schema_editor.connection),
            lambda _apps, schema_editor: triggers.create(schema_editor.connection),
        ),
        migrations.RemoveIndex(model_name="invoice", name="invoice_open"),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("status__in", ("ISSUED", "PARTIALY_PAID"))),
                fields=[
                    "due_date",
                    "issue_date",
                    "remaining_amount",
                    "patient",
                    "status",
                    "total_amount",
                    "paid_amount",
                    "id",
                ],
                name="invoice_open",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["received_at", "amount"], name="payment_by_day"),
        ),
        migrations.AlterField(
            model_name="payment",
            name="received_at",
            field=models.DateTimeField(verbose_name="received at"),
        ),
        migrations.RunPython(
            lambda _apps, schema_editor: triggers.create(schema_editor.connection),
            lambda _apps, schema_editor: triggers.drop(schema_editor.connection),
        ),
    ]
