"""Indexes that hold all that the figures of the desk ask of open and of billed invoices. No table is remade."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_rights_of_roles"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("status__in", ("ISSUED", "PARTIALY_PAID"))),
                fields=["due_date", "issue_date", "remaining_amount", "patient", "status"],
                name="invoice_open",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("status__in", ("DRAFT", "VOID")), _negated=True),
                fields=["issue_date", "total_amount", "status"],
                name="invoice_billed",
            ),
        ),
    ]
