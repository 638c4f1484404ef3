"""The document of an invoice, as the API tells it, in its own row. Those that exist are written by
`manage.py write_documents`; until then they are made when they are read."""

from django.db import migrations, models

from billing.models import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0006_words_for_people"),
    ]

    operations = [
        migrations.RunPython(
            lambda _apps, schema_editor: triggers.drop(schema_editor.connection),
            lambda _apps, schema_editor: triggers.create(schema_editor.connection),
        ),
        migrations.AddField(
            model_name="invoice",
            name="wire_document",
            field=models.TextField(
                blank=True,
                editable=False,
                help_text="The stored representation (JSON) that the API returns.",
                null=True,
            ),
        ),
        migrations.RunPython(
            lambda _apps, schema_editor: triggers.create(schema_editor.connection),
            lambda _apps, schema_editor: triggers.drop(schema_editor.connection),
        ),
    ]
