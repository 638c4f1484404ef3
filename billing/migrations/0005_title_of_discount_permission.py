"""The title of the permission for discounts does not name the limit of clerks, which is a constant of the code."""

from collections.abc import Callable
from typing import Any

from django.db import migrations

CODENAME = "discount_any_invoice"
BEFORE, AFTER = "Can discount by more than a fifth of the gross", "Can give a discount of any size"


def rename(title: str) -> Callable[[Any, Any], None]:
    """Return an operation's function that stores the title, which Django does not do for an existing permission."""

    def update(apps: Any, schema_editor: Any) -> None:
        permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
        permissions.filter(content_type__app_label="billing", codename=CODENAME).update(name=title)

    return update


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_particulars_of_money"),
        ("auth", "0012_alter_user_first_name_max_length"),
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
                    (CODENAME, AFTER),
                    ("correct_invoice", "Can correct by a credit note and a new draft"),
                    ("write_off_invoice", "Can write off"),
                    ("reinstate_invoice", "Can reinstate"),
                ],
                "verbose_name": "invoice",
                "verbose_name_plural": "invoices",
            },
        ),
        migrations.RunPython(rename(AFTER), rename(BEFORE)),
    ]
