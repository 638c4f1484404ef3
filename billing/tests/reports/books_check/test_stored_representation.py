"""check_books finds every difference between an invoice and its stored representation."""

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from billing.models import Invoice, InvoiceItem, Tag
from billing.models.invoice import stored_representation
from billing.models.invoice.payer import Payer
from billing.tests.books import finding_of, unguarded_cursor
from billing.tests.factories import InvoiceFactory, ServiceFactory, item
from clinic.json_values import to_json
from patients.tests.factories import AppointmentFactory, PatientFactory

TEXT = """Say ,"tags":[]} and ,"bill_to":null, \\ to “them”\t\b\f\r\n\x01\x1f\x7f \u2028 </é 😀> '' % {0}"""


@pytest.fixture
def invoice(actor):
    """An invoice with something in every member of its representation."""
    patient = PatientFactory()
    prices = [
        item("19.99", code="A1", service=ServiceFactory(), tax_rate=Decimal(19), service_date=date(2026, 6, 1)),
        item("0.0001", description=TEXT, quantity=Decimal("0.333"), tax_rate=Decimal("7.0000")),
        item("9999999.99", discount_percent=Decimal("12.3456"), discount_amount=Decimal("0.05")),
        item("100"),
    ]
    return InvoiceFactory(
        issued=True,
        items=prices,
        tags=["urgent", "Family", "late"],
        notes=TEXT,
        patient=patient,
        appointment=AppointmentFactory(patient=patient),
        bill_to=Payer(TEXT[:200], TEXT),
    )


def other(field):
    """Return SQL for a value of a column that differs from its current one."""
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


def as_json(invoice):
    """Return the stored representation with null in place of its placeholders."""
    template = stored_representation.read(invoice.wire_document)
    return json.loads(stored_representation.fill(template, defaultdict(lambda: "null")))


def columns(model, names):
    return [field for field in model._meta.concrete_fields if field.attname in names or field.name in names]


@pytest.mark.slow
def test_a_difference_in_any_column_is_found(invoice, subtests):
    item_members = set(as_json(invoice)["items"][0]) - {"id"}
    fields = [*columns(Invoice, set(stored_representation.COLUMNS)), *columns(InvoiceItem, item_members)]
    assert len(fields) == len(stored_representation.COLUMNS) + len(item_members)

    for field in fields:
        table, key = field.model._meta.db_table, "id" if field.model is Invoice else "invoice_id"
        statement = f"UPDATE {table} SET {field.column} = {other(field)} WHERE {key} = '{invoice.pk.hex}'"
        with subtests.test(statement), unguarded_cursor() as cursor:
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
def test_a_difference_outside_of_the_row_is_found(invoice, statement):
    correction = InvoiceFactory()
    Invoice.objects.filter(pk=correction.pk).update(wire_document=None)
    tag = Tag.objects.get(key="urgent")
    names = {"other": "0a6ccf0e3ba24b0b8b5c3c1d6a1f2e4d", "tag": tag.pk.hex, "invoice": invoice.pk.hex}

    with unguarded_cursor() as cursor:
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
        ('"items":[', '"items" :['),
    ],
)
def test_a_difference_in_the_json_is_found(invoice, old, new):
    stored = stored_representation.read(Invoice.objects.get(pk=invoice.pk).wire_document)
    assert stored is not None
    assert old in stored

    Invoice.objects.filter(pk=invoice.pk).update(
        wire_document=stored_representation.heading() + stored.replace(old, new, 1)
    )

    assert finding_of("wire_document").ids == [str(invoice.pk)]


def test_an_item_out_of_bounds_is_found(invoice):
    members = as_json(invoice)
    members["items"] = members["items"][1:]
    Invoice.objects.filter(pk=invoice.pk).update(
        wire_document=stored_representation.heading() + to_json(members).decode()
    )

    with unguarded_cursor() as cursor:
        cursor.execute("UPDATE billing_invoiceitem SET quantity = -1000 WHERE position = 1")

        assert finding_of("wire_document").ids == [str(invoice.pk)]


@pytest.mark.parametrize("taxes", ["[{}]", "[]", "{}", "3", '["19"]', '[{"rate": "x", "net": "1", "tax": "1"}]'])
def test_taxes_that_are_not_a_list_of_taxes_are_found(invoice, taxes):
    with unguarded_cursor() as cursor:
        cursor.execute(f"UPDATE billing_invoice SET taxes = '{taxes}' WHERE id = '{invoice.pk.hex}'")

        assert finding_of("wire_document").ids == [str(invoice.pk)]
