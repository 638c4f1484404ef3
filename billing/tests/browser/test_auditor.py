"""The auditor: reads everything, and finds no button that changes anything."""

import pytest
from django.urls import reverse

from billing.models import CreditNote, Invoice, Payment, Refund, WriteOff
from billing.tests.admin.model_admins import admin_models
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.admin import change_url, list_url

FORBIDDEN_APPS = {"oauth2_provider", "axes", "clinic"}
# Buttons and links that change something or lead to a form; an export changes nothing.
BUTTONS = """#content-main form[method=post] :is(button, input[type=submit]), main form[method=post] button,
    #footer-wrapper button, a[href$='/add/'], a[href*='/verb/'], a[href*='/merge/'], a[hx-get], [data-action],
    a[href$='/cash-desk/'], a[href*='/cash-desk/?'], a[href*='books-check'], select[name=action]"""


@pytest.fixture
def state(request, live_database):
    return InvoiceFactory(**request.param)


@pytest.fixture
def page(open_page):
    return open_page("auditor")


def buttons(page):
    """Return the texts of the visible buttons that change something."""
    found = [each for each in page.locator(BUTTONS).all() if each.is_visible()]
    changing = [each for each in found if "/export/" not in (each.get_attribute("formaction") or "")]
    return [each.inner_text() or each.get_attribute("name") for each in changing]


class TestAuditor:
    def test_auditor_sees_the_figures_without_start_links(self, page, screenshot):
        page.goto("/admin/")

        for figure in ("Owed now", "Overdue", "Collected this month", "Drafts waiting"):
            assert page.locator(".view-figure-title", has_text=figure).is_visible()
        assert buttons(page) == []
        screenshot(page, "auditor-dashboard")

    @pytest.mark.parametrize("model", sorted(admin_models(), key=str))
    def test_auditor_reads_every_list_and_record(self, page, live_database, watch, model):
        if model._meta.app_label in FORBIDDEN_APPS:
            watch.expects(403)
        response = page.goto(list_url(model))
        assert response.status == (403 if model._meta.app_label in FORBIDDEN_APPS else 200)
        if response.status == 403:
            return
        assert buttons(page) == []

        record = model._default_manager.first()
        if record is not None:
            assert page.goto(change_url(record)).status == 200
            assert buttons(page) == []

    @pytest.mark.parametrize(
        "state",
        [{}, *({name: True} for name in "issued overdue part_paid paid void written_off credited".split())],
        ids=lambda state: next(iter(state), "draft"),
        indirect=True,
    )
    def test_auditor_reads_an_invoice_in_every_status(self, page, state):
        page.goto(change_url(state))

        assert page.get_by_text(state.reg_number).first.is_visible()
        assert buttons(page) == []

    def test_auditor_reads_every_kind_of_ledger_row(self, page, live_database):
        InvoiceFactory(refunded=True)
        InvoiceFactory(reinstated=True)
        InvoiceFactory(corrected=True)
        payment = PaymentFactory()
        newest = [model._default_manager.order_by("-created_at").first() for model in (Refund, WriteOff, CreditNote)]

        for record in (payment, *newest):
            assert page.goto(change_url(record)).status == 200
            assert buttons(page) == []

    def test_auditor_reads_account_and_statement_of_a_patient(self, page, live_database, screenshot):
        patient = InvoiceFactory(part_paid=True).patient

        page.goto(change_url(patient))
        assert page.get_by_role("heading", name="Invoices").is_visible()
        assert buttons(page) == []
        screenshot(page, "auditor-patient")
        page.get_by_role("link", name="Statement").press("Enter")
        page.get_by_role("heading", name="Statement from").wait_for()

        assert buttons(page) == []

    @pytest.mark.parametrize(
        "path", ["cash-desk/", "billing/books-check/", "billing/invoice/add/", "patients/patient/add/"]
    )
    def test_auditor_is_refused_the_pages_to_start_something(self, page, watch, path):
        watch.expects(403)

        assert page.goto(f"/admin/{path}").status == 403

    def test_auditor_is_refused_every_action_on_an_invoice(self, page, watch, live_database):
        watch.expects(403, 404)
        invoice = InvoiceFactory(part_paid=True)

        for action in ("issue", "pay", "refund", "credit-note", "correct", "void", "write-off", "reinstate"):
            url = reverse("admin:billing_invoice_verb", args=[invoice.pk, action])
            assert page.goto(url).status in {403, 404}
        assert Payment.objects.filter(allocations__invoice=invoice).count() == 1
        assert Invoice.objects.get(pk=invoice.pk).status == "PARTIALY_PAID"
