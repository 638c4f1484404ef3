"""The admin in German: no page contains an English text that has a translation."""

import os
import re
from pathlib import Path

import axes
import oauth2_provider
import pytest
import unfold
from django.contrib import admin, auth
from django.urls import reverse
from django.utils.translation import trans_real

from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.tests.browser.conftest import NARROW, WIDE, overflows
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.admin import change_url, list_url

pytest.importorskip("babel", reason="of the development requirements")

from billing.tests.admin.model_admins import admin_models
from clinic.i18n.messages import extract_messages, read_catalog, translations

pytestmark = pytest.mark.skipif(
    os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="looks the same on every database"
)

PROPER_NAMES = {"Clinic", "English", "patient"}  # a clinic, a language, a user
PLACEHOLDER = re.compile(r"%%|%\([a-z_]+\)[sd]")
# All texts of a page: visible texts, labels for screen readers, hints, buttons.
PAGE_TEXTS = """() => {
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const ignored = "script, style, template, .material-symbols-outlined, option";
    if (!walk.currentNode.parentElement.closest(ignored)) texts.push(walk.currentNode.textContent);
  }
  for (const element of document.querySelectorAll("*")) {
    for (const name of ["aria-label", "title", "placeholder", "alt"]) texts.push(element.getAttribute(name) || "");
    if (element.matches("input[type=submit], input[type=button]")) texts.push(element.value);
    if (element.matches("option")) texts.push(element.textContent);
  }
  return [document.title, ...texts].map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""


def pattern_of(text):
    """Return a pattern that matches the text with its placeholders filled."""
    parts = (re.escape(" ".join(part.split())) if part.strip() else part for part in PLACEHOLDER.split(text))
    return re.compile(r"\s*.+?\s*".join(parts).strip())


def texts_of_packages():
    """Yield the English texts of Django, the theme and other packages; not all have a German translation."""
    for package in (unfold, admin, auth, axes, oauth2_provider):
        yield from (english_forms(message)[0] for message in extract_messages(Path(package.__path__[0])))


def english_forms(message):
    """Return the English text, and its plural if it has one."""
    return message.id if message.pluralizable else (message.id,)


@pytest.fixture(scope="module")
def english():
    """Return the English texts with another German translation, and the patterns of those with placeholders."""
    ours = {
        text: form
        for message in read_catalog("de")
        for text, form in zip(english_forms(message), translations(message), strict=True)
    }
    theirs = trans_real.translation("de")._catalog._catalogs
    untranslated = {
        text for text in texts_of_packages() if all(text not in each and (text, 0) not in each for each in theirs)
    }
    texts = {text: form for each in theirs for text, form in each.items() if isinstance(text, str)} | ours
    texts = {text: form for text, form in texts.items() if text and form != text and "\4" not in text}
    german = {" ".join(form.split()) for form in texts.values() if isinstance(form, str)}
    plain = {" ".join(text.split()) for text in {*texts, *untranslated} if not PLACEHOLDER.search(text)} - german
    filled = [text for text in ours if text in texts and PLACEHOLDER.search(text)]
    return plain, [pattern_of(text) for text in filled if re.search(r"[A-Za-z]{4}", PLACEHOLDER.sub("", text))]


@pytest.fixture
def assert_german(english, axe, screenshot):
    """`assert_german(page, "name")`: check that no English text is left, and that the page is accessible and fits."""
    plain, filled = english

    def check(page, name, *, full_page=True):
        texts = page.evaluate(PAGE_TEXTS)
        left = {
            text for text in set(texts) - PROPER_NAMES if text in plain or any(each.fullmatch(text) for each in filled)
        }
        assert left == set(), name
        assert page.locator("html").get_attribute("lang") == "de"
        assert axe(page) == []
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": 900})
            page.look = str(width)
            assert not overflows(page), width
            screenshot(page, f"de-{name}", full_page=full_page)

    return check


@pytest.fixture
def page(open_page):
    return open_page("supervisor", language="de-DE")


PAGES = """index jobs billing_take_payment billing_books_check billing_booksclosing_close_books billing_keys
billing_invoice_add patients_patient_add patients_appointment_add billing_service_add auth_user_add
oauth2_provider_application_add""".split()
MODELS = sorted(admin_models(), key=lambda model: model._meta.label_lower)


class TestEveryPage:
    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
    def test_pages_of_every_model_are_in_german(self, open_page, first_of, assert_german, model):
        admin = open_page("admin", language="de-DE")
        record = first_of(model)
        admin.goto(list_url(model))
        assert_german(admin, f"{model._meta.model_name}-list", full_page=False)

        if record is not None:
            admin.goto(change_url(record))
            assert_german(admin, f"{model._meta.model_name}-page")

    @pytest.mark.parametrize("name", PAGES)
    def test_other_pages_are_in_german(self, open_page, assert_german, name):
        admin = open_page("admin", language="de-DE")
        admin.goto(reverse(f"admin:{name}"))

        assert_german(admin, name.replace("_", "-"))


class TestInvoice:
    @pytest.mark.parametrize("status", InvoiceStatus.values)
    def test_invoice_page_is_in_german_in_every_status(self, page, live_database, assert_german, status):
        page.goto(change_url(Invoice.objects.filter(status=status).order_by("created_at").first()))

        assert_german(page, f"invoice-{status.lower()}")

    def test_printed_invoice_is_in_german(self, page, live_database, assert_german):
        invoice = InvoiceFactory(total="1234.56", issued=True)
        page.goto(reverse("admin:billing_invoice_print", args=[invoice.pk]))

        assert "1.234,56" in page.locator("body").inner_text()

    def test_receipt_is_in_german_and_fits_a_phone(self, page, live_database, assert_german):
        invoice = InvoiceFactory(total="12345.67", issued=True)
        page.goto(reverse("admin:billing_receipt", args=[PaymentFactory(patient=invoice.patient).pk]))

        assert_german(page, "receipt")

    @pytest.mark.parametrize("action", ["pay", "credit-note", "correct", "void", "write-off"])
    def test_action_dialogs_are_in_german(self, page, live_database, assert_german, action):
        invoice = InvoiceFactory(total="1234.56", issued=True)
        page.goto(reverse("admin:billing_invoice_verb", args=[invoice.pk, action]))

        assert_german(page, f"dialog-{action}")


class TestPatient:
    def test_account_and_statement_are_in_german(self, page, live_database, assert_german):
        patient = Payment.objects.order_by("created_at").first().patient
        page.goto(change_url(patient))
        assert_german(page, "patient")

        page.goto(reverse("admin:patients_patient_statement", args=[patient.pk]))
        assert_german(page, "statement")


class TestLogin:
    def test_login_page_is_in_german(self, open_page, assert_german):
        page = open_page("", language="de-DE")
        page.goto("/admin/login/")

        assert_german(page, "login")
