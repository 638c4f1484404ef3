"""The stored documents in the books' own audit: every difference is found, and PostgreSQL clears what is right."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from billing.models import Invoice, InvoiceItem, Tag
from billing.models.invoice import stored_representation
from billing.models.invoice.model import Payer
from billing.operations.credit_notes import correct
from billing.operations.stored_representations import render_again
from billing.reports.books_check import documents, finding_of, prefilters
from billing.tests.factories import STEPS, InvoiceFactory, ServiceFactory, item
from billing.tests.reports.test_books_check import behind_every_guard
from clinic.json_values import to_json
from patients.tests.factories import AppointmentFactory, PatientFactory

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL spells documents")
TEXT = """Say ,"tags":[]} and ,"bill_to":null, \\ to “them”\t\b\f\r\n\x01\x1f\x7f \u2028 </é 😀> '' % {0}"""


def judged():
    """The invoices whose documents are left to the serializer."""
    return {key for key, _ in prefilters.to_judge(prefilters.OF_DOCUMENTS)}


def invoice_of_everything(**given):
    """One with something in every member of its document."""
    patient = PatientFactory()
    prices = [
        item("19.99", code="A1", service=ServiceFactory(), tax_rate=Decimal(19), service_date=date(2026, 6, 1)),
        item("0.0001", description=TEXT, quantity=Decimal("0.333"), tax_rate=Decimal("7.0000")),
        item("9999999.99", discount_percent=Decimal("12.3456"), discount_amount=Decimal("0.05")),
        item("100"),
    ]
    return InvoiceFactory(
        **{"issued": True, "items": prices, "tags": ["urgent", "Family", "late"], "notes": TEXT} | given,
        patient=patient,
        appointment=AppointmentFactory(patient=patient),
        bill_to=Payer(TEXT[:200], TEXT),
    )


def other(field):
    """Another value of a column than the one that it has, in SQL."""
    kind = (field.target_field if field.is_relation else field).get_internal_type()
    if kind == "UUIDField":
        return "'0a6ccf0e3ba24b0b8b5c3c1d6a1f2e4d'"
    if kind in ("CharField", "TextField"):
        return f"'X' || substr({field.column}, 2)"
    if kind in ("DateField", "DateTimeField"):
        return "'2001-02-03'" if kind == "DateField" else "'2001-02-03 04:05:06.000007+00:00'"
    if kind == "JSONField":
        return """'[{"rate": "1", "net": "2.00", "tax": "0.02"}]'"""
    return f"{field.column} + 1"


def columns(model, names):
    return [field for field in model._meta.concrete_fields if field.attname in names or field.name in names]


@pytest.fixture
def invoice(actor):
    return invoice_of_everything()


class TestADifference:
    def test_in_any_column_is_found(self, invoice, subtests):
        told = [
            *columns(Invoice, set(stored_representation.COLUMNS)),
            *columns(InvoiceItem, set(documents.ITEM) - {"id"}),
        ]
        assert len(told) == len(stored_representation.COLUMNS) + len(documents.ITEM) - 1

        for field in told:
            table, key = field.model._meta.db_table, "id" if field.model is Invoice else "invoice_id"
            statement = f"UPDATE {table} SET {field.column} = {other(field)} WHERE {key} = '{invoice.pk.hex}'"
            with subtests.test(statement), behind_every_guard() as cursor:
                cursor.execute(statement)

                assert finding_of("wire_document").ids == [str(invoice.pk)]

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM billing_invoiceitem WHERE position = 2",
            "UPDATE billing_invoiceitem SET position = 5 - position",
            "UPDATE billing_invoiceitem SET position = 1",
            "UPDATE billing_invoiceitem SET invoice_id = '{other}' WHERE position = 4",
            "DELETE FROM billing_invoice_tags WHERE tag_id = '{tag}'",
            "UPDATE billing_invoice_tags SET tag_id = '{other}' WHERE tag_id = '{tag}'",
            "UPDATE billing_invoice SET corrects_id = '{invoice}' WHERE id = '{correction}'",
        ],
    )
    def test_beside_the_row_is_found(self, invoice, statement):
        correction = InvoiceFactory()
        Invoice.objects.filter(pk=correction.pk).update(wire_document=None)
        tag = Tag.objects.get(key="urgent")
        names = {"other": "0a6ccf0e3ba24b0b8b5c3c1d6a1f2e4d", "tag": tag.pk.hex, "invoice": invoice.pk.hex}

        with behind_every_guard() as cursor:
            cursor.execute(statement.format(**names, correction=correction.pk.hex))

            assert finding_of("wire_document").ids == [str(invoice.pk)]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('"currency"', ' "currency"'),
            ('"currency":"EUR",', ""),
            ('"currency":"EUR",', '"currency":"EUR","currency":"EUR",'),
            (":100.0,", ":100,"),
            (":100.0,", ":100.00,"),
            ('"corrects_id":null,"corrected_by_id":null', '"corrected_by_id":null,"corrects_id":null'),
            ('"tags":[', '"tags" :['),
        ],
    )
    def test_in_spelling_is_found(self, invoice, old, new):
        stored = stored_representation.read(Invoice.objects.get(pk=invoice.pk).wire_document)
        assert stored is not None
        assert old in stored

        Invoice.objects.filter(pk=invoice.pk).update(
            wire_document=stored_representation.heading() + stored.replace(old, new, 1)
        )

        assert finding_of("wire_document").ids == [str(invoice.pk)]

    def test_in_an_item_beyond_its_bounds_is_found(self, invoice):
        told = json.loads(stored_representation.read(invoice.wire_document))
        told["items"] = told["items"][1:]
        Invoice.objects.filter(pk=invoice.pk).update(
            wire_document=stored_representation.heading() + to_json(told).decode()
        )

        with behind_every_guard() as cursor:
            cursor.execute("UPDATE billing_invoiceitem SET quantity = -1000 WHERE position = 1")

            assert finding_of("wire_document").ids == [str(invoice.pk)]

    @pytest.mark.parametrize("taxes", ["[{}]", "[]", "{}", "3", '["19"]', '[{"rate": "x", "net": "1", "tax": "1"}]'])
    def test_in_what_is_no_list_of_taxes_is_found(self, invoice, taxes):
        with behind_every_guard() as cursor:
            cursor.execute(f"UPDATE billing_invoice SET taxes = '{taxes}' WHERE id = '{invoice.pk.hex}'")

            assert finding_of("wire_document").ids == [str(invoice.pk)]


class TestTheMembers:
    def test_are_those_of_the_serializer_in_its_order(self, invoice):
        told = json.loads(stored_representation.read(invoice.render_representation()))

        assert list(told) == documents.INVOICE
        assert all(list(each) == documents.ITEM for each in told["items"])


@on_postgresql
class TestPostgreSQL:
    @pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid", "America/St_Johns", "Asia/Kathmandu"])
    def test_clears_a_document_of_everything(self, actor, settings, zone):
        settings.CLINIC_TIME_ZONE = zone
        corrected = invoice_of_everything()
        correct(invoice=corrected, reason="Wrong price", **actor)
        for days in (0, 90, 180, 270):
            at = datetime(2025, 1, 3, 23, 59, 59, 120, tzinfo=UTC) + timedelta(days=days)
            InvoiceFactory(issued=True, at=at)

        assert Invoice.objects.with_old_representations().count() == 0
        assert judged() == set()
        assert finding_of("wire_document").count == 0

    @pytest.mark.parametrize("state", STEPS)
    def test_clears_a_document_of_every_state(self, actor, state):
        InvoiceFactory(**{state: True})
        InvoiceFactory(**{state: True}, tags=["urgent"], items=[item("19.99", tax_rate=Decimal("5.5")), item("3")])

        assert judged() == set()

    def test_clears_what_was_written_anew(self, invoice):
        Invoice.objects.update(wire_document=None)
        list(render_again(Invoice.objects.all()))

        assert judged() == set()

    def test_clears_a_document_that_is_not_read(self, invoice, monkeypatch):
        InvoiceFactory()
        Invoice.objects.exclude(pk=invoice.pk).update(wire_document=None)
        monkeypatch.setattr(stored_representation, "FORMAT", stored_representation.FORMAT + 1)

        assert judged() == set()

    def test_leaves_four_rates_to_the_serializer(self, actor):
        invoice = InvoiceFactory(items=[item(tax_rate=Decimal(rate)) for rate in (1, 2, 3, 4)])

        assert judged() == {invoice.pk}
        assert finding_of("wire_document").count == 0

    def test_leaves_what_no_float_tells_to_the_serializer(self, invoice):
        with behind_every_guard() as cursor:
            cursor.execute("UPDATE billing_invoice SET paid_amount = 10000000000000001, wire_document = NULL")
            anew = Invoice.objects.get().render_representation()
            cursor.execute("UPDATE billing_invoice SET wire_document = %s", [anew])

            assert judged() == {invoice.pk}
            assert finding_of("wire_document").count == 0

    def test_leaves_all_to_the_serializer_where_it_does_not_know_the_zone(self, actor, settings, monkeypatch):
        invoice = InvoiceFactory()
        monkeypatch.setattr(documents, "_has_the_zone", lambda: False)

        assert judged() == {invoice.pk}
        assert finding_of("wire_document").count == 0
