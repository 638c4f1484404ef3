"""The credit of a patient's account is offered where money is asked for, and used in one step."""

from decimal import Decimal
from uuid import uuid4

import pytest

from billing.choices import EventKind
from billing.models import Invoice, Payment
from billing.tests.admin.dialog_requests import dialog_url, messages_of, open_dialog, preview_text, submit
from billing.tests.admin.draft_requests import NEW_URL, TOTALS_URL, draft_data, header_data, item_data
from billing.tests.admin.payment_page import PAYMENT_URL
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.admin import change_url
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

OFFER = "This patient has 30.00 EUR credit."
USE = "Use 30.00 EUR of it"
SAVE_AND_USE = "Save the draft and use 30.00 EUR of it"


def page_of(client, url, **query):
    return client.get(url, query).content.decode().replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def credit(patient):
    return PaymentFactory(patient=patient, amount=Decimal("30.00"))


@pytest.fixture
def invoice(patient, credit):
    return InvoiceFactory(patient=patient, total="100.00", issued=True)


class TestInvoicePage:
    def test_credit_is_offered_and_used_with_one_button(self, clerk_client, invoice):
        page = page_of(clerk_client, change_url(invoice))
        assert OFFER in page
        assert USE in page

        response = submit(clerk_client, invoice, "use-credit")

        invoice.refresh_from_db()
        assert response["Location"] == change_url(invoice)
        assert invoice.paid_amount == 30
        assert Payment.objects.count() == 1

    def test_credit_is_used_once_however_often_the_form_is_sent(self, clerk_client, invoice):
        once = str(uuid4())

        for _ in range(2):
            submit(clerk_client, invoice, "use-credit", once=once)

        assert Invoice.objects.get(pk=invoice.pk).events.filter(kind=EventKind.ALLOCATED).count() == 1

    def test_credit_is_not_used_on_an_invoice_that_changed_meanwhile(self, clerk_client, invoice):
        response = submit(clerk_client, invoice, "use-credit", version=str(invoice.version - 1))

        assert response.status_code == 200
        assert Invoice.objects.get(pk=invoice.pk).paid_amount == 0

    def test_auditor_sees_the_credit_and_may_not_use_it(self, auditor_client, invoice):
        page = page_of(auditor_client, change_url(invoice))

        assert OFFER in page
        assert USE not in page
        assert submit(auditor_client, invoice, "use-credit").status_code == 403

    def test_nothing_is_offered_without_credit_or_debt(self, clerk_client, patient, credit):
        assert "credit." not in page_of(clerk_client, change_url(InvoiceFactory(issued=True)))
        assert OFFER not in page_of(clerk_client, change_url(InvoiceFactory(patient=patient, paid=True)))


class TestDraftEditor:
    def test_draft_shows_the_credit_and_takes_it_as_a_deposit(self, clerk_client, patient, credit):
        draft = InvoiceFactory(patient=patient, total="100.00")
        page = page_of(clerk_client, change_url(draft))
        assert OFFER in page
        assert USE in page

        submit(clerk_client, draft, "use-credit")

        draft.refresh_from_db()
        assert (draft.status, draft.paid_amount) == ("DRAFT", 30)

    def test_new_draft_shows_the_credit_of_the_chosen_patient(self, clerk_client, patient, credit):
        page = page_of(clerk_client, NEW_URL, patient=patient.pk)
        totals = clerk_client.post(TOTALS_URL, header_data(patient)).json()["html"]

        assert OFFER in page
        assert OFFER in totals.replace("\N{NO-BREAK SPACE}", " ")
        assert SAVE_AND_USE not in page  # nothing is owed yet
        assert "credit." not in clerk_client.post(TOTALS_URL, header_data(PatientFactory())).json()["html"]

    def test_new_draft_is_saved_and_the_credit_used_with_one_button(self, clerk_client, patient, credit):
        data = header_data(patient, new_id=str(uuid4())) | item_data({"description": "Visit", "unit_price": "100"})
        totals = clerk_client.post(TOTALS_URL, data).json()["html"].replace("\N{NO-BREAK SPACE}", " ")
        assert f'value="use-credit">{SAVE_AND_USE}<' in totals

        response = clerk_client.post(NEW_URL, {**data, "next": "use-credit"})

        draft = Invoice.objects.get()
        assert response["Location"] == change_url(draft)
        assert (draft.status, draft.total_amount, draft.paid_amount) == ("DRAFT", 100, 30)
        assert len(messages_of(response)) == 2

        clerk_client.post(NEW_URL, {**data, "next": "use-credit"})  # sent twice

        assert Invoice.objects.get().paid_amount == 30

    def test_draft_is_saved_although_the_credit_is_gone(self, clerk_client, patient):
        data = header_data(patient) | item_data({"description": "Visit", "unit_price": "100"})

        response = clerk_client.post(NEW_URL, {**data, "next": "use-credit"})

        assert Invoice.objects.get().paid_amount == 0
        assert "credit" in messages_of(response)[1]

    def test_credit_of_another_patient_is_used_once_the_draft_is_saved(self, clerk_client, patient, credit):
        draft = InvoiceFactory(total="100.00")
        data = {**draft_data(draft), "patient": str(patient.pk)}

        totals = clerk_client.post(TOTALS_URL, data).json()["html"].replace("\N{NO-BREAK SPACE}", " ")

        assert SAVE_AND_USE in totals

        clerk_client.post(change_url(draft), {**data, "next": "use-credit"})

        draft.refresh_from_db()
        assert (draft.patient, draft.paid_amount) == (patient, 30)


