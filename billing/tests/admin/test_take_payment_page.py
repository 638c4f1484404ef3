"""The page to take a payment: whose money it is, what it pays, the change."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.admin import allocation_forms
from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.operations.payments import pay
from billing.tests.admin.dialog_requests import dialog_url, submit
from billing.tests.admin.payment_page import PAYMENT_URL, submit_payment
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral


@pytest.fixture
def patient(db):
    return PatientFactory(given_name="Ada", family_name="Łukasz")


class TestPatientSearch:
    def test_patient_search_ignores_accents(self, clerk_client, patient):
        PatientFactory(family_name="Lukasz", given_name="Bo")

        page = clerk_client.get(PAYMENT_URL, {"q": "lukasz"}).content.decode()

        assert f"?patient={patient.pk}" in page

    def test_single_result_opens_the_payment_form(self, clerk_client, patient):
        assert (
            clerk_client.get(PAYMENT_URL, {"q": "lukasz ada"}).headers["Location"]
            == f"{PAYMENT_URL}?patient={patient.pk}"
        )

    def test_search_without_result_shows_a_message(self, clerk_client, patient):
        assert "No patient found" in clerk_client.get(PAYMENT_URL, {"q": "nobody at all"}).content.decode()

    def test_unknown_patient_is_not_found(self, clerk_client):
        assert clerk_client.get(PAYMENT_URL, {"patient": "nonsense"}).status_code == 404
        assert clerk_client.get(PAYMENT_URL, {"patient": uuid4()}).status_code == 404


class TestPaymentForm:
    def test_year_of_the_payment_that_is_a_typing_error_is_refused(self, clerk_client, patient, two_invoices):
        page = submit_payment(clerk_client, patient, amount="5.00", received_at="0202-06-15")

        assert page.context["form"].errors["received_at"] == ["Choose a date between 1900 and 2200."]
        assert not Payment.objects.exists()

    def test_form_proposes_all_open_invoices_oldest_first(self, clerk_client, patient, two_invoices):
        form = clerk_client.get(PAYMENT_URL, {"patient": patient.pk}).context["form"]

        assert form["amount"].value() == "90.00"
        assert [(row.invoice, row.amount) for row in form.rows] == [
            (two_invoices[0], Decimal("60.00")),
            (two_invoices[1], Decimal("30.00")),
        ]

    def test_form_lists_invoices_of_merged_patients(self, clerk_client, patient, two_invoices, supervisor):
        survivor = PatientFactory()
        patient.merge_into(survivor, by=supervisor, at=timezone.now())

        form = clerk_client.get(PAYMENT_URL, {"patient": survivor.pk}).context["form"]

        assert [row.invoice for row in form.rows] == list(two_invoices)

    def test_form_previews_the_allocation_of_a_smaller_amount(self, clerk_client, patient, two_invoices):
        form = submit_payment(clerk_client, patient, amount="70.00", tendered="100.00", _preview="1").context["form"]

        assert [row.amount for row in form.rows] == [Decimal("60.00"), Decimal("10.00")]
        assert "30.00" in form.preview()
        assert not Payment.objects.exists()

    def test_invoices_without_a_field_are_still_owed(self, clerk_client, patient, two_invoices, monkeypatch):
        monkeypatch.setattr(allocation_forms, "MAX_ALLOCATION_FIELDS", 1)

        form = clerk_client.get(PAYMENT_URL, {"patient": patient.pk}).context["form"]

        assert form.initial["amount"] == Decimal("60.00")
        assert "30.00" in form.preview()

    def test_query_count_is_independent_of_the_number_of_invoices(
        self, clerk_client, patient, two_invoices, django_assert_num_queries, django_assert_max_num_queries
    ):
        clerk_client.get(PAYMENT_URL, {"patient": patient.pk})
        with django_assert_max_num_queries(16) as few:
            clerk_client.get(PAYMENT_URL, {"patient": patient.pk})
        for _ in range(3):
            InvoiceFactory(patient=patient, issued=True)

        with django_assert_num_queries(len(few)):
            clerk_client.get(PAYMENT_URL, {"patient": patient.pk})


class TestTakePayment:
    def test_payment_pays_two_invoices_and_records_the_change(self, clerk_client, patient, two_invoices):
        response = submit_payment(clerk_client, patient, amount="90.00", tendered="100.00")

        payment = Payment.objects.get()
        assert response.headers["Location"] == reverse("admin:billing_receipt", args=[payment.pk])
        assert payment.change_amount == Decimal("10.00")
        assert [Invoice.objects.get(pk=each.pk).status for each in two_invoices] == [
            InvoiceStatus.PAID,
            InvoiceStatus.PAID,
        ]

    def test_payment_pays_the_oldest_invoice_first(self, clerk_client, patient, two_invoices):
        submit_payment(clerk_client, patient, amount="70.00")

        assert [Invoice.objects.get(pk=each.pk).paid_amount for each in two_invoices] == [
            Decimal("60.00"),
            Decimal("10.00"),
        ]

    def test_payment_is_allocated_as_entered(self, clerk_client, patient, two_invoices):
        amounts = {f"share-{two_invoices[0].pk}": "40.00", f"share-{two_invoices[1].pk}": "30.00"}

        submit_payment(clerk_client, patient, amount="70.00", allocation="entered", **amounts)

        assert [Invoice.objects.get(pk=each.pk).paid_amount for each in two_invoices] == [
            Decimal("40.00"),
            Decimal("30.00"),
        ]

    def test_excess_is_kept_only_if_chosen(self, clerk_client, patient, two_invoices):
        refused = submit_payment(clerk_client, patient, amount="100.00")

        assert "excess" in refused.context["form"].errors
        assert not Payment.objects.exists()

        submit_payment(clerk_client, patient, amount="100.00", excess="on")
        assert Payment.objects.with_unallocated().get().unallocated == Decimal("10.00")

    def test_payment_without_open_invoices_becomes_credit(self, clerk_client, patient):
        assert "excess" in submit_payment(clerk_client, patient, amount="50.00").context["form"].errors

        submit_payment(clerk_client, patient, amount="50.00", excess="on", method="transfer", reference="March")

        assert Payment.objects.with_unallocated().get().unallocated == Decimal("50.00")

    def test_tendered_less_than_the_amount_is_refused(self, clerk_client, patient, two_invoices):
        response = submit_payment(clerk_client, patient, amount="90.00", tendered="50.00")

        assert "tendered" in response.context["form"].errors
        assert not Payment.objects.exists()

    def test_allocation_above_the_payment_or_the_invoice_is_refused(self, clerk_client, patient, two_invoices):
        older, newer = (f"share-{each.pk}" for each in two_invoices)

        beyond_amount = submit_payment(
            clerk_client, patient, amount="40.00", allocation="entered", **{older: "50.00", newer: ""}
        )
        beyond_invoice = submit_payment(
            clerk_client, patient, amount="90.00", allocation="entered", **{older: "90.00", newer: ""}
        )

        assert "more than 40.00" in beyond_amount.content.decode()
        assert "more than the amount due" in beyond_invoice.content.decode()
        assert not Payment.objects.exists()

    def test_invoice_of_another_patient_cannot_be_paid(self, clerk_client, patient, two_invoices):
        other = InvoiceFactory(issued=True)
        tampered = {f"share-{other.pk}": "90.00", f"version-{other.pk}": str(other.version)}

        submit_payment(clerk_client, patient, amount="90.00", allocation="entered", **tampered)

        assert Invoice.objects.get(pk=other.pk).paid_amount == 0

    def test_form_sent_twice_takes_one_payment(self, clerk_client, patient, two_invoices):
        once, versions = str(uuid4()), {f"version-{each.pk}": str(each.version) for each in two_invoices}

        first = submit_payment(clerk_client, patient, once=once, amount="90.00", **versions)
        amounts = {f"share-{two_invoices[0].pk}": "60.00", f"share-{two_invoices[1].pk}": "30.00"}
        again = {"once": once, "allocation": "oldest", "method": "cash", "amount": "90.00", **versions, **amounts}
        second = clerk_client.post(f"{PAYMENT_URL}?patient={patient.pk}", again)

        assert Payment.objects.count() == 1
        assert second.headers.get("Location") == first.headers["Location"]

    def test_payment_is_refused_if_an_invoice_changed_meanwhile(self, clerk_client, patient, two_invoices, clerk):
        seen = {f"version-{two_invoices[0].pk}": str(two_invoices[0].version)}
        pay(two_invoices[0], amount=Decimal("20.00"), by=clerk, at=timezone.now())

        response = submit_payment(clerk_client, patient, amount="70.00", **seen)

        page = response.content.decode()
        assert "Somebody changed an invoice" in page
        assert two_invoices[0].reg_number in page
        assert 'value="70.00"' in page
        assert Payment.objects.count() == 1


class TestAuditor:
    def test_auditor_reads_receipts_and_takes_no_payment(self, client, auditor, patient):
        payment = PaymentFactory(patient=patient)
        client.force_login(auditor)

        assert client.get(PAYMENT_URL).status_code == 403
        assert client.post(f"{PAYMENT_URL}?patient={patient.pk}", {"amount": "1.00"}).status_code == 403
        receipt = client.get(reverse("admin:billing_receipt", args=[payment.pk])).content.decode()
        assert payment.receipt_number in receipt
        assert "Next patient" not in receipt


class TestPaymentActions:
    def offered(self, client, payment):
        page = client.get(reverse("admin:billing_payment_change", args=[payment.pk]))
        return [action.name for action in page.context["actions"]]

    def test_actions_are_those_that_payment_and_role_allow(
        self, client, clerk, supervisor, auditor, patient, two_invoices
    ):
        own, of_another = PaymentFactory(patient=patient, amount="100.00", by=clerk), PaymentFactory()

        client.force_login(clerk)
        assert self.offered(client, own) == ["allocate", "reverse"]
        assert "reverse" not in self.offered(client, of_another)
        client.force_login(supervisor)
        assert self.offered(client, of_another) == ["allocate", "refund", "reverse"]
        client.force_login(auditor)
        assert self.offered(client, of_another) == []

    def test_payment_is_reversed_with_a_reason(self, supervisor_client, patient, two_invoices):
        payment = PaymentFactory(patient=patient, amount="90.00")

        assert "reason" in submit(supervisor_client, payment, "reverse").context["form"].errors
        assert submit(supervisor_client, payment, "reverse", reason="Bounced").status_code == 302

        assert Payment.objects.get(reverses=payment).reason == "Bounced"
        assert Invoice.objects.get(pk=two_invoices[0].pk).status == InvoiceStatus.ISSUED
        assert "already been reversed" in supervisor_client.get(dialog_url(payment, "reverse")).content.decode()

    def test_clerk_may_not_reverse_a_payment_of_another_clerk(self, clerk_client):
        payment = PaymentFactory(by=ClerkFactory(username="other"))

        response = submit(clerk_client, payment, "reverse", reason="Bounced")

        assert "Only a supervisor can reverse the payment of another user" in response.content.decode()
        assert not Payment.objects.filter(reverses=payment).exists()

    def test_credit_is_allocated_as_entered(self, clerk_client, patient):
        payment = PaymentFactory(patient=patient, amount="50.00")
        invoice = InvoiceFactory(patient=patient, issued=True)
        fields = {f"share-{invoice.pk}": "30.00", f"version-{invoice.pk}": str(invoice.version)}

        assert 'value="50.00"' in clerk_client.get(dialog_url(payment, "allocate")).content.decode()
        assert submit(clerk_client, payment, "allocate", **fields).status_code == 302

        assert Invoice.objects.get(pk=invoice.pk).paid_amount == Decimal("30.00")
        assert Payment.objects.with_unallocated().get().unallocated == Decimal("20.00")

    def test_allocation_above_the_credit_is_refused(self, clerk_client, patient):
        payment = PaymentFactory(patient=patient, amount="50.00")
        invoice = InvoiceFactory(patient=patient, issued=True)
        fields = {f"share-{invoice.pk}": "60.00", f"version-{invoice.pk}": str(invoice.version)}

        assert submit(clerk_client, payment, "allocate", **fields).status_code == 200

        assert Invoice.objects.get(pk=invoice.pk).paid_amount == 0

    def test_refund_above_the_credit_is_refused(self, supervisor_client, patient):
        payment = PaymentFactory(patient=patient, amount="50.00")
        fields = {"method": "cash", "reason": "Moved away"}

        refused = submit(supervisor_client, payment, "refund", amount="50.01", **fields)
        assert "amount" in refused.context["form"].errors

        assert submit(supervisor_client, payment, "refund", amount="50.00", **fields).status_code == 302
        assert Payment.objects.with_unallocated().get().unallocated == 0

    @pytest.mark.parametrize("action", ["reverse", "allocate", "refund"])
    def test_auditor_is_offered_no_action(self, client, auditor, patient, action):
        payment = PaymentFactory(patient=patient)
        client.force_login(auditor)

        assert client.get(dialog_url(payment, action)).status_code == 403
        assert submit(client, payment, action, reason="Bounced", amount="1.00", method="cash").status_code == 403
