"""If-None-Match: who has read the version that is stored gets a 304 without a body."""

import pytest

from billing.models import Payment
from billing.operations.payments import reverse_payment
from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory
from patients.tests.factories import AppointmentFactory, PatientFactory


def get(client, path, etag):
    return client.get(path, headers={"If-None-Match": etag})


@pytest.mark.parametrize(
    ("path", "factory"),
    [
        ("invoice", InvoiceFactory),
        ("payment", PaymentFactory),
        ("service", ServiceFactory),
        ("tag", TagFactory),
        ("patient", PatientFactory),
        ("appointment", AppointmentFactory),
    ],
)
class TestEverySingleResource:
    @pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
    def test_version_that_was_read_is_a_304(self, client, path, factory, form):
        address = f"/{path}/{factory().pk}"
        read = client.get(address)

        answer = get(client, address, form.format(read.headers["ETag"]))

        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == read.headers["ETag"]

    @pytest.mark.parametrize("header", ['"other"', "", "nonsense"])
    def test_another_version_is_answered_in_full(self, client, path, factory, header):
        assert get(client, f"/{path}/{factory().pk}", header).status_code == 200


class TestInvoice:
    @pytest.fixture
    def invoice(self, db):
        return InvoiceFactory(tags=["Recall"])

    @pytest.fixture
    def etag(self, client, invoice):
        return client.get(f"/invoice/{invoice.pk}").headers["ETag"]

    def test_changed_invoice_is_answered_in_full(self, client, invoice, etag):
        client.patch(f"/invoice/{invoice.pk}", {"notes": "Thank you"})

        assert get(client, f"/invoice/{invoice.pk}", etag).json()["notes"] == "Thank you"

    def test_invoice_with_a_new_name_of_its_patient_is_answered_in_full(self, client, invoice, etag):
        invoice.patient.change(family_name="Neu")

        assert "Neu" in get(client, f"/invoice/{invoice.pk}", etag).json()["payer"]["name"]

    def test_invoice_with_a_new_name_of_its_tag_is_answered_in_full(self, client, invoice, etag):
        client.put(f"/tag/{invoice.tags.get().pk}", {"name": "Call again"})

        assert get(client, f"/invoice/{invoice.pk}", etag).json()["tags"] == ["Call again"]


class TestPayment:
    def test_reversed_payment_is_answered_in_full(self, client, actor):
        payment = PaymentFactory()
        etag = client.get(f"/payment/{payment.pk}").headers["ETag"]

        reverse_payment(Payment.objects.get(pk=payment.pk), reason="Bounced", **actor)

        assert get(client, f"/payment/{payment.pk}", etag).json()["reversed_by_id"]

    def test_payment_answers_with_the_etag_that_is_read(self, client):
        body = {"patient_id": PatientFactory().pk, "amount": 5, "method": "cash", "excess": "credit"}

        made = client.post("/payment/", body)

        assert made.headers["ETag"] == client.get(made.headers["Location"]).headers["ETag"]
