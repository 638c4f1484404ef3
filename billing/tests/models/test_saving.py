"""`save()` recalculates the totals of a draft from its stored items."""

from decimal import Decimal

import pytest

from billing.choices import InvoiceStatus
from billing.models import Invoice, InvoiceItem
from billing.models.invoice.payer import Payer
from billing.rules.lifecycle import InvoiceImmutable
from billing.rules.paid_amount import TotalBelowPaid
from billing.rules.totals import InvalidTotals
from billing.tests.factories import InvoiceFactory, item
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.django_db


def stored(invoice, *names):
    """Return amounts of an invoice as stored in the database."""
    row = Invoice.objects.values(*names).get(pk=invoice.pk)
    return [str(row[name]) for name in names]


def empty_draft(**fields):
    return Invoice.objects.create(patient=PatientFactory(), **fields)


class TestNewInvoice:
    def test_new_invoice_is_an_empty_draft_in_the_currency_of_the_clinic(self, settings):
        settings.CLINIC_CURRENCY = "CHF"

        invoice = empty_draft()

        assert (invoice.status, invoice.currency, invoice.version) == (InvoiceStatus.DRAFT, "CHF", 1)
        assert stored(invoice, "subtotal", "total_amount", "remaining_amount") == ["0.00"] * 3

    def test_new_invoice_has_a_draft_number(self):
        invoice = empty_draft()

        assert invoice.reg_number.startswith("DRAFT-")
        assert str(invoice) == invoice.reg_number
        assert not invoice.is_issued

    def test_new_invoice_was_changed_when_it_was_created(self):
        invoice = empty_draft()

        assert invoice.updated_at == invoice.created_at


class TestItemOfDraft:
    def test_added_item_changes_the_totals(self):
        invoice = empty_draft(discount_percent=Decimal("12.5"))

        InvoiceItem.objects.create(invoice=invoice, description="Root canal", unit_price=Decimal("199.99"))
        invoice.discount_amount = Decimal("20.00")
        invoice.save()

        names = ("subtotal", "discount_total", "total_amount", "remaining_amount")
        assert stored(invoice, *names) == ["199.99", "45.00", "154.99", "154.99"]

    def test_added_item_is_counted_on_an_invoice_with_cached_items(self):
        invoice = InvoiceFactory(total="100.00")

        InvoiceItem.objects.create(invoice=invoice, description="Plaster", unit_price=Decimal("10.00"))
        invoice.save()

        assert stored(invoice, "total_amount") == ["110.00"]

    def test_added_item_is_counted_on_an_invoice_with_prefetched_items(self):
        InvoiceFactory(total="100.00")
        invoice = Invoice.objects.prefetch_related("items").get()

        InvoiceItem.objects.create(invoice_id=invoice.pk, description="Plaster", unit_price=Decimal("10.00"))
        invoice.refresh_from_db(fields=["version"])
        invoice.save()

        assert stored(invoice, "total_amount") == ["110.00"]

    def test_item_added_in_bulk_is_counted(self):
        invoice = empty_draft()
        rows = [InvoiceItem(invoice=invoice, description="Visit", unit_price=Decimal("33.335"), position=1)]
        InvoiceItem.objects.bulk_create(rows)

        invoice.save()

        assert stored(invoice, "total_amount") == ["33.34"]
        assert invoice.items.get().line_total == Decimal("33.34")

    def test_changed_item_changes_the_totals(self):
        invoice = InvoiceFactory(total="100.00")
        line = invoice.items.get()

        line.quantity = Decimal(2)
        line.save()

        assert stored(invoice, "total_amount") == ["200.00"]

    def test_item_saved_with_one_field_updates_its_line_total(self):
        invoice = InvoiceFactory(total="100.00")
        line = invoice.items.get()

        line.unit_price = Decimal("60.00")
        line.save(update_fields=["unit_price"])

        assert invoice.items.get().line_total == Decimal("60.00")
        assert stored(invoice, "total_amount") == ["60.00"]

    def test_deleted_item_changes_the_totals(self):
        invoice = InvoiceFactory(items=[item("80.00"), item("20.00")])

        invoice.items.get(position=1).delete()

        assert stored(invoice, "total_amount") == ["20.00"]

    def test_added_item_is_last_even_after_one_was_deleted(self):
        invoice = InvoiceFactory(items=[item("1.00"), item("2.00"), item("3.00")])
        invoice.items.get(position=2).delete()

        new = InvoiceItem.objects.create(invoice=invoice, description="Last", unit_price=Decimal("4.00"))

        assert list(Invoice.objects.get().items.all())[-1] == new

    def test_item_keeps_its_position(self):
        invoice = InvoiceFactory()

        new = InvoiceItem.objects.create(invoice=invoice, description="x", unit_price=Decimal(1), position=7)

        assert new.position == 7

    def test_item_with_a_discount_above_its_amount_is_refused(self):
        invoice = empty_draft()

        with pytest.raises(InvalidTotals) as raised:
            InvoiceItem.objects.create(
                invoice=invoice, description="Visit", unit_price=Decimal(10), discount_amount=Decimal("10.01")
            )

        assert raised.value.code == "line_below_zero"
        assert not invoice.items.exists()

    def test_text_of_an_item_is_its_description(self):
        assert str(InvoiceFactory().items.get()) == "Consultation"


