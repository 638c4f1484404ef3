"""Admin of every model: lists and pages; the ledger is read-only."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import BooksClosing, CreditNote, Invoice, NumberSeries, Payment, Refund, Service, WriteOff
from billing.operations.closing import close_books
from billing.tests.admin.model_admins import admin_models
from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory
from patients.tests.factories import AppointmentFactory

LEDGER = [BooksClosing, CreditNote, NumberSeries, Payment, Refund, WriteOff]


def page(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def books(supervisor):
    """A record of each model."""
    AppointmentFactory()
    close_books(through=date(2019, 12, 31), reason="Audited", by=supervisor, at=timezone.now())
    PaymentFactory()
    ServiceFactory()
    TagFactory(name="Recall")
    InvoiceFactory(corrected=True, paid=True)
    InvoiceFactory(written_off=True)
    return InvoiceFactory(refunded="30.00", patient__family_name="Łukasz")


@pytest.mark.parametrize(
    "model", [model for model in admin_models() if model._meta.app_label in {"billing", "patients"}]
)
class TestEveryModel:
    def test_every_model_has_a_list_and_a_page_for_each_record(self, admin_client, books, model):
        listed = admin_client.get(page(model, "changelist"))

        assert listed.status_code == 200
        records = model._default_manager.all()[:3]
        assert records
        for record in records:
            assert admin_client.get(page(model, "change", record.pk)).status_code == 200

    def test_no_record_can_be_deleted(self, admin_client, books, model):
        record = model._default_manager.all()[0]

        assert admin_client.post(page(model, "delete", record.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", LEDGER)
class TestLedger:
    def test_ledger_rows_cannot_be_added(self, admin_client, books, model):
        assert admin_client.get(page(model, "add")).status_code == 403
        assert admin_client.post(page(model, "add"), {}).status_code == 403

    def test_ledger_rows_cannot_be_changed(self, admin_client, books, model):
        record = model._default_manager.all()[0]

        response = admin_client.post(page(model, "change", record.pk), {"total_amount": "1.00", "amount": "1.00"})

        assert response.status_code == 403


class TestInvoiceList:
    def test_search_ignores_accents(self, admin_client, books):
        found = admin_client.get(page(Invoice, "changelist"), {"q": "lukasz"})

        assert [invoice.pk for invoice in found.context["cl"].result_list] == [books.pk]

    def test_search_requires_every_word(self, admin_client, books):
        found = admin_client.get(page(Invoice, "changelist"), {"q": "lukasz nobody"})

        assert not found.context["cl"].result_list

    def test_query_count_is_independent_of_the_number_of_invoices(
        self, admin_client, books, django_assert_max_num_queries, django_assert_num_queries
    ):
        admin_client.get(page(Invoice, "changelist"))  # loads the content types
        with django_assert_max_num_queries(20) as few:
            admin_client.get(page(Invoice, "changelist"))
        for _ in range(5):
            InvoiceFactory(issued=True)

        with django_assert_num_queries(len(few)):
            admin_client.get(page(Invoice, "changelist"))


class TestPaymentList:
    def test_payment_list_shows_the_unallocated_credit(self, admin_client, db):
        PaymentFactory(amount="50.00")

        cell = admin_client.get(page(Payment, "changelist")).content.decode().split('<td class="field-credit_left')[1]
        assert cell.split("</td>")[0].endswith(">50.00")


class TestPermissions:
    def test_anonymous_user_is_redirected_to_the_login(self, client, books):
        response = client.get(page(Invoice, "changelist"))

        assert response.status_code == 302
        assert "/admin/login/" in response.headers["Location"]


class TestPriceList:
    def test_service_can_be_changed_and_records_the_time(self, admin_client, db):
        service = ServiceFactory()
        before = service.updated_at
        values = {"code": service.code, "description": "Longer consultation", "unit_price": "95.5000", "tax_rate": "0"}

        response = admin_client.post(page(Service, "change", service.pk), values | {"category": "", "active": "on"})

        assert response.status_code == 302
        service.refresh_from_db()
        assert str(service.unit_price) == "95.5000"
        assert service.updated_at > before
