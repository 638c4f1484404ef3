"""A journey through every operation of the API: each example of the schema is sent to a suitable record."""

import json
from typing import Any, NamedTuple

from billing.api import examples
from billing.models import Invoice, Payment, Tag
from billing.models.invoice.payer import Payer
from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory
from clinic.tests.api.schema.validating import operations
from patients.models import Appointment, Patient
from patients.tests.factories import AppointmentFactory, PatientFactory


class Stop(NamedTuple):
    """A request and its response."""

    operation: dict[str, Any]
    example: str
    answer: Any


# The record to which an example is sent, by the names of the operation and of the example; "": whichever example.
RECORDS = {
    ("update_patient", ""): PatientFactory,
    ("merge_patient", ""): PatientFactory,
    ("update_appointment", ""): AppointmentFactory,
    ("update_invoice", "Raise the amount paid"): lambda: InvoiceFactory(issued=True, total="154.99"),
    ("update_invoice", "Change the items of a draft"): InvoiceFactory,
    ("update_invoice", "Write a note"): lambda: InvoiceFactory(paid=True),
    ("issue_invoice", ""): InvoiceFactory,
    ("void_invoice", "Unpaid"): lambda: InvoiceFactory(issued=True),
    ("void_invoice", "With money on it"): lambda: InvoiceFactory(part_paid=True),
    ("write_off_invoice", ""): lambda: InvoiceFactory(issued=True),
    ("reinstate_invoice", ""): lambda: InvoiceFactory(written_off=True),
    ("pay_invoice", ""): lambda: InvoiceFactory(issued=True),
    ("refund_invoice", ""): lambda: InvoiceFactory(paid=True),
    ("credit_invoice", ""): lambda: InvoiceFactory(issued=True),
    ("correct_invoice", ""): lambda: InvoiceFactory(issued=True),
    ("allocate_payment", ""): PaymentFactory,
    ("refund_payment", ""): PaymentFactory,
    ("reverse_payment", ""): PaymentFactory,
    ("update_service", ""): ServiceFactory,
    ("update_tag", ""): TagFactory,
    ("patch_tag", ""): lambda: Tag.objects.order_by("updated_at").last(),  # the one that has the name of the example
}
# Invoices in these states stand in the books when the lists are read.
STATES = (
    *"issued part_paid paid refunded reversed credited corrected written_off void".split(),
    "paid credited",
)


def run_journey(client):
    """Every example of every write, then every list and every record."""
    for method, path, operation in operations():
        if method != "GET" and not path.startswith("/o/"):
            yield from sent(client, method, path, operation)
    for state in STATES:
        invoice = InvoiceFactory(**dict.fromkeys(state.split(), True), tags=["Recall"])
        AppointmentFactory(patient=invoice.patient, ends_at=None)
        yield from read(client, invoice)
    yield from read(client, InvoiceFactory(issued=True, bill_to=Payer("Insurer", "1 Main Road")))
    PatientFactory(merged=True, birth_date="1985-12-10")
    yield from read(client, None)


def sent(client, method, path, operation):
    """The answers to every example of a write."""
    [content] = operation["requestBody"]["content"].values()
    for example in content["examples"].values():
        name, title = operation["operationId"], example["summary"]
        kind = name.replace("patch_", "update_")
        make = RECORDS.get((name, "")) or RECORDS.get((kind, title)) or RECORDS.get((kind, ""))
        record = make() if make else None
        body = with_ids(example["value"], record)
        answer = client.send(method, path.replace("{id}", str(getattr(record, "pk", ""))), body)
        yield Stop(operation, title, answer)


def with_ids(body, record):
    """A body of an example with ids that belong together, and to the record."""
    patient = record.patient if hasattr(record, "patient") else PatientFactory()
    invoice = record if isinstance(record, Invoice) else None
    ids = {examples.PATIENT: patient.pk}
    text = json.dumps(body, default=str)
    if examples.INVOICE in text or isinstance(record, Payment) or ("amount" in body and "patient_id" in body):
        ids[examples.INVOICE] = InvoiceFactory(issued=True, patient=patient).pk
    if examples.APPOINTMENT in text:
        ids[examples.APPOINTMENT] = AppointmentFactory(patient=patient).pk
    if examples.SERVICE in text:
        ids[examples.SERVICE] = ServiceFactory().pk
    if examples.ITEM in text:
        ids[examples.ITEM] = invoice.ordered_items[0].pk
    for written, real in ids.items():
        text = text.replace(written, str(real))
    return json.loads(text)


def read(client, invoice):
    """Of an invoice what hangs on it; without one, all lists, and a record of each kind."""
    one = {
        "/invoice/": Invoice.objects.order_by("created_at"),
        "/payment/": Payment.objects.order_by("created_at"),
        "/patient/": Patient.objects.order_by("created_at"),
        "/appointment/": Appointment.objects.order_by("created_at"),
    }
    for method, path, operation in operations():
        if method != "GET" or (invoice is not None) is not path.startswith("/invoice/{id}"):
            continue
        if invoice is not None:
            yield Stop(operation, "", client.get(path.replace("{id}", str(invoice.pk))))
        elif "{id}" not in path:
            yield Stop(operation, "", client.get(path))
        else:
            start = path.split("{id}")[0]
            rows = one.get(start) or [ServiceFactory() if start == "/service/" else TagFactory()]
            for record in rows[:3]:
                yield Stop(operation, "", client.get(path.replace("{id}", str(record.pk))))
