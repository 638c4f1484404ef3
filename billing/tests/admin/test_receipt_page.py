"""The receipt of a payment, now and after later changes."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Payment
from billing.models.invoice.payer import Payer
from billing.operations.credit_notes import correct
from billing.operations.issuing import issue
from billing.operations.payments import allocate_credit
from billing.operations.refunds import refund_credit
from billing.operations.voiding import void
from billing.operations.write_offs import write_off
from billing.tests.admin.payment_page import submit_payment
from billing.tests.books import unguarded_cursor
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.i18n.display import NO_BREAK, format_date
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral


@pytest.fixture
def patient(db):
    return PatientFactory(given_name="Ada", family_name="Łukasz")


def receipt_of(client, payment):
    return client.get(reverse("admin:billing_receipt", args=[payment.pk])).context["receipt"]


def receipt_words(client, payment):
    """The words of the receipt, without its buttons."""
    page = client.get(reverse("admin:billing_receipt", args=[payment.pk])).content.decode()
    article = re.search(r"<article.*?</article>", page, re.DOTALL)[0].partition('<div class="clinic-dialog-buttons">')[
        0
    ]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", article)).replace(NO_BREAK, " ").split()).replace(" EUR", "")


class TestReceipt:
    def test_receipt_shows_number_change_and_paid_invoices(self, clerk_client, patient, two_invoices):
        receipt = clerk_client.get(
            submit_payment(clerk_client, patient, amount="70.00", tendered="100.00").headers["Location"]
        )

        page = receipt.content.decode()
        payment = Payment.objects.get()
        assert payment.receipt_number in page
        assert "30.00\N{NO-BREAK SPACE}EUR" in page
        assert "Partially paid" in page

    def test_receipt_lists_numbers_past_a_million_after_the_others(self, clerk_client, patient, two_invoices):
        with unguarded_cursor() as cursor:
            for invoice, number in zip(two_invoices, ("INV-2026-1000000", "INV-2026-999999"), strict=True):
                cursor.execute("UPDATE billing_invoice SET reg_number = %s WHERE id = %s", [number, invoice.pk.hex])
            lines = receipt_of(clerk_client, PaymentFactory(patient=patient, amount="90.00")).lines

        assert [line.invoice.reg_number for line in lines] == ["INV-2026-999999", "INV-2026-1000000"]

    def test_receipt_adds_up_to_the_payment_with_the_part_kept_as_credit(self, clerk_client, patient, two_invoices):
        payment = PaymentFactory(patient=patient, amount="95.50")

        receipt = receipt_of(clerk_client, payment)

        assert [line.amount for line in receipt.lines] == [Decimal("60.00"), Decimal("30.00")]
        assert receipt.credit == Decimal("5.50")
        assert "Kept as the patient’s credit 5.50" in receipt_words(clerk_client, payment)

    def test_receipt_shows_what_was_left_after_the_payment_whatever_happens_later(
        self, clerk_client, patient, two_invoices, supervisor
    ):
        older, _newer = two_invoices
        days_ago = timezone.now() - timedelta(days=10)
        payment = PaymentFactory(patient=patient, amount="25.00", at=days_ago, by=supervisor)
        before = receipt_words(clerk_client, payment)
        assert f"{older.reg_number} 25.00 35.00" in before

        PaymentFactory(patient=patient, amount="50.00")
        older.refresh_from_db()
        write_off(two_invoices[1], reason="No reply", by=supervisor, at=timezone.now())

        assert receipt_words(clerk_client, payment) == before

    def test_receipt_keeps_the_names_that_the_paid_invoice_froze(self, clerk_client, patient, two_invoices):
        payment = PaymentFactory(patient=patient, amount="60.00")
        before = receipt_words(clerk_client, payment)

        patient.family_name = "Nowak"
        patient.save()

        assert "Received from Ada Łukasz" in before
        assert receipt_words(clerk_client, payment) == before

    def test_receipt_of_credit_keeps_names_record_number_clinic_and_author(
        self, clerk_client, patient, supervisor, settings
    ):
        supervisor.first_name = "Eva"
        payment = PaymentFactory(patient=patient, by=supervisor)
        before = receipt_words(clerk_client, payment)
        assert f"Received from Ada Łukasz ({patient.record_number})" in before
        assert "Taken by Eva" in before

        patient.change(family_name="Nowak", record_number="P-NEW")
        supervisor.first_name = "Maria"
        supervisor.save()
        settings.CLINIC_NAME = "Renamed Clinic"

        assert receipt_words(clerk_client, payment) == before

    def test_receipt_of_a_deposit_keeps_the_name(self, clerk_client, patient):
        InvoiceFactory(patient=patient, deposit="40.00")
        payment = Payment.objects.get()
        before = receipt_words(clerk_client, payment)
        assert "Received from Ada Łukasz" in before

        patient.change(family_name="Nowak")

        assert receipt_words(clerk_client, payment) == before

    def test_receipt_keeps_the_name_after_a_merge(self, clerk_client, patient, supervisor):
        payment = PaymentFactory(patient=patient)
        before = receipt_words(clerk_client, payment)

        survivor = PatientFactory(given_name="Ada", family_name="Nowak")
        patient.merge_into(survivor, by=supervisor, at=timezone.now())

        assert receipt_words(clerk_client, payment) == before

    def test_receipt_for_payers_that_differ_names_the_patient(self, clerk_client, patient):
        InvoiceFactory(patient=patient, bill_to=Payer("Acme Insurance", ""), issued=True)
        InvoiceFactory(patient=patient, issued=True)

        words = receipt_words(clerk_client, PaymentFactory(patient=patient, amount="200.00"))

        assert f"Received from Ada Łukasz ({patient.record_number})" in words

    def test_receipt_names_who_paid_and_for_whom(self, clerk_client, patient):
        InvoiceFactory(patient=patient, bill_to=Payer("Acme Insurance", ""), issued=True)
        payment = PaymentFactory(patient=patient, amount="100.00")

        assert f"Received from Acme Insurance for Ada Łukasz ({patient.record_number})" in receipt_words(
            clerk_client, payment
        )

    def test_receipt_of_a_payment_without_invoices_names_the_patient(self, clerk_client, patient):
        assert "Received from Ada Łukasz" in receipt_words(clerk_client, PaymentFactory(patient=patient))

    def test_receipt_of_a_deposit_stays_the_same_when_the_draft_is_issued(self, clerk_client, patient, supervisor):
        days_ago = timezone.now() - timedelta(days=2)
        draft = InvoiceFactory(patient=patient, deposit="40.00", at=days_ago)
        before = receipt_words(clerk_client, Payment.objects.get())

        issue(draft, by=supervisor, at=timezone.now())

        assert "Deposit on a draft 40.00 –" in before
        assert receipt_words(clerk_client, Payment.objects.get()) == before

    def test_receipt_of_a_reversed_payment_is_marked_with_day_and_reason(self, clerk_client, patient, two_invoices):
        payment = PaymentFactory(patient=patient, amount="60.00", reversed=True)

        page = clerk_client.get(reverse("admin:billing_receipt", args=[payment.pk]))

        assert 'data-stamp="Reversed"' in page.content.decode()
        words = receipt_words(clerk_client, payment)
        assert f"Reversed on {format_date(timezone.now())} and no longer counted: Bounced" in words
        assert f"{two_invoices[0].reg_number} 60.00 0.00" in words  # as it was
        assert "Since this receipt" not in words

    def test_receipt_shows_that_a_correction_moved_the_money(self, clerk_client, patient, supervisor):
        days_ago = timezone.now() - timedelta(days=2)
        invoice = InvoiceFactory(patient=patient, paid=True, at=days_ago)
        payment = Payment.objects.get()
        before = receipt_words(clerk_client, payment)

        draft = correct(invoice=invoice, reason="Wrong price", by=supervisor, at=timezone.now())

        words = receipt_words(clerk_client, payment)
        assert words.startswith(before.split(" Taken by ")[0])
        number = invoice.credit_notes.get().number
        assert f"Credit note {number} {invoice.reg_number} -100.00" in words
        assert f"Credit allocated {draft.reg_number} 100.00" in words

    @pytest.mark.parametrize(("release_to", "label"), [("credit", "Voided"), ("refund", "Refunded")])
    def test_receipt_shows_that_a_void_released_the_money(self, clerk_client, patient, supervisor, release_to, label):
        days_ago = timezone.now() - timedelta(days=2)
        invoice = InvoiceFactory(patient=patient, part_paid="40.00", at=days_ago)
        payment = Payment.objects.get()

        void(invoice, reason="Wrong patient", release_to=release_to, by=supervisor, at=timezone.now())

        later = receipt_words(clerk_client, payment).split("Since this receipt")[1]
        assert f"{label} {invoice.reg_number} -40.00 Taken by" in later
        assert sum(line.amount for line in receipt_of(clerk_client, payment).lines) == Decimal("40.00")

    def test_receipt_shows_what_was_done_with_its_credit(self, clerk_client, patient, supervisor):
        days_ago = timezone.now() - timedelta(days=2)
        payment = PaymentFactory(patient=patient, amount="50.00", at=days_ago)
        invoice = InvoiceFactory(patient=patient, total="30.00", issued=True)
        who = {"by": supervisor, "at": timezone.now()}

        allocate_credit(payment, **who)
        refund_credit(payment, amount=Decimal("20.00"), method="cash", reason="Asked for it", **who)

        words = receipt_words(clerk_client, payment)
        assert "Kept as the patient’s credit 50.00" in words
        assert f"Credit allocated {invoice.reg_number} 30.00" in words
        assert "Refunded -20.00" in words

    def test_reversal_has_no_receipt(self, clerk_client, patient):
        PaymentFactory(patient=patient, reversed=True)
        reversal = Payment.objects.get(amount__lt=0)

        assert clerk_client.get(reverse("admin:billing_receipt", args=[reversal.pk])).status_code == 404
