"""The stored document: it says what the tables say, whatever was done; what is of others is put in when it leaves."""

import json
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection

from billing.models import Invoice, Tag
from billing.models.invoice import stored_representation
from billing.operations.catalogue import rename_tag
from billing.operations.credit_notes import correct
from billing.operations.invoice_input import InvoiceInput
from billing.operations.revision import revise
from billing.tests.api.random_month import Month
from billing.tests.books import finding_of
from billing.tests.factories import STEPS, InvoiceFactory, item
from clinic.testing import NOON
from patients.tests.factories import PatientFactory


def stored(invoice):
    return Invoice.objects.values_list("wire_document", flat=True).get(pk=invoice.pk)


def rendered_from_tables(client, invoice):
    """Return the response of the API without a stored representation."""
    document = stored(invoice)
    Invoice.objects.filter(pk=invoice.pk).update(wire_document=None)
    answer = client.get(f"/invoice/{invoice.pk}").json()
    Invoice.objects.filter(pk=invoice.pk).update(wire_document=document)
    return answer


def assert_equal(tags, made):
    """Member by member, so that a difference has a name."""
    assert list(tags) == list(made)
    for name, value in tags.items():
        assert value == made[name], name


class TestStoredRepresentation:
    @pytest.mark.parametrize("state", STEPS)
    def test_stored_representation_equals_the_tables(self, api, supervisor, state):
        invoice = InvoiceFactory(
            **{state: True},
            items=[item("19.99", tax_rate=Decimal(19)), item("0.5", quantity=Decimal("0.333"))],
            tags=["urgent", "Family"],
            discount_percent=Decimal("12.5"),
            notes='Say ,"tags":[]} and ,"bill_to":null, \\ to “them”',
        )
        client = api(supervisor)

        assert stored_representation.read(stored(invoice)) is not None
        assert_equal(client.get(f"/invoice/{invoice.pk}").json(), rendered_from_tables(client, invoice))

    def test_representation_in_a_list_equals_that_of_the_invoice(self, api, supervisor):
        for state in STEPS:
            InvoiceFactory(**{state: True}, tags=["urgent"])
        client = api(supervisor)

        for row in client.get("/invoice/", limit=500).json()["data"]:
            assert_equal(row, client.get(f"/invoice/{row['id']}").json())

    def test_response_to_a_write_equals_the_representation(self, api, supervisor):
        client = api(supervisor)
        body = {"patient_id": str(PatientFactory().pk), "tags": ["b", "A"], "items": [item("10.00")]}

        made = client.post("/invoice/", body)

        assert_equal(made.json(), client.get(made.headers["Location"]).json())
        assert made.json()["tags"] == ["A", "b"]

    def test_representation_is_stored_in_the_statement_that_stores_the_invoice(self, db, noon, statements):
        with statements() as counted:
            InvoiceFactory(issued=True)

        writes = [sql for sql in counted.sql if "wire_document" in sql and not sql.startswith("SELECT")]
        assert len(writes) == 2, writes  # made, issued


class TestRelatedData:
    def test_renamed_tag_is_in_the_representation_at_once(self, api, supervisor):
        invoices = [InvoiceFactory(issued=True, tags=["urgent", "family"]), InvoiceFactory(tags=["urgent"])]
        rename_tag(Tag.objects.get(key="urgent"), name="Alarm", at=NOON)
        client = api(supervisor)

        tags = [client.get(f"/invoice/{invoice.pk}").json()["tags"] for invoice in invoices]

        assert tags == [["Alarm", "family"], ["Alarm"]]
        assert finding_of("wire_document").count == 0

    def test_new_name_of_the_patient_is_in_the_representation_of_a_draft_at_once(self, api, supervisor):
        draft = InvoiceFactory(patient=PatientFactory(given_name="Ana", family_name="Ruiz"))
        draft.patient.change(family_name="Ruiz Gómez", address="Calle 1")
        client = api(supervisor)

        row = client.get("/invoice/").json()["data"][0]

        assert row["payer"] == {"name": "Ana Ruiz Gómez", "address": "Calle 1"}
        assert_equal(client.get(f"/invoice/{draft.pk}").json(), row)

    def test_merge_leaves_the_patient_of_an_invoice(self, api, supervisor):
        draft = InvoiceFactory()
        before = api(supervisor).get(f"/invoice/{draft.pk}").json()

        draft.patient.merge_into(PatientFactory(), by=supervisor, at=NOON)

        assert_equal(api(supervisor).get(f"/invoice/{draft.pk}").json(), before)


