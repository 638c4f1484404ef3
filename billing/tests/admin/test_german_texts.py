"""The desk in German: what pages and refusals say, and what is taken for which amount."""

import ast
import re
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.translation import override

import billing
import patients
from billing.choices import PaymentMethod
from billing.models import Invoice, Payment, Service
from billing.rules.settlement import OverRefund
from billing.tests.admin.dialog_requests import ask, foretold, said, send
from billing.tests.admin.draft_requests import FIGURES, NEW, head, lines
from billing.tests.admin.test_take_payment_page import DESK, submit_payment
from billing.tests.factories import InvoiceFactory, ServiceFactory
from clinic.admin import localized_message
from clinic.admin.error_messages import error_messages
from clinic.domain.errors import FieldError, RuleBroken, StaleVersion
from patients.tests.factories import PatientFactory

# Refused to programs alone: no form of the admin can bring them about.
OF_THE_API = {"insufficient_scope", "idempotency_key_in_flight", "unknown_record"}
# Worded by the desk itself, in gettext.
OF_THE_DESK = {"too_many_tags", "account_changed"}


@pytest.fixture
def desk(client, supervisor):
    client.force_login(supervisor)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de-DE,de;q=0.9"
    return client


@pytest.fixture
def patient(db):
    return PatientFactory()


