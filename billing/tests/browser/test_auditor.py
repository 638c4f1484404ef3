"""Tour (e): the auditor sees all there is, and finds no button that changes anything."""

import pytest
from django.contrib import admin
from django.urls import reverse

from billing.models import CreditNote, Invoice, Payment, Refund, WriteOff
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.admin import change_url, list_url

UNSEEN = {"oauth2_provider", "axes", "clinic"}  # of the machine, not of the books
# Whatever sends something to be written, adds, or asks before something is done.
BUTTONS = """#content-main form[method=post] :is(button, input[type=submit]), main form[method=post] button,
    #footer-wrapper button, a[href$='/add/'], a[href*='/verb/'], a[href*='/merge/'], a[hx-get], [data-action],
    a[href$='/cash-desk/'], a[href*='/cash-desk/?'], a[href*='books-check'], select[name=action]"""


@pytest.fixture
def state(request, on_the_desk):
    return InvoiceFactory(**request.param)


@pytest.fixture
def desk(page):
    return page("auditor")


def buttons(desk):
    """What can be pressed to change something, as it is written."""
    found = desk.locator(BUTTONS)
    return [each.inner_text() or each.get_attribute("name") for each in found.all() if each.is_visible()]


class TestTheAuditor:
    def test_sees_the_figures_and_begins_nothing(self, desk, shoot):
        desk.goto("/admin/")

        for figure in ("Owed now", "Overdue", "Collected this month", "Drafts waiting"):
            assert desk.locator(".view-figure-title", has_text=figure).is_visible()
        assert buttons(desk) == []
        shoot(desk, "auditor-dashboard")

    @pytest.mark.parametrize("model", sorted(admin.site._registry, key=str))
    def test_reads_every_list_and_its_records(self, desk, on_the_desk, watch, model):
        if model._meta.app_label in UNSEEN:
            watch.expects(403)
        answer = desk.goto(list_url(model))
        assert answer.status == (403 if model._meta.app_label in UNSEEN else 200)
        if answer.status == 403:
            return
        assert buttons(desk) == []

        record = model._default_manager.first()
        if record is not None:
            assert desk.goto(change_url(record)).status == 200
            assert buttons(desk) == []

    @pytest.mark.parametrize(
        "state",
        [{}, *({name: True} for name in "issued overdue part_paid paid void written_off credited".split())],
        ids=lambda state: next(iter(state), "draft"),
        indirect=True,
    )
    def test_reads_an_invoice_in_every_state(self, desk, state):
        desk.goto(change_url(state))

        assert desk.get_by_text(state.reg_number).first.is_visible()
        assert buttons(desk) == []

    def test_reads_whatever_the_ledger_holds(self, desk, on_the_desk):
        InvoiceFactory(refunded=True)
        InvoiceFactory(reinstated=True)
        InvoiceFactory(corrected=True)
        payment = PaymentFactory()
        newest = [model._default_manager.order_by("-created_at").first() for model in (Refund, WriteOff, CreditNote)]

        for record in (payment, *newest):
            assert desk.goto(change_url(record)).status == 200
            assert buttons(desk) == []

    def test_reads_a_patients_account_and_statement(self, desk, on_the_desk, shoot):
        patient = InvoiceFactory(part_paid=True).patient

        desk.goto(change_url(patient))
        assert desk.get_by_role("heading", name="Invoices").is_visible()
        assert buttons(desk) == []
        shoot(desk, "auditor-patient")
        desk.get_by_role("link", name="Statement").press("Enter")
        desk.get_by_role("heading", name="Statement from").wait_for()

        assert buttons(desk) == []

    @pytest.mark.parametrize(
        "path", ["cash-desk/", "billing/books-check/", "billing/invoice/add/", "patients/patient/add/"]
    )
    def test_is_refused_where_something_is_begun(self, desk, watch, path):
        watch.expects(403)

        assert desk.goto(f"/admin/{path}").status == 403

    def test_is_refused_every_verb_of_an_invoice(self, desk, watch, on_the_desk):
        watch.expects(403, 404)
        invoice = InvoiceFactory(part_paid=True)

        for verb in ("issue", "pay", "refund", "credit-note", "correct", "void", "write-off", "reinstate"):
            address = reverse("admin:billing_invoice_verb", args=[invoice.pk, verb])
            assert desk.goto(address).status in {403, 404}
        assert Payment.objects.filter(allocations__invoice=invoice).count() == 1
        assert Invoice.objects.get(pk=invoice.pk).status == "PARTIALY_PAID"
