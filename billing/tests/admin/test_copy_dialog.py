"""The dialog that copies an invoice as a new draft."""

from decimal import Decimal
from uuid import uuid4

import pytest

from billing.models import Invoice
from billing.tests.admin.dialog_requests import messages_of, open_dialog, submit
from billing.tests.factories import InvoiceFactory
from clinic.admin import change_url

pytestmark = pytest.mark.neutral


def copies_of(invoice):
    return Invoice.objects.exclude(pk=invoice.pk)


def test_copy_leads_to_the_new_draft_and_its_history_to_the_original(clerk_client):
    invoice = InvoiceFactory(paid=True)

    response = submit(clerk_client, invoice, "copy")

    draft = copies_of(invoice).get()
    assert response["Location"] == change_url(draft)
    assert invoice.reg_number in messages_of(response)[0]
    page = clerk_client.get(change_url(draft)).content.decode()
    assert "Copied from this invoice" in page
    assert change_url(invoice) in page


def test_dialog_and_message_name_what_a_copy_leaves_out(clerk_client):
    invoice = InvoiceFactory(issued=True, notes="With thanks")

    assert "its notes and its appointment are left empty" in open_dialog(clerk_client, invoice, "copy")
    assert "without its dates, notes and appointment" in messages_of(submit(clerk_client, invoice, "copy"))[0]
    assert copies_of(invoice).get().notes == ""


def test_form_that_is_sent_twice_makes_one_copy(clerk_client):
    invoice, once = InvoiceFactory(issued=True), str(uuid4())

    for _ in range(2):
        submit(clerk_client, invoice, "copy", once=once)

    assert copies_of(invoice).count() == 1


def test_discount_of_a_supervisor_is_refused_with_the_reason(clerk_client):
    invoice = InvoiceFactory(issued=True, discount_percent=Decimal(50))

    response = submit(clerk_client, invoice, "copy")

    assert "supervisor" in response.content.decode()
    assert not copies_of(invoice).exists()


def test_auditor_is_not_offered_a_copy(auditor_client):
    invoice = InvoiceFactory(issued=True)

    assert "Copy as a new draft" not in auditor_client.get(change_url(invoice)).content.decode()
    assert submit(auditor_client, invoice, "copy").status_code == 403
