"""GET /invoice/{id}: one invoice, with every item, in one statement."""

import pytest

from billing.models.invoice.payer import Payer
from billing.operations.credit_notes import correct
from billing.tests.api.bodies import NOBODY, visit
from billing.tests.factories import InvoiceFactory, item
from clinic.testing import NOON
from patients.tests.factories import PatientFactory


class TestGetInvoice:
    def test_get_returns_the_invoice_and_its_version(self, client):
        invoice = InvoiceFactory(issued=True)

        answer = client.get(f"/invoice/{invoice.pk}")

        assert answer.status_code == 200
        assert answer.json()["reg_number"] == invoice.reg_number
        assert answer.headers["ETag"] == f'"{invoice.version}"'

    def test_get_accepts_any_format_of_the_uuid(self, client):
        invoice = InvoiceFactory()

        assert client.get(f"/invoice/{invoice.pk.hex}").json()["id"] == str(invoice.pk)
        assert client.get(f"/invoice/{str(invoice.pk).upper()}").json()["id"] == str(invoice.pk)

    @pytest.mark.parametrize("key", [NOBODY, "1", "INV-2026-000001", "%00", "x" * 300, "null"])
    def test_get_with_an_invalid_id_returns_404(self, client, key):
        answer = client.get(f"/invoice/{key}")

        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"

    def test_get_ignores_the_query_string(self, client):
        assert client.get(f"/invoice/{InvoiceFactory().pk}", colour="red", limit="x").status_code == 200

    @pytest.mark.parametrize(
        "shown", ['","bill_to":null,"tags":["x"]}', ',"tags":[]}', '"patient_id":"', "\\", 'a "quoted" é']
    )
    def test_get_returns_texts_that_look_like_json(self, client, shown):
        patient, tags = PatientFactory(family_name=shown, address=shown), ["late", '"tags":[]}']
        created = client.post(
            "/invoice/", {"patient_id": str(patient.pk), "items": [visit()], "notes": shown, "tags": tags}
        )
        returned = client.get(f"/invoice/{created.json()['id']}").json()

        assert (returned["notes"], returned["patient_id"]) == (shown, str(patient.pk))
        assert returned["payer"] == {"name": patient.full_name, "address": shown}
        assert set(returned["tags"]) == set(tags)
        assert returned == created.json()
        assert client.get("/invoice/", patient_id=str(patient.pk)).json()["data"] == [returned]

    def test_response_names_the_invoice_that_corrects_it(self, client, supervisor):
        invoice = InvoiceFactory(issued=True)
        draft = correct(invoice=invoice, reason="Wrong price", by=supervisor, at=invoice.created_at)

        wrong, right = (client.get(f"/invoice/{each.pk}").json() for each in (invoice, draft))

        assert (wrong["corrects_id"], wrong["corrected_by_id"]) == (None, str(draft.pk))
        assert (right["corrects_id"], right["corrected_by_id"]) == (str(invoice.pk), None)

    def test_get_returns_the_payer_as_of_the_issue(self, noon, client):
        patient = PatientFactory(given_name="Ana", family_name="Ruiz")
        invoice = InvoiceFactory(patient=patient, issued=True, at=NOON)

        patient.change(family_name="Ruiz Gómez")

        assert client.get(f"/invoice/{invoice.pk}").json()["payer"]["name"] == "Ana Ruiz"

    @pytest.mark.parametrize("state", [{}, {"issued": True}, {"paid": True}, {"void": True}])
    def test_bill_to_is_null_where_the_patient_pays(self, client, state):
        invoice = InvoiceFactory(
            patient=PatientFactory(given_name="Ana", family_name="Ruiz", address="Calle 1"), **state
        )

        returned = client.get(f"/invoice/{invoice.pk}").json()

        assert returned["bill_to"] is None
        assert returned["payer"] == {"name": "Ana Ruiz", "address": "Calle 1"}

    @pytest.mark.parametrize("state", [{}, {"issued": True}, {"paid": True}])
    def test_bill_to_is_the_payer_where_another_pays(self, client, state):
        invoice = InvoiceFactory(bill_to=Payer("Insurer", "PO Box 1"), **state)

        returned = client.get(f"/invoice/{invoice.pk}").json()

        assert returned["bill_to"] == returned["payer"] == {"name": "Insurer", "address": "PO Box 1"}

    @pytest.mark.parametrize("number", [1, 50])
    def test_get_takes_one_statement_and_that_of_the_token(self, client, statements, number):
        invoice = InvoiceFactory(issued=True, items=[item()] * number)

        with statements() as counted:
            answer = client.get(f"/invoice/{invoice.pk}")

        assert len(answer.json()["items"]) == number
        assert counted.number == 2, counted.sql

    def test_get_takes_one_more_statement_for_tags_and_for_the_patient_of_a_draft(self, client, statements):
        invoice = InvoiceFactory(tags=["a", "b"])

        with statements() as counted:
            client.get(f"/invoice/{invoice.pk}")

        assert counted.number == 4, counted.sql
