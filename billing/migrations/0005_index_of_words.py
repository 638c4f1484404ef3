"""An index by which PostgreSQL finds a word in the middle of an invoice's number or items. No table is remade."""

from django.db import migrations

from clinic.db.fields import drop_index_of_words, index_words


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_indexes_of_figures"),
    ]

    operations = [
        migrations.RunPython(
            lambda _apps, schema_editor: index_words(schema_editor, "billing_invoice"),
            lambda _apps, schema_editor: drop_index_of_words(schema_editor, "billing_invoice"),
        ),
    ]
