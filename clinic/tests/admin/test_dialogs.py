"""Dialogs of admin actions."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client

from clinic.testing import in_role
from clinic.tests.admin.pages import ATTEMPTS, HTMX, text_of
from clinic.tests.lockouts import lock_out

pytestmark = pytest.mark.neutral


@pytest.fixture
def url(db):
    return f"{ATTEMPTS}{lock_out().pk}/let_in/"


def test_opening_a_dialog_changes_nothing(admin_client, url):
    response = admin_client.get(url, headers=HTMX)

    assert response.status_code == 200
    assert "Verify who is asking." in text_of(response)
    assert "<html" not in text_of(response)
    assert AccessAttempt.objects.exists()


def test_dialog_is_a_page_without_javascript(admin_client, url):
    assert "<html" in text_of(admin_client.get(url))


def test_submitting_a_dialog_performs_the_action(admin_client, url):
    response = admin_client.post(url, headers=HTMX)

    assert response.headers["HX-Redirect"] == ATTEMPTS
    assert not AccessAttempt.objects.exists()


def test_submitting_a_dialog_without_javascript_redirects_back(admin_client, url):
    response = admin_client.post(url)

    assert (response.status_code, response["Location"]) == (302, ATTEMPTS)


def test_preview_of_a_dialog_changes_nothing(admin_client, url):
    admin_client.post(url, {"_preview": "1"}, headers=HTMX)

    assert AccessAttempt.objects.exists()


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_dialog_refuses_other_methods(admin_client, url, method):
    assert getattr(admin_client, method)(url).status_code == 405
    assert AccessAttempt.objects.exists()


@pytest.mark.parametrize("role", ["clerk", "auditor", "integration"])
def test_dialog_is_refused_without_permission(browser, url, role):
    client = browser(in_role(User.objects.create_user(role, is_staff=True), role))

    assert client.get(url).status_code == 403
    assert client.post(url).status_code == 403
    assert AccessAttempt.objects.exists()


def test_dialog_of_a_missing_record_is_not_found(admin_client, url):
    AccessAttempt.objects.all().delete()

    assert admin_client.get(url).status_code == 404


def test_dialog_is_refused_without_csrf_token(admin_user, url):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin_user)

    assert browser.post(url).status_code == 403
    assert AccessAttempt.objects.exists()
