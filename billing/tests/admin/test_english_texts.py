"""Texts of Django and the theme that the English catalogue words otherwise: no page of the admin has the old ones."""

import re
from html import unescape

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from billing.tests.admin.model_admins import admin_models
from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory
from clinic.admin import change_url, list_url
from patients.tests.factories import AppointmentFactory

pytest.importorskip("babel", reason="of the development requirements")

from clinic.i18n.messages import read_catalog

pytestmark = pytest.mark.neutral

MODELS = sorted(admin_models(), key=lambda model: model._meta.label_lower)
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\}|<[^>]+>")


@pytest.fixture
def records(db, clerk):
    """A record of most models."""
    InvoiceFactory(refunded="10.00", tags=["urgent"])
    InvoiceFactory(credited=True)
    InvoiceFactory(written_off=True)
    PaymentFactory()
    ServiceFactory()
    AppointmentFactory()
    AccessAttempt.objects.create(username="clerk", failures_since_start=99)


def words(response):
    """The texts of a page and of its attributes, without tags."""
    page = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", response.content.decode())
    attributes = re.findall(r'(?:title|aria-label|placeholder|value)="([^"]*)"', page)
    return " ".join(unescape(" ".join([re.sub(r"<[^>]+>", " ", page), *attributes])).split())


def old_phrases():
    """The longest part of each text that is worded otherwise; single words are left out."""
    parts = (max(PLACEHOLDER.split(message.id), key=len).strip() for message in read_catalog("en") if message.id)
    return [part for part in parts if " " in part] + ["yielded into no results"]


def pages_of(model):
    """Yield the URLs of a model's pages: list, empty list, new record, and the pages of its first record."""
    yield list_url(model)
    yield f"{list_url(model)}?q=zzzzz"
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse(f"{name}_add")
    record = model._default_manager.first()
    if record is not None:
        yield change_url(record)
        yield reverse(f"{name}_history", args=[record.pk])
        yield reverse(f"{name}_delete", args=[record.pk])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
@pytest.mark.parametrize("language", ["en", "de"])
def test_pages_of_a_model_have_none_of_the_old_texts(admin_client, records, model, language):
    phrases = old_phrases()

    for url in pages_of(model):
        text = words(admin_client.get(url, headers={"Accept-Language": language}, follow=True))

        assert [phrase for phrase in phrases if phrase in text] == [], url


@pytest.mark.parametrize("language", ["en", "de"])
def test_pages_of_the_account_have_none_of_the_old_texts(admin_client, admin_user, language):
    phrases, anonymous = old_phrases(), Client()
    of_user = reverse("admin:auth_user_password_change", args=[admin_user.pk])
    urls = ["/admin/password_change/", "/admin/password_change/done/", of_user, "/admin/nothing/", "/admin/"]

    pages = [admin_client.get(url, headers={"Accept-Language": language}) for url in urls]
    pages.append(anonymous.post("/admin/login/", {"username": "a", "password": "b"}))
    pages.append(admin_client.post("/admin/logout/", headers={"Accept-Language": language}))

    assert [phrase for phrase in phrases for page in pages if phrase in words(page)] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_nobody_is_asked_to_confirm_a_deletion(admin_client, records, model):
    record = model._default_manager.first()
    if record is None:
        pytest.skip("the fixture has no record of this model, which has no page then")

    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_delete", args=[record.pk])

    assert admin_client.get(url).status_code == 403


def test_history_without_entries_has_a_message(admin_client):
    user = User.objects.create_user("new")

    page = words(admin_client.get(reverse("admin:auth_user_history", args=[user.pk])))

    assert "No changes have been recorded." in page


def test_page_of_a_lockout_shows_the_login_and_its_end(admin_client):
    attempt = AccessAttempt.objects.create(username="anna", failures_since_start=99)

    page = words(admin_client.get(change_url(attempt)))

    assert "anna" in page
    assert "locked until" in page
    assert "Attempted Access" not in page
    assert "('locked'" not in page


def test_django_uses_the_english_catalogue_and_its_texts_are_translated():
    english, german = [message for message in read_catalog("en") if message.id], read_catalog("de")

    with override("en"):
        assert [message.id for message in english if gettext(message.id) != message.string] == []
    assert [message.id for message in english if message.id not in german] == []