def kinds(of=RuleBroken):
    """Every kind of refusal."""
    for package in (billing, patients):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if ".tests" not in module.name and ".migrations" not in module.name:
                import_module(module.name)
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def codes_of_values():
    """Every code that a rule, a model or an operation gives to one wrong value."""
    folders = ["billing/rules", "billing/models", "billing/operations", "patients/models"]
    for file in (file for folder in folders for file in Path(settings.BASE_DIR, folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            named = [each.value for each in node.keywords if each.arg == "code"]
            if isinstance(node.func, ast.Name) and node.func.id == "FieldError":
                named.append(node.args[1])
            if isinstance(node.func, ast.Name) and node.func.id == "ValidationError":
                continue  # Django's own, and translated where it is raised
            yield from (each.value for each in named if isinstance(each, ast.Constant))


class TestRefusal:
    def test_of_every_kind_has_a_german_sentence(self):
        elsewhere = re.compile(r"\.tests|^clinic\.api")
        ours = {kind.code for kind in kinds() if not elsewhere.search(kind.__module__)}
        codes = (ours | set(codes_of_values())) - OF_THE_API - OF_THE_DESK

        with override("de"):
            german = {code: localized_message(RuleBroken("English.", code=code)) for code in codes}

        assert [code for code, sentence in sorted(german.items()) if sentence == "English."] == []
        with override("en"):
            assert [code for code in codes if german[code] == str(error_messages()[code])] == []

    def test_says_how_much_would_be_possible(self):
        refusal = OverRefund("100.00 is more than was paid: 60.00 can be refunded.", room=Decimal("1060.00"))

        with override("de"):
            assert localized_message(refusal).replace("\N{NO-BREAK SPACE}", " ") == (
                "Das ist mehr, als gezahlt wurde und zurückgezahlt werden kann. Höchstens 1.060,00 EUR."
            )

    def test_in_english_is_the_sentence_of_the_rule_with_its_figures(self):
        assert localized_message(OverRefund("60.00 can be refunded.", room=Decimal(60))) == "60.00 can be refunded."

    def test_of_one_value_is_that_of_the_value(self):
        refusal = RuleBroken("Two.", errors=[error := FieldError("/amount", "not_positive", "Above zero.")])

        with override("de"):
            assert localized_message(refusal, error) == "Der Betrag muss über null liegen."

    def test_that_nobody_explained_stays_as_it_is(self):
        with override("de"):
            assert localized_message(StaleVersion("Neu: INV-1.", code="account_changed")) == "Neu: INV-1."

    def test_is_said_in_a_dialog(self, desk):
        invoice = InvoiceFactory(total="1234.56", issued=True)

        page = send(desk, invoice, "write-off", amount="2000", reason="Kein Kontakt").content.decode()

        assert "Das ist mehr, als ausgebucht werden kann. Höchstens 1.234,56" in page
        assert "more than remains" not in page


class TestAmount:
    def test_is_shown_and_proposed_in_german(self, desk):
        page = ask(desk, InvoiceFactory(total="1234.56", issued=True), "pay")

        assert "1.234,56\N{NO-BREAK SPACE}EUR" in page
        assert 'value="1234,56"' in page

    @pytest.mark.parametrize("typed", ["12,50", "12.50"])
    def test_may_have_a_comma_or_a_point(self, desk, typed):
        invoice = InvoiceFactory(total="100.00", issued=True)

        answer = send(desk, invoice, "pay", amount=typed, method=PaymentMethod.CASH)

        assert "12,50\N{NO-BREAK SPACE}EUR auf" in said(answer)[0]
        assert Payment.objects.get().amount == Decimal("12.50")

    def test_with_its_thousands_is_what_it_says(self, desk):
        invoice = InvoiceFactory(total="5000.00", issued=True)

        send(desk, invoice, "pay", amount="1.234,56", method=PaymentMethod.CASH)

        assert Payment.objects.get().amount == Decimal("1234.56")

    @pytest.mark.parametrize("typed", ["1.234", "12.500", "1,234"])
    def test_that_may_be_another_moves_nothing(self, desk, typed):
        invoice = InvoiceFactory(total="50000.00", issued=True)

        answer = send(desk, invoice, "pay", amount=typed, method=PaymentMethod.CASH)

        assert answer.status_code == 200
        assert not Payment.objects.exists()

    def test_is_foretold_by_the_same_reading(self, desk):
        invoice = InvoiceFactory(total="2000.00", issued=True)

        for typed in ("1.234,56", "1234.56", "1234,56"):
            assert "Danach offen 765,44 EUR" in foretold(desk, invoice, "pay", amount=typed, method="cash")

    def test_that_the_cash_desk_proposes_comes_back_as_it_was(self, desk, patient):
        InvoiceFactory(patient=patient, total="1234.50", issued=True)

        assert 'value="1234,50"' in desk.get(DESK, {"patient": patient.pk}).content.decode()
        submit_payment(desk, patient, amount="1.234,50", tendered="1300")

        assert Payment.objects.get().amount == Decimal("1234.50")


class TestDraft:
    def test_adds_up_what_is_typed_in_german(self, desk, patient):
        row = {"description": "Beratung", "quantity": "1,5", "unit_price": "1.234,56"}

        told = desk.post(FIGURES, head(patient) | lines(row)).json()

        assert told["total"] == "1.851,84"

    def test_is_saved_as_it_was_added_up(self, desk, patient):
        row = {"description": "Beratung", "quantity": "1,5", "unit_price": "1.234,56"}

        desk.post(NEW, head(patient) | lines(row))

        draft = Invoice.objects.get()
        assert draft.total_amount == Decimal("1851.84")
        page = desk.get(reverse("admin:billing_invoice_change", args=[draft.pk])).content.decode()
        assert 'value="1,5"' in page
        assert 'value="1234,56"' in page

    @pytest.mark.parametrize("name", ["quantity", "unit_price"])
    def test_is_not_saved_with_a_number_of_two_meanings(self, desk, patient, name):
        row = {"description": "Beratung", "quantity": "1", "unit_price": "1", name: "1.234"}

        page = desk.post(NEW, head(patient) | lines(row)).content.decode()

        assert "„1.234“ ist zweideutig. Schreiben Sie 1234 oder 1,234." in page
        assert not Invoice.objects.exists()


class TestPriceList:
    def test_takes_a_price_as_german_writes_it(self, desk):
        sent = {
            "code": "GP-99",
            "description": "Beratung",
            "unit_price": "1.234,5678",
            "tax_rate": "7,5",
            "active": "on",
        }

        desk.post("/admin/billing/service/add/", sent)

        service = Service.objects.get()
        assert (service.unit_price, service.tax_rate) == (Decimal("1234.5678"), Decimal("7.5"))
        page = desk.get(f"/admin/billing/service/{service.pk}/change/").content.decode()
        assert 'value="1234,5678"' in page

    def test_shows_a_price_to_the_cent(self, desk):
        service = ServiceFactory(unit_price="94")

        assert 'value="94,00"' in desk.get(f"/admin/billing/service/{service.pk}/change/").content.decode()

    def test_refuses_a_price_of_two_meanings(self, desk):
        sent = {"code": "GP-99", "description": "Beratung", "unit_price": "1.234", "tax_rate": "0", "active": "on"}

        page = desk.post("/admin/billing/service/add/", sent).content.decode()

        assert "zweideutig" in page
        assert not Service.objects.exists()


class TestList:
    def test_is_narrowed_by_amounts_as_german_writes_them(self, desk):
        InvoiceFactory(total="1234.56", issued=True)
        InvoiceFactory(total="1234.57", issued=True)

        page = desk.get("/admin/billing/invoice/", {"total_amount_from": "1.234,57"}).content.decode()

        assert "1.234,57" in page
        assert "1.234,56" not in page

    def test_refuses_an_amount_of_two_meanings(self, desk):
        InvoiceFactory(total="1.23", issued=True)

        answer = desk.get("/admin/billing/invoice/", {"total_amount_from": "1.234"})

        assert answer.status_code == 302
        assert answer.headers["Location"].endswith("?e=1")

    def test_says_when_it_is_due_and_since_when_overdue(self, desk, noon):
        InvoiceFactory(issued=True, at=noon - timedelta(days=42))

        page = desk.get("/admin/billing/invoice/").content.decode()

        assert "03.06.2026" in page
        assert "überfällig seit 12 Tagen" in page


class TestRole:
    def test_says_its_rights_in_german(self, client, admin_user):
        client.force_login(admin_user)
        url = reverse("admin:auth_group_change", args=[Group.objects.get(name="clerk").pk])

        page = client.get(url, HTTP_ACCEPT_LANGUAGE="de").content.decode()

        assert "Darf anlegen: Rechnungen" in page
        assert not re.search(r"\bCan \w", page)


class TestApi:
    def test_speaks_english_whatever_a_program_would_like(self, api, supervisor):
        invoice = InvoiceFactory(total="100.00", issued=True)

        answer = api(supervisor).post(
            f"/invoice/{invoice.pk}/write-off/",
            {"amount": "200.00", "reason": "None"},
            headers={"Accept-Language": "de"},
        )

        assert answer.json()["detail"] == "200.00 is more than remains: 100.00 can be written off."
