"""Fixtures of the admin tests: logged-in clients of each role, and a patient."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from billing.tests.factories import ClerkFactory, InvoiceFactory
from patients.tests.factories import PatientFactory


def _client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clerk_client(clerk):
    return _client_of(clerk)


@pytest.fixture
def supervisor_client(supervisor):
    return _client_of(supervisor)


@pytest.fixture
def auditor_client(auditor):
    return _client_of(auditor)


@pytest.fixture
def login_as(db):
    """`login_as("clerk")`: log in a new user of the role and return their client."""
    return lambda role: _client_of(ClerkFactory(username=role, role=role))


@pytest.fixture
def patient(db):
    return PatientFactory()


@pytest.fixture
def two_invoices(patient):
    """An older invoice over 60 and a newer one over 30."""
    month = timezone.now() - timedelta(days=40)
    older = InvoiceFactory(patient=patient, total="60.00", issued=True, at=month)
    return older, InvoiceFactory(patient=patient, total="30.00", issued=True)
