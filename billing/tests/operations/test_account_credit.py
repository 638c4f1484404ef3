"""Use of the credit of a patient's account."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.choices import EventKind
from billing.models import Payment
from billing.operations.account_credit import credit_of_account, use_credit
from billing.operations.payments import AllocationsRefused
from billing.operations.refunds import CreditExceeded
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory
from clinic.domain.permissions import PermissionMissing
from patients.tests.factories import PatientFactory


@pytest.fixture
def patient(db):
    return PatientFactory()


@pytest.fixture
def two_credits(patient, noon):
    """Credit of 20.00 received yesterday, and of 15.00 received today."""
    return [
        PaymentFactory(patient=patient, amount=Decimal(amount), at=noon - timedelta(days=days))
        for amount, days in (("20.00", 1), ("15.00", 0))
    ]


def left_of(*payments):
    return [str(Payment.objects.with_unallocated().get(pk=each.pk).unallocated) for each in payments]


def test_credit_of_several_payments_goes_onto_one_invoice_oldest_first(actor, patient, two_credits):
    invoice = InvoiceFactory(patient=patient, total="30.00", issued=True)

    used = use_credit(patient, invoice=invoice, **actor)

    assert (used, invoice.paid_amount, invoice.remaining_amount) == (30, 30, 0)
    assert left_of(*two_credits) == ["0.00", "5.00"]
    assert {event.kind for event in invoice.events.filter(changes__has_key="payment_id")} == {EventKind.ALLOCATED}


def test_credit_goes_onto_the_open_invoices_oldest_due_first(actor, patient, two_credits):
    newer = InvoiceFactory(patient=patient, total="50.00", issued=True)
    older = InvoiceFactory(patient=patient, total="25.00", overdue=True)

    used = use_credit(patient, **actor)

    older.refresh_from_db()
    newer.refresh_from_db()
    assert (used, older.paid_amount, newer.paid_amount) == (35, 25, 10)


def test_credit_that_is_more_than_owed_stays(actor, patient, two_credits):
    InvoiceFactory(patient=patient, total="12.00", issued=True)

    assert use_credit(patient, **actor) == 12
    assert credit_of_account(patient) == 23


def test_credit_on_a_draft_is_a_deposit(actor, patient, two_credits):
    draft = InvoiceFactory(patient=patient, total="100.00")

    use_credit(patient, invoice=draft, **actor)

    assert (draft.status, draft.paid_amount) == ("DRAFT", 35)


def test_credit_of_a_merged_patient_is_that_of_the_account(actor, supervisor, patient, two_credits, noon):
    survivor = PatientFactory()
    patient.merge_into(survivor, by=supervisor, at=noon)
    invoice = InvoiceFactory(patient=survivor, total="100.00", issued=True)

    assert credit_of_account(survivor) == credit_of_account(patient) == 35
    assert use_credit(survivor, invoice=invoice, **actor) == 35


def test_nothing_is_used_where_nothing_is_owed_or_there_is_no_credit(actor, patient):
    invoice = InvoiceFactory(patient=patient, issued=True)
    with pytest.raises(CreditExceeded):
        use_credit(patient, invoice=invoice, **actor)

    PaymentFactory(patient=patient, amount=Decimal("150.00"))
    invoice.refresh_from_db()
    with pytest.raises(CreditExceeded):
        use_credit(patient, invoice=invoice, **actor)
    with pytest.raises(CreditExceeded):
        use_credit(patient, **actor)


def test_credit_is_not_used_on_an_invoice_of_another_patient(actor, patient, two_credits):
    with pytest.raises(AllocationsRefused):
        use_credit(patient, invoice=InvoiceFactory(issued=True), **actor)

    assert credit_of_account(patient) == 35


def test_credit_is_not_used_without_the_permission(patient, two_credits, noon):
    auditor = ClerkFactory(username="somebody", role="auditor")

    with pytest.raises(PermissionMissing):
        use_credit(patient, by=auditor, at=noon)
