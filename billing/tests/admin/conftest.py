"""Browsers of each role, and a patient."""

import pytest

from patients.tests.factories import PatientFactory


@pytest.fixture
def clerks(client, clerk):
    client.force_login(clerk)
    return client


@pytest.fixture
def desk(clerks):
    """Where drafts are written; a module whose desk is somebody else's says so."""
    return clerks


@pytest.fixture
def patient(db):
    return PatientFactory()


@pytest.fixture
def supervisors(client, supervisor):
    client.force_login(supervisor)
    return client


@pytest.fixture
def auditors(client, auditor):
    client.force_login(auditor)
    return client
