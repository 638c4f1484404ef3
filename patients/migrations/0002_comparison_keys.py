"""Keys by which names, record numbers and practitioners are compared; texts cleaned of what fields refuse since."""

from typing import Any

from django.db import migrations, models

from patients.migrations._text_0002 import clean, comparison_key, make_distinct, phone_forms, rewrite, search_text

PATIENT_TEXTS = ("record_number", "given_name", "family_name", "phone", "email")
APPOINTMENT_COLUMNS = ["practitioner", "reason", "practitioner_key", "search_text"]
PATIENT_COLUMNS = [*PATIENT_TEXTS, "address", "record_key", "given_name_key", "sort_name", "search_text"]


def cleaned_patient(patient: Any) -> dict[str, Any]:
    texts = {name: clean(getattr(patient, name)) for name in PATIENT_TEXTS}
    if not (texts["given_name"] or texts["family_name"]):
        texts["family_name"] = "?"
    given, family, number = texts["given_name"], texts["family_name"], texts["record_number"] or str(patient.pk)
    found = search_text(f"{given} {family}".strip(), number, texts["email"], *phone_forms(texts["phone"]))
    if patient.merged_into is not None:
        found = f"{found} {cleaned_patient(patient.merged_into)['search_text']}"
    return {
        **texts,
        "record_number": number,
        "address": clean(patient.address, multiline=True),
        "record_key": comparison_key(number),
        "given_name_key": comparison_key(f"{given} {family}"),
        "sort_name": comparison_key(f"{family} {given}")[:420],
        "search_text": found,
    }


def cleaned_appointment(appointment: Any) -> dict[str, Any]:
    practitioner, reason = clean(appointment.practitioner), clean(appointment.reason, multiline=True)
    return {
        "practitioner": practitioner,
        "reason": reason,
        "practitioner_key": comparison_key(practitioner),
        "search_text": search_text(practitioner, reason),
    }


def fill(apps: Any, schema_editor: Any) -> None:
    """Clean the texts of patients and appointments, and set their keys."""
    patient = apps.get_model("patients", "Patient")
    rewrite(schema_editor, patient, PATIENT_COLUMNS, cleaned_patient, "merged_into")
    make_distinct(patient, "record_number", "record_key")
    rewrite(schema_editor, apps.get_model("patients", "Appointment"), APPOINTMENT_COLUMNS, cleaned_appointment)


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("patient", "patient_record_number_unique"),
        migrations.AddField("patient", "record_key", models.TextField(editable=False, null=True)),
        migrations.AddField("patient", "given_name_key", models.TextField(db_default="", default="", editable=False)),
        migrations.AddField(
            "appointment", "practitioner_key", models.TextField(db_default="", default="", editable=False)
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField("patient", "record_key", models.TextField(editable=False, null=True, unique=True)),
    ]
