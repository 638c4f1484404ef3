"""Patient, payer, clinic and author of each payment and refund, so that its receipt or slip always prints the same."""

from typing import Any

from django.conf import settings
from django.db import migrations, models

from clinic.db.sql_files import RunSQLFile
from patients.migrations._text_0002 import rewrite

CLINIC = {
    "name": settings.CLINIC_NAME,
    "address": settings.CLINIC_ADDRESS,
    "time_zone": settings.CLINIC_TIME_ZONE,
}


def patient_now(patient: Any) -> dict[str, Any]:
    return {
        "id": str(patient.pk),
        "record_number": patient.record_number,
        "name": f"{patient.given_name} {patient.family_name}".strip(),
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "address": patient.address,
    }


def bill_to(invoice: Any) -> tuple[str, str] | None:
    """Return who is named in the patient's place."""
    named, patient = (invoice.bill_to_name, invoice.bill_to_address), invoice.particulars.get("patient")
    is_patient = not named[0] or (patient and named == (patient["name"], patient["address"]))
    return None if is_patient else named


def particulars(row: Any, invoices: list[Any]) -> dict[str, Any]:
    """Return what was printed of a row so far: the names that its invoices froze, or else those of today."""
    frozen = [each.particulars["patient"] for each in invoices if each.particulars]
    patient = next((each for each in frozen if each["id"] == str(row.patient_id)), None) or patient_now(row.patient)
    payers = {bill_to(each) for each in invoices}
    payer = (payers.pop() if len(payers) == 1 else None) or (patient["name"], patient["address"])
    user = row.created_by
    author = f"{user.first_name} {user.last_name}".strip() or user.username
    stored = {"patient": patient, "payer": dict(zip(("name", "address"), payer, strict=True)), "clinic": CLINIC}
    return {"particulars": {**stored, "author": author}}


def of_payment(payment: Any) -> dict[str, Any]:
    paid = payment.reverses or payment
    first = [row for row in paid.allocations.all() if row.amount > 0 and row.created_at == paid.created_at]
    invoices = {row.invoice_id: row.invoice for row in first if row.invoice}
    return particulars(payment, sorted(invoices.values(), key=lambda invoice: invoice.reg_number))


def of_refund(refund: Any) -> dict[str, Any]:
    return particulars(refund, [refund.invoice] if refund.invoice else [])


def fill(apps: Any, schema_editor: Any) -> None:
    people, payment = ("patient", "created_by"), apps.get_model("billing", "Payment")
    with_invoice = apps.get_model("billing", "PaymentAllocation").objects.select_related("invoice")
    allocations = [models.Prefetch(f"{prefix}allocations", with_invoice) for prefix in ("", "reverses__")]
    rewrite(schema_editor, payment, ["particulars"], of_payment, *people, *allocations)
    rewrite(schema_editor, apps.get_model("billing", "Refund"), ["particulars"], of_refund, *people, "invoice")


def particulars_column(model: str) -> migrations.AddField:
    help_text = "Patient, payer, clinic and author as they were when it was recorded."
    return migrations.AddField(
        model, "particulars", models.JSONField(default=dict, editable=False, help_text=help_text)
    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_order_of_numbers")]

    operations = [
        RunSQLFile("0001_drop_triggers", "0001_create_triggers"),
        particulars_column("payment"),
        particulars_column("refund"),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        RunSQLFile("0004_create_triggers", "0004_drop_triggers"),
    ]
