"""The receipts' sequence, and the triggers that keep the books true even for raw SQL."""

from django.db import migrations

from billing.models import triggers
from billing.models.numbering import RECEIPT_SEQUENCE


def create_sequence(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE SEQUENCE {RECEIPT_SEQUENCE} AS bigint")


def drop_sequence(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP SEQUENCE {RECEIPT_SEQUENCE}")


def create_triggers(apps, schema_editor):
    triggers.create(schema_editor.connection)


def drop_triggers(apps, schema_editor):
    triggers.drop(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_the_books")]

    operations = [
        migrations.RunPython(drop_triggers, migrations.RunPython.noop),
        migrations.RunPython(create_sequence, drop_sequence),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
