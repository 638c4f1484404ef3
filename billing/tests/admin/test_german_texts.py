"""The admin in German: messages, amounts, drafts, price list, roles; and the API, which stays English."""

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
from billing.tests.admin.dialog_requests import messages_of, open_dialog, preview_text, submit
from billing.tests.admin.draft_requests import NEW_URL, TOTALS_URL, header_data, item_data
from billing.tests.admin.payment_page import PAYMENT_URL, submit_payment
from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory
from clinic.admin import localized_message
from clinic.admin.error_messages import error_messages
from clinic.domain.errors import FieldError, RuleBroken, StaleVersion
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

# Codes of the API; no form of the admin can cause them.
API_CODES = {"insufficient_scope", "idempotency_key_in_flight", "unknown_record"}
# Worded by the german_client itself, in gettext.
ADMIN_CODES = {"too_many_tags", "account_changed"}


@pytest.fixture
def german_client(supervisor_client):
    supervisor_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de-DE,de;q=0.9"
    return supervisor_client


@pytest.fixture
def patient(db):
    return PatientFactory()


def subclasses_of(error=RuleBroken):
    """Yield all subclasses of an error."""
    for package in (billing, patients):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if ".tests" not in module.name and ".migrations" not in module.name:
                import_module(module.name)
    for kind in error.__subclasses__():
        yield kind
        yield from subclasses_of(kind)


