"""The permissions of the roles: voids, discounts, corrections, reinstatement and reversals of one's own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0002_triggers"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="invoice",
            options={
                "ordering": ["created_at", "pk"],
                "permissions": [
                    ("backdate_invoice", "Can issue with a date further back than BACKDATE_DAYS"),
                    ("issue_invoice", "Can issue"),
                    ("void_invoice", "Can void on the day of issue, while nothing is paid"),
                    ("void_any_invoice", "Can void on a later day, or with money on it"),
                    ("discount_any_invoice", "Can discount by more than a fifth of the gross"),
                    ("correct_invoice", "Can correct by a credit note and a new draft"),
                    ("write_off_invoice", "Can write off"),
                    ("reinstate_invoice", "Can reinstate"),
                ],
            },
        ),
        migrations.AlterModelOptions(
            name="payment",
            options={
                "ordering": ["-received_at", "pk"],
                "permissions": [
                    ("reverse_own_payment", "Can reverse a payment that they entered the same day"),
                    ("reverse_payment", "Can reverse a payment that somebody else entered, or of another day"),
                ],
            },
        ),
    ]
