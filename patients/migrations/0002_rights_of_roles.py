"""The permission to merge patients."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0001_patients_and_appointments"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="patient",
            options={"permissions": [("merge_patient", "Can merge a patient into another one")]},
        ),
    ]
