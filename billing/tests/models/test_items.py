"""Items of a request replace those of a draft."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.models import InvoiceItem
from billing.operations.create_or_update import update_invoice
from billing.operations.invoice_input import InvoiceInput
from billing.operations.item_input import MAX_ITEMS, ItemsRefused, replace_items
from billing.tests.factories import InvoiceFactory, ServiceFactory, item


@pytest.fixture
def draft(actor):
    """A visit at 80.00, and a plaster at 20.00."""
    return InvoiceFactory(items=[item("80.00", description="Visit"), item("20.00", description="Plaster")])


@pytest.fixture
def put(actor):
    """PUT these items."""
    return lambda invoice, items: update_invoice(invoice, InvoiceInput(items=items), **actor)


def lines(invoice):
    """Return description and price of each item, in their order."""
    return [(line.description, str(line.line_total)) for line in InvoiceItem.objects.filter(invoice=invoice)]


def refused(given, before=()):
    with pytest.raises(ItemsRefused) as raised:
        replace_items(given, before)
    return [(error.pointer, error.code) for error in raised.value.errors]


class TestReplaceItems:
    def test_items_are_matched_by_id(self, draft, put):
        visit, plaster = draft.ordered_items

        put(draft, [{"id": visit.pk, "unit_price": Decimal("90.00")}, {"id": plaster.pk}])

        assert lines(draft) == [("Visit", "90.00"), ("Plaster", "20.00")]
        assert set(draft.items.values_list("pk", flat=True)) == {visit.pk, plaster.pk}

    def test_item_without_id_is_inserted(self, draft, put):
        visit, plaster = draft.ordered_items

        put(draft, [{"id": visit.pk}, item("5.00", description="Stamp"), {"id": plaster.pk}])

        assert lines(draft) == [("Visit", "80.00"), ("Stamp", "5.00"), ("Plaster", "20.00")]

    def test_missing_item_is_removed(self, draft, put):
        visit, _ = draft.ordered_items

        put(draft, [{"id": visit.pk}])

        assert lines(draft) == [("Visit", "80.00")]
        assert draft.total_amount == Decimal("80.00")

    def test_items_have_the_order_of_the_list(self, draft, put):
        visit, plaster = draft.ordered_items

        put(draft, [{"id": plaster.pk}, {"id": visit.pk}])

        assert lines(draft) == [("Plaster", "20.00"), ("Visit", "80.00")]
        assert [line.position for line in draft.items.all()] == [1, 2]

    def test_empty_list_removes_every_item(self, draft, put):
        put(draft, [])

        assert lines(draft) == []
        assert draft.total_amount == 0

    def test_items_are_unchanged_if_omitted(self, draft, put):
        put(draft, None)

        assert lines(draft) == [("Visit", "80.00"), ("Plaster", "20.00")]
        assert draft.version == 1

    def test_matched_item_keeps_the_fields_that_are_omitted(self, actor, put):
        invoice = InvoiceFactory(
            items=[item("80.00", quantity=Decimal(3), tax_rate=Decimal(19), service_date=date(2026, 6, 1))]
        )

        put(invoice, [{"id": invoice.ordered_items[0].pk, "description": "Longer visit"}])

        line = invoice.items.get()
        assert (line.quantity, line.tax_rate, line.service_date) == (3, 19, date(2026, 6, 1))
        assert line.description == "Longer visit"

    def test_items_are_in_the_history(self, draft, put):
        put(draft, [item("5.00", description="Stamp")])

        changes = draft.events.latest("version").changes
        before, after = changes["items"]
        assert [line["description"] for line in before] == ["Visit", "Plaster"]
        assert [line["description"] for line in after] == ["Stamp"]
        assert changes["total_amount"] == ["100.00", "5.00"]


class TestRepeatedItems:
    """A repeated value is never a change."""

    def test_repeated_items_with_their_ids_change_nothing(self, draft, put):
        put(draft, [{"id": line.pk, "unit_price": line.unit_price} for line in draft.ordered_items])

        assert (draft.version, draft.events.count()) == (1, 1)

    def test_repeated_items_without_ids_change_nothing(self, draft, put):
        ids = [line.pk for line in draft.ordered_items]

        put(draft, [item("80.00", description="Visit"), item("20.00", description="Plaster")])

        assert (draft.version, draft.events.count()) == (1, 1)
        assert [line.pk for line in draft.ordered_items] == ids

    def test_items_in_another_order_are_a_change(self, draft, put):
        put(draft, [item("20.00", description="Plaster"), item("80.00", description="Visit")])

        assert draft.version == 2

    def test_item_with_another_price_is_a_change(self, draft, put):
        put(draft, [item("80.00", description="Visit"), item("20.01", description="Plaster")])

        assert draft.total_amount == Decimal("100.01")

    def test_repeated_item_with_the_price_of_its_service_is_no_change_after_a_new_price_list(self, actor, put):
        service = ServiceFactory(unit_price=Decimal("80.00"))
        invoice = InvoiceFactory(items=[{"service": service}])
        service.unit_price = Decimal("95.00")
        service.save()

        put(invoice, [{"service": service}])

        assert (invoice.version, invoice.total_amount) == (1, Decimal("80.00"))

    def test_item_of_another_service_is_a_change(self, actor, put):
        invoice = InvoiceFactory(items=[{"service": ServiceFactory()}])

        put(invoice, [{"service": ServiceFactory(unit_price=Decimal("30.00"))}])

        assert invoice.total_amount == Decimal("30.00")

    def test_repeated_items_change_nothing_if_the_positions_have_a_gap(self, draft, put):
        draft.items.get(description="Visit").delete()
        draft.refresh_from_db()
        before = draft.version

        put(draft, [{"id": line.pk} for line in draft.items.all()])
        put(draft, None)

        assert draft.version == before

    def test_repeated_items_of_an_issued_invoice_are_accepted(self, actor, put):
        invoice = InvoiceFactory(issued=True)

        put(invoice, [item("100.00")])
        put(invoice, [{"id": invoice.items.get().pk, "quantity": Decimal(1)}])

        assert invoice.version == 2


class TestService:
    def test_item_has_description_code_price_and_tax_of_its_service(self, actor):
        service = ServiceFactory(code="XRAY", description="X-ray", unit_price=Decimal("45.5"), tax_rate=Decimal(7))

        line = InvoiceFactory(items=[{"service": service}]).items.get()

        assert (line.code, line.description, line.unit_price, line.tax_rate) == (
            "XRAY",
            "X-ray",
            Decimal("45.5"),
            Decimal(7),
        )
        assert line.service == service

    def test_price_of_an_item_precedes_that_of_its_service(self, actor):
        service = ServiceFactory(description="X-ray", unit_price=Decimal("45.50"))

        line = InvoiceFactory(items=[{"service": service, "unit_price": Decimal("40.00")}]).items.get()

        assert (line.description, line.unit_price) == ("X-ray", Decimal("40.00"))

    def test_item_has_quantity_one_and_no_discount_by_default(self):
        (line,) = replace_items([item()])

        assert (line.quantity, line.discount_amount, line.discount_percent, line.tax_rate) == (1, 0, 0, 0)


class TestRefusal:
    def test_item_of_another_invoice_is_refused(self, draft):
        foreign = InvoiceFactory().items.get().pk

        assert refused([{"id": draft.ordered_items[0].pk}, {"id": foreign}], draft.ordered_items) == [
            ("/items/1/id", "unknown_item")
        ]

    def test_item_with_an_unknown_id_is_refused(self, draft):
        assert refused([{"id": uuid4()}], draft.ordered_items) == [("/items/0/id", "unknown_item")]

    def test_item_with_an_id_is_refused_in_a_new_invoice(self):
        assert refused([{"id": uuid4()} | item()]) == [("/items/0/id", "unknown_item")]

    def test_items_with_the_same_id_are_refused(self, draft):
        key = draft.ordered_items[0].pk

        assert refused([{"id": key}, {"id": key}], draft.ordered_items) == [("/items/1/id", "repeated_item")]

    def test_item_without_description_and_price_is_refused(self):
        assert refused([{"quantity": Decimal(1)}]) == [
            ("/items/0/description", "required"),
            ("/items/0/unit_price", "required"),
        ]

    def test_item_with_a_blank_description_is_refused(self):
        assert refused([item(description="  ")]) == [("/items/0/description", "required")]

    def test_every_invalid_item_has_a_pointer(self):
        given = [{"id": uuid4()}, {"description": "Visit"}, item()]

        assert refused(given) == [("/items/0/id", "unknown_item"), ("/items/1/unit_price", "required")]

    def test_too_many_items_are_refused(self):
        assert refused([item("1.00")] * (MAX_ITEMS + 1)) == [("/items", "too_many")]

    def test_as_many_items_as_allowed_are_accepted(self, actor):
        invoice = InvoiceFactory(items=[item("1.00")] * MAX_ITEMS)

        assert (MAX_ITEMS, invoice.total_amount) == (500, Decimal("500.00"))

    def test_refused_items_leave_the_draft_unchanged(self, draft, put):
        with pytest.raises(ItemsRefused):
            put(draft, [{"id": draft.ordered_items[0].pk, "unit_price": Decimal(1)}, {"id": uuid4()}])

        assert lines(draft) == [("Visit", "80.00"), ("Plaster", "20.00")]
