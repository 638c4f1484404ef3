"""Action dialogs sent twice, and sent for an invoice that has changed since they were opened."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine

from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.operations.payments import pay
from billing.tests.admin.dialog_requests import open_dialog, submit
from billing.tests.factories import InvoiceFactory
from clinic.models import IdempotencyKey

pytestmark = pytest.mark.neutral


class TestResubmission:
    def test_same_form_sent_twice_records_one_payment(self, clerk_client):
        invoice, once = InvoiceFactory(issued=True), str(uuid4())
        version = str(invoice.version)

        first = submit(clerk_client, invoice, "pay", once=once, version=version, amount="40.00", method="cash")
        second = submit(clerk_client, invoice, "pay", once=once, version=version, amount="40.00", method="cash")

        assert first.headers["Location"] == second.headers["Location"]
        assert Payment.objects.count() == 1
        assert IdempotencyKey.objects.get().moved_money

    def test_same_token_with_another_amount_is_refused(self, clerk_client):
        invoice, once = InvoiceFactory(issued=True), str(uuid4())
        submit(clerk_client, invoice, "pay", once=once, amount="40.00", method="cash")

        response = submit(clerk_client, invoice, "pay", once=once, amount="50.00", method="cash")

        assert "This form was already submitted with other values" in response.content.decode()
        assert Payment.objects.get().amount == Decimal("40.00")

    def test_refused_form_may_be_sent_again(self, clerk_client):
        invoice, once = InvoiceFactory(issued=True), str(uuid4())
        submit(clerk_client, invoice, "pay", once=once, amount="140.00", method="cash")

        response = submit(clerk_client, invoice, "pay", once=once, amount="100.00", method="cash")

        assert response.status_code == 302
        assert Payment.objects.get().amount == Decimal("100.00")

    def test_token_expires_after_a_day_if_no_money_moved(self, clerk_client, clerk):
        draft, once = InvoiceFactory(), str(uuid4())
        version = str(draft.version)
        submit(clerk_client, draft, "issue", once=once, version=version)

        with time_machine.travel(draft.created_at + timedelta(days=2)):
            clerk_client.force_login(clerk)
            response = submit(clerk_client, draft, "issue", once=once, version=version)

        assert "Somebody changed this" in response.content.decode()

    def test_form_without_token_or_version_is_refused(self, clerk_client):
        invoice = InvoiceFactory(issued=True)

        for missing in ("once", "version"):
            response = submit(clerk_client, invoice, "pay", amount="100.00", method="cash", **{missing: ""})

            assert "This page is incomplete" in response.content.decode()
        assert not Payment.objects.exists()


class TestConcurrentChange:
    def test_form_with_outdated_version_is_refused_with_the_changes(self, clerk_client, clerk):
        invoice = InvoiceFactory(issued=True)
        displayed_version = invoice.version
        pay(invoice, amount=Decimal("60.00"), by=clerk, at=invoice.updated_at + timedelta(minutes=1))

        response = submit(clerk_client, invoice, "pay", version=str(displayed_version), amount="100.00", method="cash")

        page = response.content.decode()
        assert "Somebody changed this while you had it open" in page
        assert "Payment taken" in page
        assert "0.00 → 60.00" in page
        assert 'value="100.00"' in page  # what was typed is kept
        assert Payment.objects.count() == 1

    def test_refused_form_may_be_sent_again_with_the_current_version(self, clerk_client, clerk):
        invoice = InvoiceFactory(issued=True)
        displayed_version = invoice.version
        fields = {"once": str(uuid4()), "amount": "40.00", "method": "cash"}
        pay(invoice, amount=Decimal("60.00"), by=clerk, at=invoice.updated_at + timedelta(minutes=1))
        refused = submit(clerk_client, invoice, "pay", version=str(displayed_version), **fields)
        current_version = refused.context["form"]["version"].value()

        response = submit(clerk_client, invoice, "pay", version=str(current_version), **fields)

        assert response.status_code == 302
        assert Invoice.objects.get(pk=invoice.pk).status == InvoiceStatus.PAID

    def test_dialog_shows_changes_since_the_page_was_opened(self, clerk_client, clerk):
        invoice = InvoiceFactory(issued=True)
        displayed_version = invoice.version
        pay(invoice, amount=Decimal("60.00"), by=clerk, at=invoice.updated_at + timedelta(minutes=1))

        assert "Changed since you opened it" in open_dialog(clerk_client, invoice, "pay", seen=displayed_version)
        assert "Changed since you opened it" not in open_dialog(clerk_client, invoice, "pay", seen=invoice.version)

    @pytest.mark.parametrize("seen", ["nonsense", "²", "9" * 5000])
    def test_dialog_opens_for_a_version_that_is_no_number(self, clerk_client, seen):
        assert "Changed since you opened it" not in open_dialog(
            clerk_client, InvoiceFactory(issued=True), "pay", seen=seen
        )
