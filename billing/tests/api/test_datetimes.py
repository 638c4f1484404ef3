"""Datetimes of responses have six decimals, whatever was sent or is stored."""

import json
import re

import pytest

from billing.models import Invoice
from billing.models.invoice import stored_representation
from billing.tests.factories import InvoiceFactory
from patients.tests.factories import AppointmentFactory

DATETIME = re.compile(r'"\d{4}-\d\d-\d\dT[^"]*"')
SIX_DECIMALS = re.compile(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d"')


@pytest.mark.parametrize(
    "path", ["/invoice/", "/invoice/{id}", "/invoice/{id}/events", "/invoice/{id}/payments", "/payment/", "/patient/"]
)
def test_every_datetime_has_six_decimals(client, path):
    invoice = InvoiceFactory(paid=True)

    answer = client.get(path.replace("{id}", str(invoice.pk)))

    found = DATETIME.findall(answer.content.decode())
    assert found
    assert [text for text in found if not SIX_DECIMALS.fullmatch(text)] == []


@pytest.mark.parametrize("sent", ["2026-06-01T09:00:00Z", "2026-06-01T09:00", "2026-06-01T09:00:00.000000000+00:00"])
def test_time_that_was_sent_without_decimals_has_them_in_the_response(client, sent):
    appointment = AppointmentFactory()

    answer = client.patch(f"/appointment/{appointment.pk}", {"starts_at": sent, "ends_at": None})

    assert answer.json()["starts_at"] == "2026-06-01T09:00:00.000000+00:00"


def test_representation_that_was_stored_without_decimals_is_read_with_them(client):
    invoice = InvoiceFactory(issued=True)
    stored = Invoice.objects.values_list("wire_document", flat=True).get()
    heading = stored_representation.heading()
    older = stored.replace(heading, heading.replace(f"{stored_representation.FORMAT} ", "3 ")).replace(".000000+", "+")
    Invoice.objects.update(wire_document=older)

    answer = client.get(f"/invoice/{invoice.pk}")

    assert SIX_DECIMALS.fullmatch(json.dumps(answer.json()["due_date"]))