class TestOldRepresentation:
    def test_representation_of_another_time_zone_is_not_used(self, api, supervisor, settings):
        invoice = InvoiceFactory(issued=True, at=NOON)
        settings.CLINIC_TIME_ZONE = "Asia/Tokyo"

        assert api(supervisor).get(f"/invoice/{invoice.pk}").json()["issue_date"] == "2026-06-15T21:00:00.000000+09:00"
        assert finding_of("wire_document").count == 0

    def test_representation_of_another_format_is_rendered_again(self, api, supervisor, monkeypatch):
        invoice = InvoiceFactory(issued=True, tags=["urgent"])
        before = api(supervisor).get(f"/invoice/{invoice.pk}").json()
        monkeypatch.setattr(stored_representation, "FORMAT", stored_representation.FORMAT + 1)

        assert stored_representation.read(stored(invoice)) is None
        assert_equal(api(supervisor).get(f"/invoice/{invoice.pk}").json(), before)

    def test_representation_is_stored_by_the_next_change(self, api, supervisor, monkeypatch):
        invoice = InvoiceFactory(issued=True, tags=["urgent"], items=[item(), item()])
        correct(invoice=invoice, reason="Wrong price", by=supervisor, at=NOON)
        Invoice.objects.update(wire_document=None)
        again = Invoice.objects.get(pk=invoice.pk)

        revise(again, InvoiceInput(fields={"notes": "Thank you"}), by=supervisor, at=NOON)

        assert stored_representation.read(stored(invoice)) is not None
        assert finding_of("wire_document").count == 0


class TestForgedRepresentation:
    def test_forged_representation_is_found_by_the_check(self, db):
        invoice = InvoiceFactory(paid=True)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE billing_invoice SET wire_document = replace(wire_document, '100.0', '900.0')")

        assert finding_of("wire_document").ids == [str(invoice.pk)]


class TestPatient:
    def test_patient_sees_no_tags_and_no_correction(self, api, outsider, supervisor):
        patient = PatientFactory(login=outsider)
        invoice = InvoiceFactory(patient=patient, issued=True, tags=["urgent"])
        mine = api(outsider).get(f"/invoice/{invoice.pk}").json()

        assert_equal(mine, api(outsider).get("/invoice/").json()["data"][0])
        assert set(api(supervisor).get(f"/invoice/{invoice.pk}").json()) - set(mine) == {"tags", "corrected_by_id"}


class TestRandomMonth:
    @pytest.mark.parametrize("seed", range(3))
    def test_random_month_leaves_every_representation_correct(self, api, supervisor, noon, seed):
        month = Month(Random(seed), supervisor)
        client = api(supervisor)

        for day in range(60):
            month.live(noon + timedelta(hours=day))

        assert len(month.done) > 8, month.done
        assert len(month.invoices) > 10
        for invoice in Invoice.objects.all():
            assert stored_representation.read(invoice.wire_document) is not None
            assert_equal(client.get(f"/invoice/{invoice.pk}").json(), rendered_from_tables(client, invoice))
        assert finding_of("wire_document").count == 0


def test_representation_begins_with_the_fields_of_the_contract(api, supervisor):
    answer = json.loads(api(supervisor).get(f"/invoice/{InvoiceFactory().pk}").content)

    assert (
        list(answer)[:14]
        == """issue_date due_date status discount_amount discount_percent paid_amount appointment_id
        patient_id id subtotal remaining_amount total_amount reg_number items""".split()
    )
