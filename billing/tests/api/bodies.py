"""Request bodies of the API tests, and readers of their answers."""

from typing import Any

from billing.models import Invoice, InvoiceEvent, Payment
from patients.models import Appointment

# Every field of the contract's response.
CONTRACT_FIELDS = frozenset(
    """issue_date due_date status discount_amount discount_percent paid_amount appointment_id patient_id id subtotal
    remaining_amount total_amount reg_number items""".split()
)
ENVELOPE = {"total", "offset", "limit", "data"}
NOBODY = "00000000-0000-4000-8000-000000000000"


def contract_body(appointment: Appointment) -> dict[str, Any]:
    """The contract's own example, with real ids put in."""
    return {
        "issue_date": "2026-06-01T05:53:48.451968",
        "due_date": "2019-08-24T14:15:22Z",
        "status": "DRAFT",
        "discount_amount": 0,
        "discount_percent": 0,
        "paid_amount": 0,
        "appointment_id": str(appointment.pk),
        "patient_id": str(appointment.patient_id),
        "items": [],
    }


def visit(unit_price: Any = 199.99, **more: Any) -> dict[str, Any]:
    """An item of a body."""
    return {"description": "Consultation", "unit_price": unit_price, **more}


def ids(response: Any) -> list[str]:
    """The ids of a list's rows, in their order."""
    return [row["id"] for row in response.json()["data"]]


def kinds(invoice: Invoice) -> list[str]:
    """Return the kinds of the invoice's events, oldest first."""
    return list(InvoiceEvent.objects.filter(invoice=invoice).order_by("version").values_list("kind", flat=True))


def the_books() -> tuple[Any, ...]:
    """Return the rows that a refused request must leave unchanged."""
    return (
        sorted(Invoice.objects.values_list("pk", "version", "status", "paid_amount", "total_amount")),
        InvoiceEvent.objects.count(),
        Payment.objects.count(),
    )
