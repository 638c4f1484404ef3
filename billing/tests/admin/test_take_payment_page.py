"""The cash desk: whose money it is, what it pays, the change, and the receipt."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.operations.payments import pay
from billing.tests.admin.dialog_requests import send, verb_url
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory
from patients.tests.factories import PatientFactory

DESK = "/admin/cash-desk/"


@pytest.fixture
def clerks(client, clerk):
    client.force_login(clerk)
    return client


@pytest.fixture
def patient(db):
    return PatientFactory(given_name="Ada", family_name="Łukasz")


@pytest.fixture
def two(patient):
    """An older invoice over 60 and a newer one over 30."""
    month = timezone.now() - timedelta(days=40)
    older = InvoiceFactory(patient=patient, total="60.00", issued=True, at=month)
    return older, InvoiceFactory(patient=patient, total="30.00", issued=True)


def submit_payment(client, patient, **typed):
    """The answer of the desk to what is typed over its page as it stands."""
    form = client.get(DESK, {"patient": patient.pk}).context["form"]
    as_opened = {"once": str(uuid4()), "allocation": "oldest", "method": "cash"}
    for row in form.rows:
        as_opened[row.version_name] = str(row.invoice.version)
        as_opened[row.field.html_name] = str(row.field.value() or "")
    return client.post(f"{DESK}?patient={patient.pk}", {**as_opened, **typed})


class TestFindingThePatient:
    def test_is_by_words_without_accents(self, clerks, patient):
        PatientFactory(family_name="Lukasz", given_name="Bo")

        page = clerks.get(DESK, {"q": "lukasz"}).content.decode()

        assert f"?patient={patient.pk}" in page

    def test_goes_there_when_there_is_one(self, clerks, patient):
        assert clerks.get(DESK, {"q": "lukasz ada"}).headers["Location"] == f"{DESK}?patient={patient.pk}"

    def test_says_when_nobody_is_found(self, clerks, patient):
        assert "Nobody is found" in clerks.get(DESK, {"q": "nobody at all"}).content.decode()

    def test_of_an_address_that_names_nobody_is_a_404(self, clerks):
        assert clerks.get(DESK, {"patient": "nonsense"}).status_code == 404
        assert clerks.get(DESK, {"patient": uuid4()}).status_code == 404


class TestTheDesk:
    def test_proposes_all_that_is_open_the_oldest_first(self, clerks, patient, two):
        form = clerks.get(DESK, {"patient": patient.pk}).context["form"]

        assert form["amount"].value() == "90.00"
        assert [(row.invoice, row.amount) for row in form.rows] == [
            (two[0], Decimal("60.00")),
            (two[1], Decimal("30.00")),
        ]

    def test_knows_the_invoices_of_who_was_merged(self, clerks, patient, two, supervisor):
        survivor = PatientFactory()
        patient.merge_into(survivor, by=supervisor, at=timezone.now())

        form = clerks.get(DESK, {"patient": survivor.pk}).context["form"]

        assert [row.invoice for row in form.rows] == list(two)

    def test_says_beforehand_what_a_smaller_amount_pays(self, clerks, patient, two):
        told = submit_payment(clerks, patient, amount="70.00", tendered="100.00", _preview="1").context["form"]

        assert [row.amount for row in told.rows] == [Decimal("60.00"), Decimal("10.00")]
        assert "30.00" in told.preview()
        assert not Payment.objects.exists()

    def test_costs_the_same_whatever_the_number_of_invoices(
        self, clerks, patient, two, django_assert_num_queries, django_assert_max_num_queries
    ):
        clerks.get(DESK, {"patient": patient.pk})
        with django_assert_max_num_queries(16) as few:
            clerks.get(DESK, {"patient": patient.pk})
        for _ in range(3):
            InvoiceFactory(patient=patient, issued=True)

        with django_assert_num_queries(len(few)):
            clerks.get(DESK, {"patient": patient.pk})


class TestTakingIt:
    def test_pays_two_invoices_and_gives_the_change(self, clerks, patient, two):
        answer = submit_payment(clerks, patient, amount="90.00", tendered="100.00")

        payment = Payment.objects.get()
        assert answer.headers["Location"] == reverse("admin:billing_receipt", args=[payment.pk])
        assert payment.change_amount == Decimal("10.00")
        assert [Invoice.objects.get(pk=each.pk).status for each in two] == [InvoiceStatus.PAID, InvoiceStatus.PAID]

    def test_pays_the_oldest_first_unless_it_says_otherwise(self, clerks, patient, two):
        submit_payment(clerks, patient, amount="70.00")

        assert [Invoice.objects.get(pk=each.pk).paid_amount for each in two] == [Decimal("60.00"), Decimal("10.00")]

    def test_pays_as_entered_when_told(self, clerks, patient, two):
        shares = {f"share-{two[0].pk}": "40.00", f"share-{two[1].pk}": "30.00"}

        submit_payment(clerks, patient, amount="70.00", allocation="entered", **shares)

        assert [Invoice.objects.get(pk=each.pk).paid_amount for each in two] == [Decimal("40.00"), Decimal("30.00")]

    def test_keeps_the_excess_only_on_purpose(self, clerks, patient, two):
        refused = submit_payment(clerks, patient, amount="100.00")

        assert "excess" in refused.context["form"].errors
        assert not Payment.objects.exists()

        submit_payment(clerks, patient, amount="100.00", excess="on")
        assert Payment.objects.with_unallocated().get().unallocated == Decimal("10.00")

    def test_takes_money_of_who_owes_nothing_as_credit(self, clerks, patient):
        assert "excess" in submit_payment(clerks, patient, amount="50.00").context["form"].errors

        submit_payment(clerks, patient, amount="50.00", excess="on", method="transfer", reference="March")

        assert Payment.objects.with_unallocated().get().unallocated == Decimal("50.00")

    def test_refuses_what_was_handed_over_short(self, clerks, patient, two):
        answer = submit_payment(clerks, patient, amount="90.00", tendered="50.00")

        assert "tendered" in answer.context["form"].errors
        assert not Payment.objects.exists()

    def test_refuses_shares_beyond_the_amount_and_beyond_an_invoice(self, clerks, patient, two):
        older, newer = (f"share-{each.pk}" for each in two)

        beyond_amount = submit_payment(
            clerks, patient, amount="40.00", allocation="entered", **{older: "50.00", newer: ""}
        )
        beyond_invoice = submit_payment(
            clerks, patient, amount="90.00", allocation="entered", **{older: "90.00", newer: ""}
        )

        assert "more than 40.00" in beyond_amount.content.decode()
        assert "more than is owed" in beyond_invoice.content.decode()
        assert not Payment.objects.exists()

    def test_cannot_reach_the_invoice_of_another_patient(self, clerks, patient, two):
        other = InvoiceFactory(issued=True)
        forged = {f"share-{other.pk}": "90.00", f"version-{other.pk}": str(other.version)}

        submit_payment(clerks, patient, amount="90.00", allocation="entered", **forged)

        assert Invoice.objects.get(pk=other.pk).paid_amount == 0

    def test_happens_once_however_often_it_is_sent(self, clerks, patient, two):
        once, versions = str(uuid4()), {f"version-{each.pk}": str(each.version) for each in two}

        first = submit_payment(clerks, patient, once=once, amount="90.00", **versions)
        shares = {f"share-{two[0].pk}": "60.00", f"share-{two[1].pk}": "30.00"}
        again = {"once": once, "allocation": "oldest", "method": "cash", "amount": "90.00", **versions, **shares}
        second = clerks.post(f"{DESK}?patient={patient.pk}", again)

        assert Payment.objects.count() == 1
        assert second.headers.get("Location") == first.headers["Location"]

    def test_is_refused_when_somebody_changed_an_invoice_meanwhile(self, clerks, patient, two, clerk):
        seen = {f"version-{two[0].pk}": str(two[0].version)}
        pay(two[0], amount=Decimal("20.00"), by=clerk, at=timezone.now())

        answer = submit_payment(clerks, patient, amount="70.00", **seen)

        page = answer.content.decode()
        assert "Somebody changed an invoice" in page
        assert two[0].reg_number in page
        assert 'value="70.00"' in page
        assert Payment.objects.count() == 1


class TestAnAuditor:
    def test_takes_no_money_and_reads_the_receipt(self, client, auditor, patient):
        payment = PaymentFactory(patient=patient)
        client.force_login(auditor)

        assert client.get(DESK).status_code == 403
        assert client.post(f"{DESK}?patient={patient.pk}", {"amount": "1.00"}).status_code == 403
        receipt = client.get(reverse("admin:billing_receipt", args=[payment.pk])).content.decode()
        assert payment.receipt_number in receipt
        assert "Next patient" not in receipt


class TestTheReceipt:
    def test_tells_the_number_the_change_and_what_was_paid(self, clerks, patient, two):
        receipt = clerks.get(submit_payment(clerks, patient, amount="70.00", tendered="100.00").headers["Location"])

        page = receipt.content.decode()
        payment = Payment.objects.get()
        assert payment.receipt_number in page
        assert "30.00\N{NO-BREAK SPACE}EUR" in page
        assert "Partially paid" in page

    def test_there_is_none_of_a_reversal(self, clerks, patient):
        PaymentFactory(patient=patient, reversed=True)
        reversal = Payment.objects.get(amount__lt=0)

        assert clerks.get(reverse("admin:billing_receipt", args=[reversal.pk])).status_code == 404


class TestThePaymentPage:
    @pytest.fixture
    def supervisors(self, client, supervisor):
        client.force_login(supervisor)
        return client

    def offered(self, client, payment):
        page = client.get(reverse("admin:billing_payment_change", args=[payment.pk]))
        return [verb.name for verb in page.context["actions"]]

    def test_offers_what_the_payment_and_the_role_allow(self, client, clerk, supervisor, auditor, patient, two):
        own, of_another = PaymentFactory(patient=patient, amount="100.00", by=clerk), PaymentFactory()

        client.force_login(clerk)
        assert self.offered(client, own) == ["allocate", "reverse"]
        assert "reverse" not in self.offered(client, of_another)
        client.force_login(supervisor)
        assert self.offered(client, of_another) == ["allocate", "refund", "reverse"]
        client.force_login(auditor)
        assert self.offered(client, of_another) == []

    def test_reverses_with_a_reason(self, supervisors, patient, two):
        payment = PaymentFactory(patient=patient, amount="90.00")

        assert "reason" in send(supervisors, payment, "reverse").context["form"].errors
        assert send(supervisors, payment, "reverse", reason="Bounced").status_code == 302

        assert Payment.objects.get(reverses=payment).reason == "Bounced"
        assert Invoice.objects.get(pk=two[0].pk).status == InvoiceStatus.ISSUED
        assert "reversed already" in supervisors.get(verb_url(payment, "reverse")).content.decode()

    def test_is_not_reversed_by_a_clerk_who_did_not_enter_it(self, clerks):
        payment = PaymentFactory(by=ClerkFactory(username="other"))

        answer = send(clerks, payment, "reverse", reason="Bounced")

        assert "Somebody else entered this payment" in answer.content.decode()
        assert not Payment.objects.filter(reverses=payment).exists()

    def test_allocates_its_credit_as_entered(self, clerks, patient):
        payment = PaymentFactory(patient=patient, amount="50.00")
        invoice = InvoiceFactory(patient=patient, issued=True)
        typed = {f"share-{invoice.pk}": "30.00", f"version-{invoice.pk}": str(invoice.version)}

        assert 'value="50.00"' in clerks.get(verb_url(payment, "allocate")).content.decode()
        assert send(clerks, payment, "allocate", **typed).status_code == 302

        assert Invoice.objects.get(pk=invoice.pk).paid_amount == Decimal("30.00")
        assert Payment.objects.with_unallocated().get().unallocated == Decimal("20.00")

    def test_allocates_no_more_than_its_credit(self, clerks, patient):
        payment = PaymentFactory(patient=patient, amount="50.00")
        invoice = InvoiceFactory(patient=patient, issued=True)
        typed = {f"share-{invoice.pk}": "60.00", f"version-{invoice.pk}": str(invoice.version)}

        assert send(clerks, payment, "allocate", **typed).status_code == 200

        assert Invoice.objects.get(pk=invoice.pk).paid_amount == 0

    def test_refunds_its_credit_and_no_more(self, supervisors, patient):
        payment = PaymentFactory(patient=patient, amount="50.00")
        typed = {"method": "cash", "reason": "Moved away"}

        refused = send(supervisors, payment, "refund", amount="50.01", **typed)
        assert "amount" in refused.context["form"].errors

        assert send(supervisors, payment, "refund", amount="50.00", **typed).status_code == 302
        assert Payment.objects.with_unallocated().get().unallocated == 0

    @pytest.mark.parametrize("verb", ["reverse", "allocate", "refund"])
    def test_lets_an_auditor_do_nothing(self, client, auditor, patient, verb):
        payment = PaymentFactory(patient=patient)
        client.force_login(auditor)

        assert client.get(verb_url(payment, verb)).status_code == 403
        assert send(client, payment, verb, reason="Bounced", amount="1.00", method="cash").status_code == 403
