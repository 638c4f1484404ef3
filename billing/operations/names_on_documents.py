"""Names on documents: patient, payer, clinic and author as they are now, stored so that a document prints the same."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from billing.models import Invoice
from billing.models.invoice.payer import Payer
from patients.models import Patient

Particulars = dict[str, Any]


def patient_particulars(patient: Patient) -> Particulars:
    """Return what a document names of a patient."""
    born = patient.birth_date
    return {
        "id": str(patient.pk),
        "record_number": patient.record_number,
        "name": patient.full_name,
        "birth_date": born.isoformat() if born else None,
        "address": patient.address,
    }


def clinic_particulars() -> Particulars:
    """Return what a document names of the clinic."""
    return {
        "name": settings.CLINIC_NAME,
        "address": settings.CLINIC_ADDRESS,
        "time_zone": settings.CLINIC_TIME_ZONE,
    }


def particulars_of_money(patient: Particulars, bill_to: Payer | None, *, by: User) -> Particulars:
    """Return what the document of a payment or refund names; `bill_to`: who pays in the patient's place."""
    return {
        "patient": patient,
        "payer": (bill_to or Payer(patient["name"], patient["address"]))._asdict(),
        "clinic": clinic_particulars(),
        "author": author_name(by),
    }


def patient_of_invoice(invoice: Invoice) -> Particulars:
    """Return the patient as an issued invoice names it, or as it is now; the former without a statement."""
    stored: Particulars | None = invoice.particulars.get("patient")
    return stored or patient_particulars(invoice.get_patient())


def clinic_of_invoice(invoice: Invoice) -> Particulars:
    """Return the clinic as an issued invoice names it, or as it is now."""
    stored: Particulars | None = invoice.particulars.get("clinic")
    return stored or clinic_particulars()


def author_name(user: User) -> str:
    """Return the name of a user on a document: the full name, or else the login."""
    return user.get_full_name() or user.get_username()
