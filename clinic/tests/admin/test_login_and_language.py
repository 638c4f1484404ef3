"""Login page of the admin, and the language of its pages."""

import pytest
from django.test import Client

from clinic.tests.admin.pages import text_of

pytestmark = pytest.mark.neutral


@pytest.fixture
def client():
    """A browser without a login."""
    return Client()


def test_login_leads_to_the_start_page_by_default(client, admin_user):
    assert '<input type="hidden" name="next" value="/admin/">' in text_of(client.get("/admin/login/"))


def test_login_leads_to_the_requested_page(client, admin_user):
    page = text_of(client.get("/admin/login/?next=/admin/auth/user/"))

    assert 'value="/admin/auth/user/"' in page


def test_admin_uses_the_language_of_the_browser(client, db):
    assert 'lang="de"' in text_of(client.get("/admin/login/", headers={"Accept-Language": "de"}))


def test_admin_uses_the_selected_language(client, db):
    client.post("/admin/language/", {"language": "de", "next": "/admin/login/"})

    assert 'lang="de"' in text_of(client.get("/admin/login/", headers={"Accept-Language": "en"}))


def test_language_is_selected_by_post_and_redirects_to_this_site_only(client, db):
    away = client.post("/admin/language/", {"language": "de", "next": "https://evil.example/"})

    assert away["Location"] == "/"
    assert not client.get("/admin/language/?language=de").cookies


def test_api_answers_in_english(api, supervisor):
    response = api(supervisor).post("/invoice/", {}, headers={"Accept-Language": "de"})

    assert "required" in response.content.decode()


def test_page_after_the_log_out_is_plain_and_leads_to_the_login(admin_client):
    page = admin_client.post("/admin/logout/").content.decode()

    assert "You are logged out" in page
    assert 'href="/admin/"' in page
    assert "quality time" not in page
