"""An index by which PostgreSQL finds a word in the middle of a patient's particulars. No table is remade."""

from django.db import migrations

from clinic.db.fields import drop_index_of_words, index_words


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0002_rights_of_roles"),
    ]

    operations = [
        migrations.RunPython(
            lambda _apps, schema_editor: index_words(schema_editor, "patients_patient"),
            lambda _apps, schema_editor: drop_index_of_words(schema_editor, "patients_patient"),
        ),
    ]