class TestIssueDialog:
    @pytest.fixture
    def draft(self, patient, credit):
        return InvoiceFactory(patient=patient, total="100.00")

    def test_credit_is_used_with_the_issue_if_chosen(self, clerk_client, draft):
        assert "Credit of the patient 30.00 EUR" in preview_text(clerk_client, draft, "issue")
        assert "Remaining after this 70.00 EUR" in preview_text(clerk_client, draft, "issue", use_credit="on")

        submit(clerk_client, draft, "issue", use_credit="on")

        draft.refresh_from_db()
        assert (draft.status, draft.paid_amount) == ("PARTIALY_PAID", 30)

    def test_credit_stays_unless_it_is_chosen(self, clerk_client, draft):
        submit(clerk_client, draft, "issue")

        draft.refresh_from_db()
        assert (draft.status, draft.paid_amount) == ("ISSUED", 0)

    def test_issue_without_credit_has_no_such_field(self, clerk_client):
        assert "use_credit" not in open_dialog(clerk_client, InvoiceFactory(), "issue")

    def test_issue_may_lead_to_the_payment(self, clerk_client):
        draft = InvoiceFactory()

        assert submit(clerk_client, draft, "issue", next="pay")["Location"] == dialog_url(draft, "pay")
        other = InvoiceFactory()
        assert submit(clerk_client, other, "issue")["Location"] == change_url(other)


class TestPaymentDialog:
    def test_credit_is_used_instead_of_a_payment(self, clerk_client, invoice):
        page = open_dialog(clerk_client, invoice, "pay").replace("\N{NO-BREAK SPACE}", " ")
        assert "Use 30.00 EUR credit instead" in page

        response = submit(clerk_client, invoice, "pay", amount="100.00", method="cash", next="credit")

        invoice.refresh_from_db()
        assert invoice.paid_amount == 30
        assert Payment.objects.count() == 1
        assert "70.00" in messages_of(response)[0]

    def test_payment_may_lead_to_its_receipt(self, clerk_client, invoice):
        response = submit(clerk_client, invoice, "pay", amount="10.00", method="cash", next="receipt")

        payment = Payment.objects.get(amount=10)
        assert response["Location"] == f"/admin/cash-desk/receipt/{payment.pk}/"

    def test_credit_is_not_offered_without_any(self, clerk_client):
        assert "credit instead" not in open_dialog(clerk_client, InvoiceFactory(issued=True), "pay")


class TestTakePayment:
    def test_credit_is_put_onto_the_open_invoices_in_one_step(self, clerk_client, patient, invoice):
        url = f"{PAYMENT_URL}?patient={patient.pk}"
        page = page_of(clerk_client, url)
        assert OFFER in page
        assert USE in page

        response = clerk_client.post(url, {"use_credit": "1", "once": str(uuid4())})

        invoice.refresh_from_db()
        assert response["Location"] == url
        assert invoice.paid_amount == 30
        assert OFFER not in page_of(clerk_client, url)

    def test_credit_is_not_used_without_a_token_or_a_debt(self, clerk_client, patient, credit):
        url = f"{PAYMENT_URL}?patient={patient.pk}"
        assert USE not in page_of(clerk_client, url)

        for once in ("", str(uuid4())):
            response = clerk_client.post(url, {"use_credit": "1", "once": once})
            assert (response.status_code, bool(messages_of(response))) == (302, True)

        assert not credit.allocations.exists()
