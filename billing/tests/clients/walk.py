"""The walk of the README with the generated client in Python: `python walk.py SITE` prints what it saw, as JSON."""

# mypy: ignore-errors
# the client exists only while a test runs
import json
import sys
from datetime import datetime

from clinic_client import (
    ApiClient,
    Configuration,
    InvoiceApi,
    InvoiceBody,
    ItemBody,
    MoneyInBody,
    PatientApi,
    PatientBody,
    TokenApi,
)
from clinic_client.exceptions import ConflictException

configuration = Configuration(host=sys.argv[1])
client = ApiClient(configuration)
invoices = InvoiceApi(client)

token = TokenApi(client).create_token("password", client_id="demo", username="admin", password="demo")
configuration.access_token = token.access_token
patient = PatientApi(client).create_patient(PatientBody(given_name="Ada", family_name="Newcomer"))
visit = ItemBody(description="Physiotherapy, first visit", unit_price=199.99)
body = InvoiceBody(patient_id=patient.id, discount_percent=12.5, discount_amount=20, items=[visit])
draft = invoices.create_invoice(body)
issued = invoices.issue_invoice(draft.id)
payment = invoices.pay_invoice(draft.id, MoneyInBody(amount=100, method="cash"))
part_paid = invoices.get_invoice(draft.id)
paid = invoices.update_invoice(draft.id, InvoiceBody(patient_id=patient.id, paid_amount=154.99))
try:
    invoices.update_invoice(draft.id, InvoiceBody(patient_id=patient.id, paid_amount=1))
except ConflictException as conflict:
    refusal = conflict.data
events = invoices.list_invoice_events(draft.id)

seen = {
    "statuses": [each.status for each in (draft, issued, part_paid, paid)],
    "total": issued.total_amount,
    "paid": payment.amount,
    "remaining": part_paid.remaining_amount,
    "refused": refusal.code,
    "events": [event.kind for event in events.data],
    "has_times": isinstance(issued.issue_date, datetime) and issued.issue_date.tzinfo is not None,
}
sys.stdout.write(json.dumps(seen))
