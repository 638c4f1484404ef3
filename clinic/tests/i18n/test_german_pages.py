"""Pages of the admin that need no login, for a browser that prefers German."""

import pytest
from django.test import Client

from clinic.tests.lockouts import lock_out

pytestmark = pytest.mark.neutral


@pytest.fixture
def german_browser(db):
    return Client(headers={"Accept-Language": "de-AT,de;q=0.8"})


def test_login_page_is_in_german(german_browser):
    page = german_browser.get("/admin/login/").content.decode()

    assert '<html lang="de"' in page
    assert "Anmelden" in page


def test_lockout_page_is_in_german(german_browser):
    lock_out(address="127.0.0.1")

    page = german_browser.post("/admin/login/", {"username": "night-clerk", "password": "a guess"})

    assert page.status_code == 429
    assert "Versuchen Sie es in 14 Minuten wieder." in page.content.decode()


def test_page_of_an_ended_session_is_in_german(german_browser):
    page = german_browser.post("/admin/billing/tag/add/", {"name": "Härtefall"}).content.decode()

    assert "Ihre Sitzung ist beendet" in page
    assert "Anmelden und speichern" in page


def test_page_of_a_missing_address_is_in_german(german_browser, admin_user):
    german_browser.force_login(admin_user)

    assert "Seite nicht gefunden" in german_browser.get("/admin/nothing/").content.decode()
