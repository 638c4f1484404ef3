"""The desk in German: every page that a clerk sees, without an English word of ours left on it."""

import os
import re
from pathlib import Path

import axes
import oauth2_provider
import pytest
import unfold
from django.contrib import admin, auth
from django.contrib.admin import site
from django.urls import reverse
from django.utils.translation import trans_real

from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.tests.browser.conftest import NARROW, WIDE, is_too_wide
from billing.tests.factories import InvoiceFactory
from clinic.admin import change_url, list_url

pytest.importorskip("babel", reason="of the development requirements")

from clinic.i18n.messages import extract_messages, read_catalog, translations

pytestmark = pytest.mark.skipif(
    os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="looks the same on every database"
)

NAMES = {"Clinic", "English", "patient"}  # of the clinic, a language, a login
PLACE = re.compile(r"%%|%\([a-z_]+\)[sd]")
# What is said to a person: texts, labels for a screen reader, hints, the words of buttons.
SAID = """() => {
  const said = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const unseen = "script, style, template, .material-symbols-outlined, option";
    if (!walk.currentNode.parentElement.closest(unseen)) said.push(walk.currentNode.textContent);
  }
  for (const element of document.querySelectorAll("*")) {
    for (const name of ["aria-label", "title", "placeholder", "alt"]) said.push(element.getAttribute(name) || "");
    if (element.matches("input[type=submit], input[type=button]")) said.push(element.value);
    if (element.matches("option")) said.push(element.textContent);
  }
  return [document.title, ...said].map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""


def pattern_of(text):
    """What a text looks like once its places are filled."""
    parts = (re.escape(" ".join(part.split())) if part.strip() else part for part in PLACE.split(text))
    return re.compile(r"\s*.+?\s*".join(parts).strip())


def texts_of_packages():
    """The English texts of Django, the theme and other packages; not all of them have a German translation."""
    for package in (unfold, admin, auth, axes, oauth2_provider):
        yield from (english_forms(message)[0] for message in extract_messages(Path(package.__path__[0])))


def english_forms(message):
    """The English text, and its plural where it has one."""
    return message.id if message.pluralizable else (message.id,)


@pytest.fixture(scope="module")
def english():
    """The English of every text that German says otherwise: ours, and those of Django that pages show."""
    ours = {
        text: form
        for message in read_catalog("de")
        for text, form in zip(english_forms(message), translations(message), strict=True)
    }
    theirs = trans_real.translation("de")._catalog._catalogs
    untold = {
        text for text in texts_of_packages() if all(text not in each and (text, 0) not in each for each in theirs)
    }
    texts = {text: form for each in theirs for text, form in each.items() if isinstance(text, str)} | ours
    texts = {text: form for text, form in texts.items() if text and form != text and "\4" not in text}
    german = {" ".join(form.split()) for form in texts.values() if isinstance(form, str)}
    plain = {" ".join(text.split()) for text in {*texts, *untold} if not PLACE.search(text)} - german
    filled = [text for text in ours if text in texts and PLACE.search(text)]
    return plain, [pattern_of(text) for text in filled if re.search(r"[A-Za-z]{4}", PLACE.sub("", text))]


@pytest.fixture
def is_german(english, axe, shoot):
    """`is_german(page, "name")`: no English is left, it is sound in every look, with a picture of each."""
    plain, filled = english

    def judge(page, name, *, whole=True):
        said = page.evaluate(SAID)
        left = {text for text in set(said) - NAMES if text in plain or any(each.fullmatch(text) for each in filled)}
        assert left == set(), name
        assert page.locator("html").get_attribute("lang") == "de"
        assert axe(page) == []
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": 900})
            page.told = str(width)
            assert not is_too_wide(page), width
            shoot(page, f"de-{name}", whole=whole)

    return judge


@pytest.fixture
def desk(page):
    return page("supervisor", language="de-DE")


PAGES = """index billing_take_payment billing_books_check billing_keys billing_invoice_add patients_patient_add
patients_appointment_add billing_service_add auth_user_add oauth2_provider_application_add""".split()
MODELS = sorted(site._registry, key=lambda model: model._meta.label_lower)


class TestEveryPage:
    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
    def test_of_a_model_is_in_german(self, page, first_of, is_german, model):
        admin = page("admin", language="de-DE")
        record = first_of(model)
        admin.goto(list_url(model))
        is_german(admin, f"{model._meta.model_name}-list", whole=False)

        if record is not None:
            admin.goto(change_url(record))
            is_german(admin, f"{model._meta.model_name}-page")

    @pytest.mark.parametrize("name", PAGES)
    def test_of_the_desk_is_in_german(self, page, is_german, name):
        admin = page("admin", language="de-DE")
        admin.goto(reverse(f"admin:{name}"))

        is_german(admin, name.replace("_", "-"))


class TestInvoice:
    @pytest.mark.parametrize("status", InvoiceStatus.values)
    def test_in_every_status_is_in_german(self, desk, on_the_desk, is_german, status):
        desk.goto(change_url(Invoice.objects.filter(status=status).order_by("created_at").first()))

        is_german(desk, f"invoice-{status.lower()}")

    def test_on_paper_is_in_german(self, desk, on_the_desk, is_german):
        invoice = InvoiceFactory(total="1234.56", issued=True)
        desk.goto(reverse("admin:billing_invoice_print", args=[invoice.pk]))

        assert "1.234,56" in desk.locator("body").inner_text()

    @pytest.mark.parametrize("verb", ["pay", "credit-note", "correct", "void", "write-off"])
    def test_has_its_verbs_in_german(self, desk, on_the_desk, is_german, verb):
        invoice = InvoiceFactory(total="1234.56", issued=True)
        desk.goto(reverse("admin:billing_invoice_verb", args=[invoice.pk, verb]))

        is_german(desk, f"verb-{verb}")


class TestPatient:
    def test_has_account_and_statement_in_german(self, desk, on_the_desk, is_german):
        patient = Payment.objects.order_by("created_at").first().patient
        desk.goto(change_url(patient))
        is_german(desk, "patient")

        desk.goto(reverse("admin:patients_patient_statement", args=[patient.pk]))
        is_german(desk, "statement")


class TestDoor:
    def test_asks_in_german(self, page, is_german):
        door = page("", language="de-DE")
        door.goto("/admin/login/")

        is_german(door, "login")
