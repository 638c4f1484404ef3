"""Every page of the admin is accessible, and fits the screen, in every look."""

import os

import pytest
from django.urls import reverse

from billing.tests.admin.model_admins import admin_models
from billing.tests.browser.conftest import each_look, overflows
from clinic.admin import change_url, list_url

pytestmark = pytest.mark.skipif(
    os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="looks the same on every database"
)

MODELS = sorted(admin_models(), key=lambda model: model._meta.label_lower)
EDITABLE_MODELS = [
    "auth_user",
    "patients_patient",
    "patients_appointment",
    "billing_service",
    "billing_tag",
    "oauth2_provider_application",
]


@pytest.fixture
def assert_accessible(axe, screenshot):
    """`assert_accessible(page, "name")`: check the page in every look, and take a screenshot of each."""

    def check(page, name, *, full_page=True):
        for look in each_look(page):
            assert axe(page) == [], look
            assert not overflows(page), look
            screenshot(page, name, full_page=full_page)

    return check


@pytest.fixture
def page(open_page):
    return open_page("admin")


class TestEveryPage:
    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
    def test_pages_of_every_model_are_accessible(self, page, first_of, assert_accessible, model):
        name = model._meta.model_name
        record = first_of(model)
        page.goto(list_url(model))
        assert_accessible(page, f"{name}-list", full_page=False)

        if record is not None:
            page.goto(change_url(record))
            assert_accessible(page, f"{name}-page")

    @pytest.mark.parametrize("name", EDITABLE_MODELS)
    def test_forms_of_new_records_are_accessible(self, page, assert_accessible, name):
        page.goto(reverse(f"admin:{name}_add"))

        assert_accessible(page, f"{name}-new")

    def test_dashboard_is_accessible(self, page, assert_accessible):
        page.goto("/admin/")

        assert_accessible(page, "overview")


class TestLogin:
    def test_login_page_is_accessible(self, open_page, assert_accessible):
        page = open_page("")
        page.goto("/admin/")

        assert_accessible(page, "login")

    def test_refused_login_shows_a_message(self, open_page, assert_accessible):
        page = open_page("")
        page.goto("/admin/login/")
        page.get_by_label("Username").fill("nobody")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()

        assert "password is wrong" in page.get_by_role("alert").inner_text()
        assert_accessible(page, "login-refused")


class TestErrorPages:
    def test_unknown_page_shows_a_message(self, open_page, watch, screenshot):
        watch.expects(404)
        page = open_page("clerk")
        page.goto("/admin/nothing/")

        assert page.get_by_role("heading").inner_text() == "Page not found"
        screenshot(page, "not-found")

    def test_forbidden_page_shows_a_message(self, open_page, watch, screenshot):
        watch.expects(403)
        page = open_page("clerk")
        page.goto("/admin/auth/user/")

        assert page.get_by_role("heading").inner_text() == "You don't have permission to do this"
        screenshot(page, "not-allowed")
