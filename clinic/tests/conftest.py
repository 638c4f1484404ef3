"""Who asks the API, where it does not matter about what; and an installation that is set up as it should be."""

from datetime import date

import pytest
from django.test import Client

from clinic.tests.findings import STRONG
from patients.tests.factories import PatientFactory


@pytest.fixture
def client(api, clerk):
    """The clerk's client of the API."""
    return api(clerk)


@pytest.fixture
def browser():
    """`browser(user)`: somebody's browser at the admin."""

    def of(user):
        browser = Client()
        browser.force_login(user)
        return browser

    return of


@pytest.fixture
def clinic(settings, tmp_path):
    """An installation that has everything right."""
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
    """Five patients; two born on the same day, two of unknown birth."""
    born = [date(1990, 1, 1), None, date(1980, 1, 1), date(1990, 1, 1), None]
    return [PatientFactory(given_name=f"{place}", family_name="Kim", birth_date=day) for place, day in enumerate(born)]
