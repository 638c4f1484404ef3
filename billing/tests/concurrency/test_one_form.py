"""A form of the admin that is sent twice at once, as a double click does; and two forms over the same invoice."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client

from billing.models import Invoice, Payment
from billing.tests.admin.dialog_requests import dialog_url
from billing.tests.concurrency.races import locked
from billing.tests.factories import InvoiceFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def invoice(db):
    return InvoiceFactory(issued=True)


@pytest.fixture
def sends(invoice, clerk):
    """`sends(once)`: an act, the form of a payment of 40 sent from a window of the clerk's."""

    def sent(once):
        window = Client()
        window.force_login(clerk)
        typed = {"once": once, "version": str(invoice.version), "amount": "40.00", "method": "cash"}
        return lambda: window.post(dialog_url(invoice, "pay"), typed)

    return sent


class TestDoubleClick:
    def test_double_click_records_one_payment_with_the_same_response(self, invoice, sends, books_are_clean):
        once = str(uuid4())

        first, second = locked(sends(once), sends(once))

        assert [each.answer.status_code for each in (first, second)] == [302, 302]
        assert first.answer.headers["Location"] == second.answer.headers["Location"]
        assert Payment.objects.count() == 1
        assert Invoice.objects.get(pk=invoice.pk).paid_amount == Decimal("40.00")


class TestTwoClerks:
    def test_second_clerk_is_shown_the_change_of_the_first(self, invoice, sends, books_are_clean):
        first, second = locked(sends(str(uuid4())), sends(str(uuid4())))

        assert first.answer.status_code == 302
        assert "Somebody changed this while you had it open" in second.answer.content.decode()
        assert Payment.objects.count() == 1
