"""Every page of the admin holds up in a browser: no error, no other host, readable for all, nothing sticks out."""

import os

import pytest
from django.contrib.admin import site
from django.urls import reverse

from billing.tests.browser.conftest import is_too_wide, looks
from clinic.admin import change_url, list_url

pytestmark = pytest.mark.skipif(
    os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="looks the same on every database"
)

MODELS = sorted(site._registry, key=lambda model: model._meta.label_lower)
KEPT = [
    "auth_user",
    "patients_patient",
    "patients_appointment",
    "billing_service",
    "billing_tag",
    "oauth2_provider_application",
]


@pytest.fixture
def is_sound(axe, shoot):
    """`is_sound(page, "name")`: in every look, with a picture of each."""

    def judge(page, name, *, whole=True):
        for look in looks(page):
            assert axe(page) == [], look
            assert not is_too_wide(page), look
            shoot(page, name, whole=whole)

    return judge


@pytest.fixture
def admin(page):
    return page("admin")


class TestEveryPage:
    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
    def test_of_a_model_is_sound(self, admin, first_of, is_sound, model):
        name = model._meta.model_name
        record = first_of(model)
        admin.goto(list_url(model))
        is_sound(admin, f"{name}-list", whole=False)

        if record is not None:
            admin.goto(change_url(record))
            is_sound(admin, f"{name}-page")

    @pytest.mark.parametrize("name", KEPT)
    def test_for_a_new_record_is_sound(self, admin, is_sound, name):
        admin.goto(reverse(f"admin:{name}_add"))

        is_sound(admin, f"{name}-new")

    def test_at_first_is_sound(self, admin, is_sound):
        admin.goto("/admin/")

        is_sound(admin, "overview")


class TestLogin:
    def test_is_sound(self, page, is_sound):
        door = page("")
        door.goto("/admin/")

        is_sound(door, "login")

    def test_that_is_refused_says_so(self, page, is_sound):
        door = page("")
        door.goto("/admin/login/")
        door.get_by_label("Username").fill("nobody")
        door.get_by_label("Password").fill("wrong")
        door.get_by_role("button", name="Log in").click()

        assert "correct username and password" in door.get_by_role("alert").inner_text()
        is_sound(door, "login-refused")


class TestPageThatIsNotThere:
    def test_says_so_in_plain_words(self, page, watch, shoot):
        watch.expects(404)
        desk = page("clerk")
        desk.goto("/admin/nothing/")

        assert desk.get_by_role("heading").inner_text() == "There is no such page"
        shoot(desk, "not-found")

    def test_or_not_for_this_role_says_so(self, page, watch, shoot):
        watch.expects(403)
        desk = page("clerk")
        desk.goto("/admin/auth/user/")

        assert desk.get_by_role("heading").inner_text() == "Not yours to do"
        shoot(desk, "not-allowed")
