"""Browsers of each role."""

import pytest


@pytest.fixture
def clerks(client, clerk):
    client.force_login(clerk)
    return client


@pytest.fixture
def supervisors(client, supervisor):
    client.force_login(supervisor)
    return client


@pytest.fixture
def auditors(client, auditor):
    client.force_login(auditor)
    return client