class TestItemOfIssuedInvoice:
    @pytest.mark.parametrize("state", ["issued", "part_paid", "paid", "void", "written_off"])
    def test_item_of_an_issued_invoice_cannot_be_added(self, state):
        invoice = InvoiceFactory(**{state: True})

        with pytest.raises(InvoiceImmutable):
            InvoiceItem.objects.create(invoice=invoice, description="Late", unit_price=Decimal(1))

        assert invoice.items.count() == 1

    def test_item_of_an_issued_invoice_cannot_be_changed(self):
        line = InvoiceFactory(issued=True).items.get()
        line.quantity = Decimal(2)

        with pytest.raises(InvoiceImmutable):
            line.save()

        assert InvoiceItem.objects.get().quantity == 1

    def test_item_of_an_issued_invoice_cannot_be_deleted(self):
        line = InvoiceFactory(issued=True).items.get()

        with pytest.raises(InvoiceImmutable):
            line.delete()

        assert InvoiceItem.objects.exists()


class TestDraft:
    def test_draft_is_recalculated_when_a_discount_changes(self):
        invoice = InvoiceFactory(total="100.00")

        invoice.discount_percent = Decimal(10)
        invoice.save()

        assert stored(invoice, "discount_total", "total_amount") == ["10.00", "90.00"]

    def test_draft_is_recalculated_when_only_one_field_is_saved(self):
        invoice = InvoiceFactory(total="100.00")

        invoice.discount_percent = Decimal(10)
        invoice.save(update_fields=["discount_percent"])

        assert stored(invoice, "total_amount", "remaining_amount") == ["90.00", "90.00"]

    def test_draft_taxes_each_rate_once_after_the_discount(self):
        lines = [
            item("40.00", tax_rate=Decimal(19)),
            item("60.00"),
        ]

        invoice = InvoiceFactory(items=lines, discount_amount=Decimal("10.00"))

        assert stored(invoice, "subtotal", "discount_total", "tax_amount", "total_amount") == [
            "100.00",
            "10.00",
            "6.84",
            "96.84",
        ]
        invoice.refresh_from_db()
        assert [(line.rate, line.net, line.tax) for line in invoice.tax_lines] == [
            (Decimal(0), Decimal("54.00"), Decimal("0.00")),
            (Decimal(19), Decimal("36.00"), Decimal("6.84")),
        ]

    def test_draft_with_a_discount_above_the_subtotal_is_refused(self):
        invoice = InvoiceFactory(total="100.00")
        invoice.discount_amount = Decimal("100.01")

        with pytest.raises(InvalidTotals) as raised:
            invoice.save()

        assert raised.value.code == "discount_above_subtotal"
        assert stored(invoice, "total_amount") == ["100.00"]

    def test_draft_without_items_is_refused_a_discount(self):
        with pytest.raises(InvalidTotals) as raised:
            empty_draft(discount_amount=Decimal("0.01"))

        assert raised.value.code == "discount_above_subtotal"

    def test_draft_above_the_largest_amount_is_refused(self):
        with pytest.raises(InvalidTotals) as raised:
            InvoiceFactory(items=[item("9999999999.99"), item("0.01")])

        assert raised.value.code == "amount_too_large"
        assert not Invoice.objects.exists()

    def test_draft_of_the_largest_amount_is_accepted(self):
        invoice = InvoiceFactory(items=[item("9999999999.99")])

        assert stored(invoice, "total_amount", "remaining_amount") == ["9999999999.99"] * 2

    def test_draft_below_its_deposit_is_refused(self):
        invoice = InvoiceFactory(deposit="40.00")
        invoice.discount_amount = Decimal("60.01")

        with pytest.raises(TotalBelowPaid):
            invoice.save()

    def test_draft_equal_to_its_deposit_is_accepted(self):
        invoice = InvoiceFactory(deposit="40.00")
        invoice.discount_amount = Decimal("60.00")

        invoice.save()

        assert stored(invoice, "total_amount", "remaining_amount") == ["40.00", "0.00"]

    def test_draft_counts_its_versions(self):
        invoice = InvoiceFactory()

        invoice.save()

        assert stored(invoice, "version") == ["2"]


class TestIssuedInvoice:
    def test_issued_invoice_keeps_its_totals_whatever_is_saved(self):
        invoice = InvoiceFactory(issued=True, total="100.00")

        invoice.notes = "See you"
        invoice.save()

        assert stored(invoice, "total_amount", "remaining_amount") == ["100.00", "100.00"]

    def test_void_invoice_has_no_amount_due(self):
        invoice = InvoiceFactory(void=True, total="100.00")

        assert stored(invoice, "total_amount", "remaining_amount") == ["100.00", "0.00"]


class TestPayer:
    def test_payer_is_the_patient_by_default(self):
        patient = PatientFactory(given_name="Ada", family_name="Byron", address="1 Road")

        assert InvoiceFactory(patient=patient).payer == ("Ada Byron", "1 Road")

    def test_payer_is_the_one_that_is_named(self):
        invoice = InvoiceFactory(bill_to=Payer("Insurance AG", "2 Street"))

        assert invoice.payer == ("Insurance AG", "2 Street")
