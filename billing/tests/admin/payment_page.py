"""The page to take a payment, as tests use it."""

from uuid import uuid4

PAYMENT_URL = "/admin/cash-desk/"


def submit_payment(client, patient, **fields):
    """Return the response to the page's form as it opens, with these fields changed."""
    form = client.get(PAYMENT_URL, {"patient": patient.pk}).context["form"]
    as_opened = {"once": str(uuid4()), "allocation": "oldest", "method": "cash"}
    for row in form.rows:
        as_opened[row.version_name] = str(row.invoice.version)
        as_opened[row.field.html_name] = str(row.field.value() or "")
    return client.post(f"{PAYMENT_URL}?patient={patient.pk}", {**as_opened, **fields})
