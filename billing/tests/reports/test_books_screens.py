"""What the database clears by itself is what the rules would clear: nothing broken slips past a screen."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Invoice
from billing.operations.invoice_input import InvoiceInput
from billing.operations.revision import revise
from billing.reports.books_check import check_books, event_sequences, prefilters
from billing.tests.factories import InvoiceFactory, item
from billing.tests.models.attacks.books import build_books
from billing.tests.models.attacks.statements import update
from billing.tests.reports.test_books_check import BREAKS, behind_every_guard

# Breaks that no other test has: figures beside the ones that the database recalculates, and texts that look alike.
MORE_BREAKS = [
    (update("issued", discount_amount="1"),),
    (update("issued", tax_amount="tax_amount + 1", total_amount="total_amount + 1"),),
    (update("issued", search_text="search_text || ' '"),),
    (update("issued", search_text="search_text || '{newline}x'"),),
    (update("issued", taxes="""'[{{"rate": "0.0000", "net": "0.00", "tax": "0.00"}}]'"""),),
    (update("issued", taxes="""'[{{}}]'"""),),
    ("UPDATE billing_invoiceitem SET tax_rate = 10000 WHERE id = '{issued_item}'",),
    ("UPDATE billing_invoiceitem SET quantity = 999999999, unit_price = 99999999999900 WHERE id = '{issued_item}'",),
    ("UPDATE billing_invoiceitem SET discount_percent = 1000001 WHERE id = '{issued_item}'",),
    ("UPDATE billing_invoiceitem SET line_total = -line_total WHERE id = '{issued_item}'",),
]


def asked():
    """Which invariants are asked of which invoice in Python."""
    to_judge = prefilters.to_judge(prefilters.OF_FIGURES, prefilters._lines())
    return {(each.name, key) for key, each_asked in to_judge for each in each_asked}


def broken_by_the_rules():
    return {
        (each.name, invoice.pk)
        for invoice in Invoice.objects.all()
        for each in prefilters.OF_FIGURES
        if not each.holds(invoice, list(invoice.items.all()))
    }


def priced(price, **fields):
    return {**item(price), **fields}


class TestAScreen:
    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"discount_percent": Decimal("12.5")},
            {"discount_amount": Decimal("0.01"), "items": [priced("199.99"), priced("0.05", description="A form")]},
            {"items": [priced("33.3333", quantity=Decimal("2.5"), discount_percent=Decimal("7.25"))]},
            {
                "items": [
                    priced("10.00", tax_rate=Decimal(10)),
                    priced("5.00", tax_rate=Decimal("10.0000"), description="A form"),
                ]
            },
            {"items": [priced("10.00", tax_rate=Decimal("2.5"))], "discount_percent": Decimal(3)},
        ],
    )
    def test_clears_an_invoice_of_the_usual_kind(self, actor, fields):
        InvoiceFactory(issued=True, **fields)
        InvoiceFactory(**fields)

        assert asked() == set()
        assert check_books() == []

    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("totals", {"items": [priced("10.00", tax_rate=Decimal(19)), priced("5.00")]}),
            ("totals", {"items": [priced("9999999.99", quantity=Decimal(1))]}),
            ("item_positions", {"items": [priced("1.00")] * 41}),
            ("search_text", {"items": [priced("10.00", description="Röntgen")]}),
            ("search_text", {"items": [priced("10.00", description="Blood  count")]}),
        ],
    )
    def test_leaves_what_is_unusual_to_the_rules(self, actor, name, fields):
        invoice = InvoiceFactory(issued=True, **fields)

        assert (name, invoice.pk) in asked()
        assert check_books() == []

    def test_clears_nothing_that_the_rules_hold_broken(self, db, noon, subtests):
        books = build_books() | {"later": "2026-06-16 12:00:00+00:00", "newline": "\n"}
        ways = [way for each in prefilters.OF_FIGURES for way in BREAKS[each.name]]

        for statements in [*ways, *MORE_BREAKS]:
            with subtests.test(statements=statements), behind_every_guard() as cursor:
                for statement in statements:
                    cursor.execute(statement.format(**books))
                broken = broken_by_the_rules()

                assert broken
                assert broken <= asked()


class TestStories:
    def test_of_the_usual_kind_are_told_once(self, actor):
        for _ in range(3):
            InvoiceFactory(paid=True)

        assert list(event_sequences._odd_ones()) == []

    def test_too_long_to_be_told_as_a_number_are_looked_at(self, actor):
        invoice = InvoiceFactory()
        for number in range(16):
            invoice.notes = str(number)
            revise(invoice, InvoiceInput(fields={"notes": f"Note {number}"}), **actor)

        assert list(event_sequences._odd_ones()) == [invoice.pk]
        assert check_books() == []


class TestStatements:
    def test_are_as_many_for_many_invoices_as_for_one(self, actor):
        counts = []
        for more in (1, 9):
            for _ in range(more):
                InvoiceFactory(paid=True)
            with CaptureQueriesContext(connection) as captured:
                assert check_books() == []
            counts.append(len(captured))

        assert counts[0] == counts[1]
