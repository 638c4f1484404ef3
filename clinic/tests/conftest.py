"""Fixtures of the project's tests: clients, a complete deployment, and five patients."""

from datetime import date

import pytest
from django.test import Client

from clinic.tests.check_messages import STRONG
from patients.tests.factories import PatientFactory


@pytest.fixture
def client(api, clerk):
    """An API client of the clerk."""
    return api(clerk)


@pytest.fixture
def browser():
    """`browser(user)`: a client that is logged in to the admin."""

    def log_in(user):
        browser = Client()
        browser.force_login(user)
        return browser

    return log_in


@pytest.fixture
def clinic(settings, tmp_path):
    """Settings of a complete deployment, which passes every check."""
    (tmp_path / "admin").mkdir()
    settings.CLINIC_DEMO = False
    settings.START_REFUSED = ""
    settings.SECRET_KEY = STRONG
    settings.ALLOWED_HOSTS = ["billing.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    settings.STATIC_ROOT = tmp_path
    settings.PROMETHEUS_MULTIPROC_DIR = str(tmp_path)
    return settings


@pytest.fixture
def five(db):
    """Five patients; two born on the same day, two without a birth date."""
    born = [date(1990, 1, 1), None, date(1980, 1, 1), date(1990, 1, 1), None]
    return [PatientFactory(given_name=f"{place}", family_name="Kim", birth_date=day) for place, day in enumerate(born)]
