"""A patient with three open invoices, and money for them."""

from decimal import Decimal

import pytest

from billing.choices import PaymentMethod
from billing.operations.payments import take_payment
from billing.tests.factories import InvoiceFactory
from billing.tests.operations.invoice_dates import due
from patients.tests.factories import PatientFactory


@pytest.fixture
def patient(actor):
    return PatientFactory()


@pytest.fixture
def invoices(patient):
    """30.00 due on 20 June, 50.00 due on 1 June, 20.00 due on 10 June; all issued on 15 May."""
    return [
        InvoiceFactory(patient=patient, issued=True, total=total, issue_date=due(15, month=5), due_date=due(day))
        for total, day in (("30.00", 20), ("50.00", 1), ("20.00", 10))
    ]


@pytest.fixture
def take(actor, patient):
    """Take that much of the patient's money."""

    def take(amount, **given):
        given = {"method": PaymentMethod.CARD, **given}
        return take_payment(patient=patient, amount=Decimal(amount), **given, **actor)

    return take
