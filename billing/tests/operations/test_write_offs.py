"""Write-offs, whole or in part, and their reinstatement."""

from decimal import Decimal
from uuid import uuid4

import pytest

from billing.choices import InvoiceStatus
from billing.models import WriteOff
from billing.operations.payments import pay
from billing.operations.write_offs import reinstate, write_off
from billing.rules.lifecycle import MoveNotAllowed
from billing.rules.settlement import OverWriteOff
from billing.tests.factories import InvoiceFactory
from clinic.domain.errors import InvalidValue


class TestWriteOff:
    def test_write_off_covers_the_remaining_amount(self, actor):
        invoice = InvoiceFactory(part_paid="40.00")
        batch = uuid4()

        row = write_off(invoice, reason="Moved abroad", batch_id=batch, **actor)

        row.refresh_from_db()
        assert (row.amount, row.reason, row.batch_id) == (Decimal("60.00"), "Moved abroad", batch)
        assert (row.created_by, row.created_at) == (actor["by"], actor["at"])
        assert str(row) == "write-off of 60.00"

    def test_write_off_leaves_total_and_paid_amount_unchanged(self, actor):
        invoice = InvoiceFactory(part_paid="40.00")

        write_off(invoice, reason="Moved abroad", **actor)

        invoice.refresh_from_db()
        assert (invoice.total_amount, invoice.paid_amount) == (Decimal("100.00"), Decimal("40.00"))
        assert (invoice.written_off_amount, invoice.remaining_amount) == (Decimal("60.00"), 0)

    def test_write_off_of_a_part_leaves_the_rest_due(self, actor):
        invoice = InvoiceFactory(issued=True)

        write_off(invoice, amount=Decimal("30.00"), reason="Goodwill", **actor)

        assert (invoice.status, invoice.remaining_amount) == (InvoiceStatus.ISSUED, Decimal("70.00"))

    def test_write_off_above_the_remaining_amount_is_refused(self, actor):
        invoice = InvoiceFactory(part_paid="40.00")

        with pytest.raises(OverWriteOff) as raised:
            write_off(invoice, amount=Decimal("60.01"), reason="Lost", **actor)

        assert raised.value.members["room"] == Decimal("60.00")
        assert not WriteOff.objects.exists()

    @pytest.mark.parametrize("amount", ["0.00", "-1.00"])
    def test_write_off_of_nothing_is_refused(self, actor, amount):
        invoice = InvoiceFactory(issued=True)

        with pytest.raises(InvalidValue) as raised:
            write_off(invoice, amount=Decimal(amount), reason="Lost", **actor)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/amount", "not_positive")]

    def test_write_off_needs_a_reason(self, actor):
        invoice = InvoiceFactory(issued=True)

        with pytest.raises(InvalidValue) as raised:
            write_off(invoice, reason="", **actor)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/reason", "required")]


class TestReinstatement:
    def test_reinstatement_restores_the_whole_amount_due(self, actor):
        invoice = InvoiceFactory(part_paid="40.00", written_off=True)

        reinstate(invoice, reason="Found again", **actor)

        invoice.refresh_from_db()
        assert (invoice.status, invoice.remaining_amount) == (InvoiceStatus.PARTIALY_PAID, Decimal("60.00"))
        assert invoice.written_off_amount == 0

    def test_reinstatement_adds_a_reversing_row_for_each_write_off(self, actor):
        invoice = InvoiceFactory(issued=True)
        rows = [
            write_off(invoice, amount=Decimal("30.00"), reason="Goodwill", **actor),
            write_off(invoice, reason="The rest", **actor),
        ]

        reinstate(invoice, reason="Found again", **actor)

        reversals = WriteOff.objects.filter(reverses__isnull=False)
        assert {(row.reverses_id, row.amount, row.reason) for row in reversals} == {
            (row.pk, -row.amount, "Found again") for row in rows
        }

    def test_reinstatement_restores_only_what_was_not_recovered(self, actor):
        invoice = InvoiceFactory(written_off=True)
        pay(invoice, amount=Decimal("30.00"), **actor)

        reinstate(invoice, reason="Found again", **actor)

        assert (invoice.written_off_amount, invoice.remaining_amount) == (0, Decimal("70.00"))
        assert sorted(str(row.amount) for row in invoice.write_offs.all()) == ["-30.00", "-70.00", "100.00"]

    def test_reinstated_invoice_may_be_written_off_again(self, actor):
        invoice = InvoiceFactory(reinstated=True)

        write_off(invoice, reason="Lost again", **actor)

        assert (invoice.status, invoice.written_off_amount) == (InvoiceStatus.WRITTEN_OFF, Decimal("100.00"))

    def test_reinstatement_of_an_invoice_without_write_off_is_refused(self, actor):
        invoice = InvoiceFactory(issued=True)

        with pytest.raises(MoveNotAllowed, match="The invoice has no write-off to reinstate"):
            reinstate(invoice, reason="Found again", **actor)

    def test_reinstatement_needs_a_reason(self, actor):
        invoice = InvoiceFactory(written_off=True)

        with pytest.raises(InvalidValue, match="A reinstatement needs a reason"):
            reinstate(invoice, reason="", **actor)
