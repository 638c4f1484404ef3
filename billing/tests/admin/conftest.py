"""Fixtures of the admin tests: logged-in clients of each role, and a patient."""

import pytest
from django.test import Client

from billing.tests.factories import ClerkFactory
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