def field_error_codes():
    """Yield the code of every field error in rules, models and operations."""
    folders = ["billing/rules", "billing/models", "billing/operations", "patients/models"]
    for file in (file for folder in folders for file in Path(settings.BASE_DIR, folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            named = [each.value for each in node.keywords if each.arg == "code"]
            if isinstance(node.func, ast.Name) and node.func.id == "FieldError":
                named.append(node.args[1])
            if isinstance(node.func, ast.Name) and node.func.id == "ValidationError":
                continue  # Django translates it where it is raised
            yield from (each.value for each in named if isinstance(each, ast.Constant))


class TestRefusal:
    def test_every_error_code_has_a_german_message(self):
        elsewhere = re.compile(r"\.tests|^clinic\.api")
        ours = {kind.code for kind in subclasses_of() if not elsewhere.search(kind.__module__)}
        codes = (ours | set(field_error_codes())) - API_CODES - ADMIN_CODES

        with override("de"):
            german = {code: localized_message(RuleBroken("English.", code=code)) for code in codes}

        assert [code for code, sentence in sorted(german.items()) if sentence == "English."] == []
        with override("en"):
            assert [code for code in codes if german[code] == str(error_messages()[code])] == []

    def test_german_message_contains_the_possible_amount(self):
        refusal = OverRefund("100.00 is more than was paid. At most 60.00 can be refunded.", room=Decimal("1060.00"))

        with override("de"):
            assert localized_message(refusal).replace("\N{NO-BREAK SPACE}", " ") == (
                "Das ist mehr, als zurückgezahlt werden kann. Höchstens 1.060,00 EUR."
            )

    def test_english_message_is_that_of_the_rule(self):
        assert localized_message(OverRefund("60.00 can be refunded.", room=Decimal(60))) == "60.00 can be refunded."

    def test_message_of_a_field_error_is_that_of_its_code(self):
        refusal = RuleBroken("Two.", errors=[error := FieldError("/amount", "not_positive", "Above zero.")])

        with override("de"):
            assert localized_message(refusal, error) == "Der Betrag muss über null liegen."

    def test_message_of_an_unknown_code_is_not_translated(self):
        with override("de"):
            assert localized_message(StaleVersion("Neu: INV-1.", code="account_changed")) == "Neu: INV-1."

    def test_refusal_is_shown_in_german_in_the_dialog(self, german_client):
        invoice = InvoiceFactory(total="1234.56", issued=True)

        page = submit(german_client, invoice, "write-off", amount="2000", reason="Kein Kontakt").content.decode()

        assert "Das ist mehr, als ausgebucht werden kann. Höchstens 1.234,56" in page
        assert "more than the amount due" not in page

    def test_preview_of_a_refund_above_the_credit_has_the_limit_in_german(self, german_client):
        payment = PaymentFactory(amount=Decimal("50.00"))

        assert "Höchstens 50,00 EUR." in preview_text(german_client, payment, "refund", amount="60", method="card")


class TestAmount:
    def test_amounts_are_displayed_and_preset_in_german(self, german_client):
        page = open_dialog(german_client, InvoiceFactory(total="1234.56", issued=True), "pay")

        assert "1.234,56\N{NO-BREAK SPACE}EUR" in page
        assert 'value="1234,56"' in page

    @pytest.mark.parametrize("typed", ["12,50", "12.50"])
    def test_amount_may_have_a_comma_or_a_point(self, german_client, typed):
        invoice = InvoiceFactory(total="100.00", issued=True)

        response = submit(german_client, invoice, "pay", amount=typed, method=PaymentMethod.CASH)

        assert "12,50\N{NO-BREAK SPACE}EUR auf" in messages_of(response)[0]
        assert Payment.objects.get().amount == Decimal("12.50")

    def test_amount_with_thousands_separator_is_read(self, german_client):
        invoice = InvoiceFactory(total="5000.00", issued=True)

        submit(german_client, invoice, "pay", amount="1.234,56", method=PaymentMethod.CASH)

        assert Payment.objects.get().amount == Decimal("1234.56")

    @pytest.mark.parametrize("typed", ["1.234", "12.500", "1,234"])
    def test_ambiguous_amount_is_refused(self, german_client, typed):
        invoice = InvoiceFactory(total="50000.00", issued=True)

        response = submit(german_client, invoice, "pay", amount=typed, method=PaymentMethod.CASH)

        assert response.status_code == 200
        assert not Payment.objects.exists()

    def test_preview_reads_amounts_as_the_form_does(self, german_client):
        invoice = InvoiceFactory(total="2000.00", issued=True)

        for typed in ("1.234,56", "1234.56", "1234,56"):
            assert "Danach offen 765,44 EUR" in preview_text(german_client, invoice, "pay", amount=typed, method="cash")

    def test_proposed_allocation_is_read_back_unchanged(self, german_client, patient):
        InvoiceFactory(patient=patient, total="1234.50", issued=True)

        assert 'value="1234,50"' in german_client.get(PAYMENT_URL, {"patient": patient.pk}).content.decode()
        submit_payment(german_client, patient, amount="1.234,50", tendered="1300")

        assert Payment.objects.get().amount == Decimal("1234.50")


class TestDraft:
    def test_draft_totals_read_german_numbers(self, german_client, patient):
        row = {"description": "Beratung", "quantity": "1,5", "unit_price": "1.234,56"}

        result = german_client.post(TOTALS_URL, header_data(patient) | item_data(row)).json()

        assert result["total"] == "1.851,84"

    def test_draft_is_saved_with_german_numbers(self, german_client, patient):
        row = {"description": "Beratung", "quantity": "1,5", "unit_price": "1.234,56"}

        german_client.post(NEW_URL, header_data(patient) | item_data(row))

        draft = Invoice.objects.get()
        assert draft.total_amount == Decimal("1851.84")
        page = german_client.get(reverse("admin:billing_invoice_change", args=[draft.pk])).content.decode()
        assert 'value="1,5"' in page
        assert 'value="1234,56"' in page

    @pytest.mark.parametrize("name", ["quantity", "unit_price"])
    def test_draft_with_an_ambiguous_number_is_not_saved(self, german_client, patient, name):
        row = {"description": "Beratung", "quantity": "1", "unit_price": "1", name: "1.234"}

        page = german_client.post(NEW_URL, header_data(patient) | item_data(row)).content.decode()

        assert "„1.234“ ist mehrdeutig. Geben Sie 1234 oder 1,234 ein." in page
        assert not Invoice.objects.exists()


class TestPriceList:
    def test_price_list_reads_a_german_price(self, german_client):
        sent = {
            "code": "GP-99",
            "description": "Beratung",
            "unit_price": "1.234,5678",
            "tax_rate": "7,5",
            "active": "on",
        }

        german_client.post("/admin/billing/service/add/", sent)

        service = Service.objects.get()
        assert (service.unit_price, service.tax_rate) == (Decimal("1234.5678"), Decimal("7.5"))
        page = german_client.get(f"/admin/billing/service/{service.pk}/change/").content.decode()
        assert 'value="1234,5678"' in page

    def test_price_list_displays_a_price_with_two_decimals(self, german_client):
        service = ServiceFactory(unit_price="94")

        assert 'value="94,00"' in german_client.get(f"/admin/billing/service/{service.pk}/change/").content.decode()

    def test_price_list_refuses_an_ambiguous_price(self, german_client):
        sent = {"code": "GP-99", "description": "Beratung", "unit_price": "1.234", "tax_rate": "0", "active": "on"}

        page = german_client.post("/admin/billing/service/add/", sent).content.decode()

        assert "mehrdeutig" in page
        assert not Service.objects.exists()


class TestInvoiceList:
    def test_amount_filter_reads_german_numbers(self, german_client):
        InvoiceFactory(total="1234.56", issued=True)
        InvoiceFactory(total="1234.57", issued=True)

        page = german_client.get("/admin/billing/invoice/", {"total_amount_from": "1.234,57"}).content.decode()

        assert "1.234,57" in page
        assert "1.234,56" not in page

    def test_amount_filter_refuses_an_ambiguous_number(self, german_client):
        InvoiceFactory(total="1.23", issued=True)

        response = german_client.get("/admin/billing/invoice/", {"total_amount_from": "1.234"})

        assert response.status_code == 302
        assert response.headers["Location"].endswith("?e=1")

    def test_due_date_and_days_overdue_are_in_german(self, german_client, noon):
        InvoiceFactory(issued=True, at=noon - timedelta(days=42))

        page = german_client.get("/admin/billing/invoice/").content.decode()

        assert "03.06.2026" in page
        assert "überfällig seit 12 Tagen" in page


class TestRole:
    def test_permissions_of_a_role_are_in_german(self, client, admin_user):
        client.force_login(admin_user)
        url = reverse("admin:auth_group_change", args=[Group.objects.get(name="clerk").pk])

        page = client.get(url, HTTP_ACCEPT_LANGUAGE="de").content.decode()

        assert "Darf anlegen: Rechnungen" in page
        assert not re.search(r"\bCan \w", page)


class TestApi:
    def test_api_answers_in_english_whatever_the_accept_language(self, api, supervisor):
        invoice = InvoiceFactory(total="100.00", issued=True)

        response = api(supervisor).post(
            f"/invoice/{invoice.pk}/write-off/",
            {"amount": "200.00", "reason": "None"},
            headers={"Accept-Language": "de"},
        )

        assert response.json()["detail"] == "200.00 is more than the amount due. At most 100.00 can be written off."
