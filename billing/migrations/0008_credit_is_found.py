"""What of a payment no invoice took when it came, and two small indexes: credit is found without all payments."""

from decimal import Decimal

from django.db import migrations, models

import clinic.db.fields
from billing.models import triggers

# What was allocated at the moment of the entry was allocated with it.
EXCESS = (
    "payment.amount - COALESCE((SELECT SUM(allocation.amount) FROM billing_paymentallocation allocation "
    "WHERE allocation.payment_id = payment.id AND allocation.created_at = payment.created_at "
    "AND allocation.amount > 0 AND allocation.invoice_id IS NOT NULL), 0)"
)
FILL = (
    f"UPDATE billing_payment AS payment SET excess_amount = {EXCESS} "  # noqa: S608  # no values
    f"WHERE payment.reverses_id IS NULL AND {EXCESS} BETWEEN 1 AND payment.amount"
)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0007_wire_document"),
    ]

    operations = [
        migrations.RunPython(
            lambda _apps, schema_editor: triggers.drop(schema_editor.connection),
            lambda _apps, schema_editor: triggers.create(schema_editor.connection),
        ),
        migrations.AddField(
            model_name="payment",
            name="excess_amount",
            field=clinic.db.fields.MoneyField(
                db_default=Decimal("0.00"),
                default=Decimal("0.00"),
                editable=False,
                help_text="What no invoice took of it when it came.",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("excess_amount__gt", 0)), fields=["excess_amount"], name="payment_with_excess"
            ),
        ),
        migrations.AddIndex(
            model_name="paymentallocation",
            index=models.Index(condition=models.Q(("amount__lt", 0)), fields=["payment"], name="allocation_released"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("excess_amount", 0),
                    models.Q(("excess_amount__gt", 0), ("excess_amount__lte", models.F("amount"))),
                    _connector="OR",
                ),
                name="payment_excess_within_amount",
            ),
        ),
        migrations.RunPython(
            lambda _apps, schema_editor: triggers.create(schema_editor.connection),
            lambda _apps, schema_editor: triggers.drop(schema_editor.connection),
        ),
    ]
