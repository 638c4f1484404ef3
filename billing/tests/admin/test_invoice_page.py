"""Page of an issued invoice: ledger, history, form, print view."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from uuid import uuid4

import pytest
from django.urls import reverse

from billing.models import Invoice
from billing.operations.invoice_input import InvoiceInput
from billing.operations.payments import pay
from billing.operations.revision import revise
from billing.reports.invoice_ledger import invoice_ledger
from billing.reports.ledger_entries import EntryKind
from billing.tests.factories import InvoiceFactory, item
from clinic.domain.audit_context import audit_context
from clinic.i18n.display import format_datetime
from clinic.testing import compact_html
from patients.tests.factories import AppointmentFactory

FORBIDDEN_FIELDS = {
    "issue_date": "2020-01-01",
    "discount_percent": "50",
    "discount_amount": "50.00",
    "bill_to_name": "Somebody",
    "patient": str(uuid4()),
    "status": "VOID",
    "total_amount": "1.00",
    "paid_amount": "100.00",
    "row": "a",
    "row-a-description": "Cheaper",
    "row-a-unit_price": "1",
}


def page_url(invoice):
    return reverse("admin:billing_invoice_change", args=[invoice.pk])


def words_of(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def words_between(html, first, last):
    return re.search(rf"\b{first} (.*?) {last}\b", words_of(html))[1]


def print_url(invoice):
    return reverse("admin:billing_invoice_print", args=[invoice.pk])


def stored_values(invoice):
    names = (
        "status reg_number total_amount paid_amount remaining_amount discount_amount issue_date bill_to_name patient_id"
    )
    return Invoice.objects.values(*names.split()).get(pk=invoice.pk)


class TestLedger:
    @pytest.mark.parametrize(
        "states",
        [
            {},
            {"deposit": "40.00"},
            {"issued": True},
            {"part_paid": True},
            {"deposit": "40.00", "paid": True},
            {"refunded": "30.00"},
            {"reversed": True},
            {"credited": True},
            {"paid": True, "credited": True},
            {"part_paid": "60.00", "written_off": True},
            {"reinstated": True},
            {"corrected": True, "paid": True},
            {"void": True},
        ],
        ids=lambda states: " ".join(states) or "draft",
    )
    def test_ledger_balance_ends_with_the_remaining_amount(self, db, states):
        invoice = InvoiceFactory(**states)

        lines = invoice_ledger(invoice, list(invoice.events.select_related("created_by")))

        owed = invoice.remaining_amount if invoice.is_issued else -invoice.paid_amount
        assert (lines[-1].balance if lines else Decimal(0)) == owed

    def test_ledger_lists_entries_from_the_issue_on(self, db):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        lines = invoice_ledger(invoice, list(invoice.events.select_related("created_by")))

        assert [(line.kind, line.amount, line.balance) for line in lines] == [
            (EntryKind.ISSUED, Decimal("100.00"), Decimal("100.00")),
            (EntryKind.PAYMENT, Decimal("-60.00"), Decimal("40.00")),
            (EntryKind.WRITE_OFF, Decimal("-40.00"), Decimal("0.00")),
        ]


class TestInvoicePage:
    def test_page_shows_amount_due_days_overdue_and_next_step(self, clerk_client):
        shown = clerk_client.get(page_url(InvoiceFactory(overdue=True))).content.decode()

        assert "overdue by 30 days" in shown
        assert "Due since" in shown
        assert "Send a reminder, or take the payment." in shown

    def test_page_of_a_paid_invoice_shows_that_nothing_is_owed(self, clerk_client):
        shown = clerk_client.get(page_url(InvoiceFactory(paid=True))).content.decode()

        assert "Nothing is owed." in shown
        assert "overdue" not in shown

    def test_page_and_print_view_show_the_calculation_of_each_item(self, clerk_client):
        rates = {"discount_percent": Decimal(5), "tax_rate": Decimal(19)}
        invoice = InvoiceFactory(issued=True, items=[item("10.1234", quantity=Decimal("1.5"), code="K12", **rates)])

        page, print_view = (compact_html(clerk_client.get(url(invoice))) for url in (page_url, print_url))

        for text in ("K12", "19 % tax", "Tax 19 % on 14.43", "1.5 × 10.1234, −5 %"):
            assert text in page
        for text in ("K12", "Tax 19 % on 14.43", "10.1234", "5 %"):
            assert text in print_view

    def test_page_shows_the_history(self, clerk_client):
        invoice = InvoiceFactory(refunded="30.00")

        history = clerk_client.get(page_url(invoice)).context["history"]

        changes = {(str(c.label), c.before, c.after) for entry in history for c in entry.changes}
        assert ("Paid", "100.00", "70.00") in changes
        assert ("Status", "Paid", "Partially paid") in changes
        assert history[0].event.reason == "Paid twice"

    def test_history_shows_user_and_application_of_a_change(self, clerk_client, supervisor):
        draft = InvoiceFactory()
        with audit_context(client="Kiosk"):
            revise(draft, InvoiceInput(items=[item("12.00")]), by=supervisor, at=draft.created_at)

        page = compact_html(clerk_client.get(page_url(draft)))

        assert f"supervisor, {format_datetime(draft.created_at)}, through Kiosk" in page

    def test_history_shows_removed_and_added_items(self, clerk_client, supervisor):
        draft = InvoiceFactory(items=[item("10.00", description="old"), item("5.00", description="kept")])
        changed = [item("12.00", description="new", quantity=Decimal(2)), {"id": draft.ordered_items[1].pk}]
        revise(draft, InvoiceInput(items=changed), by=supervisor, at=draft.created_at)

        history = clerk_client.get(page_url(draft)).context["history"]

        assert ("Item", "1 × old at 10.00", "2 × new at 12.00") in {
            (str(c.label), c.before, c.after) for entry in history for c in entry.changes
        }

    def test_correction_and_corrected_invoice_link_to_each_other(self, clerk_client):
        invoice = InvoiceFactory(corrected=True)
        draft = invoice.corrected_by

        assert page_url(draft) in clerk_client.get(page_url(invoice)).content.decode()
        assert page_url(invoice) in clerk_client.get(page_url(draft)).content.decode()

    def test_auditor_sees_the_page_of_a_draft_without_form(self, client, auditor):
        client.force_login(auditor)

        shown = client.get(page_url(InvoiceFactory()))

        assert "admin/billing/invoice_page/page.html" in {template.name for template in shown.templates}
        assert shown.context["form"] is None
        assert shown.context["actions"] == []

    def test_page_shows_the_patient_as_of_the_issue(self, clerk_client):
        invoice = InvoiceFactory(issued=True, patient__family_name="Before")
        invoice.patient.change(family_name="After")

        assert "Before" in clerk_client.get(page_url(invoice)).content.decode()

    def test_unknown_invoice_is_not_found(self, clerk_client):
        assert clerk_client.get(page_url(Invoice(pk=uuid4()))).status_code == 404
        assert clerk_client.get(reverse("admin:billing_invoice_change", args=["nonsense"])).status_code == 404
        assert clerk_client.get(reverse("admin:billing_invoice_history", args=["nonsense"])).status_code == 404

    def test_history_view_redirects_to_the_page(self, clerk_client):
        invoice = InvoiceFactory(issued=True)

        response = clerk_client.get(reverse("admin:billing_invoice_history", args=[invoice.pk]))

        assert response.headers["Location"] == f"{page_url(invoice)}#history"

    def test_query_count_is_independent_of_the_history(self, clerk_client, supervisor, django_assert_num_queries):
        quiet, busy = InvoiceFactory(part_paid=True), InvoiceFactory(part_paid=True, items=[item("20.00")] * 5)
        for _ in range(3):
            pay(busy, amount=Decimal("1.00"), by=supervisor, at=busy.created_at)
        clerk_client.get(page_url(quiet))

        for invoice in (quiet, busy):
            with django_assert_num_queries(19):
                clerk_client.get(page_url(invoice))


class TestEditForm:
    def test_due_date_tags_and_notes_of_an_open_invoice_can_be_changed(self, clerk_client):
        invoice = InvoiceFactory(issued=True)
        data = {
            "form": "header",
            "version": invoice.version,
            "tags": "Call",
            "notes": "Thanks",
            "internal_note": "Rings",
        }

        response = clerk_client.post(page_url(invoice), data | {"due_date": "2031-02-03", "appointment": ""})

        assert response.status_code == 302
        invoice.refresh_from_db()
        assert (invoice.notes, invoice.internal_note) == ("Thanks", "Rings")
        assert str(invoice.due_day) == "2031-02-03"
        assert [tag.name for tag in invoice.tags.all()] == ["Call"]

    def test_due_date_of_a_paid_invoice_cannot_be_changed(self, clerk_client):
        invoice = InvoiceFactory(paid=True)
        due_date = invoice.due_date

        clerk_client.post(
            page_url(invoice), {"form": "header", "version": invoice.version, "due_date": "2031-02-03", "notes": "x"}
        )

        invoice.refresh_from_db()
        assert (invoice.due_date, invoice.notes) == (due_date, "x")

    @pytest.mark.parametrize("form", ["draft", "header", ""])
    @pytest.mark.parametrize("state", ["issued", "part_paid", "paid", "void", "written_off"])
    def test_amounts_sent_with_the_form_are_ignored(self, client, supervisor, state, form):
        client.force_login(supervisor)
        invoice = InvoiceFactory(**{state: True})
        before = stored_values(invoice)

        for version in (invoice.version, ""):
            client.post(
                page_url(invoice), {"form": form, "version": version, "overwrite": invoice.version} | FORBIDDEN_FIELDS
            )

        assert stored_values(invoice) == before

    def test_auditor_may_not_change_an_invoice(self, client, auditor):
        client.force_login(auditor)
        invoice = InvoiceFactory(issued=True)

        assert client.post(page_url(invoice), {"version": invoice.version, "notes": "x"}).status_code == 403

    def test_change_of_an_outdated_version_is_refused(self, clerk_client, supervisor):
        invoice = InvoiceFactory(issued=True)
        displayed_version = invoice.version
        pay(invoice, amount=Decimal("40.00"), by=supervisor, at=invoice.created_at + timedelta(seconds=1))

        data = {"form": "header", "version": displayed_version, "due_date": str(invoice.due_day), "notes": "Mine"}
        shown = clerk_client.post(page_url(invoice), data).content.decode()

        assert "Somebody has changed this invoice since you opened it" in shown
        assert "Payment taken" in shown
        assert "Mine" in shown
        invoice.refresh_from_db()
        assert invoice.notes == ""


class TestPrintView:
    @pytest.mark.parametrize("state", ["deposit", "issued", "part_paid", "paid", "void", "written_off", "credited"])
    def test_print_view_shows_the_stored_amounts(self, clerk_client, state):
        invoice = InvoiceFactory(**{state: True}, notes="With thanks")

        shown = clerk_client.get(print_url(invoice)).content.decode()

        assert invoice.reg_number in shown
        assert "100.00" in shown
        assert "With thanks" in shown
        assert "<script>" not in shown

    def test_print_view_and_page_name_the_practitioner_of_the_appointment(self, clerk_client):
        appointment = AppointmentFactory(practitioner="Dr. Adeyemi", reason="Check-up")
        treated = InvoiceFactory(patient=appointment.patient, appointment=appointment, issued=True)
        unknown = AppointmentFactory(practitioner="")
        others = [InvoiceFactory(issued=True), InvoiceFactory(patient=unknown.patient, appointment=unknown)]

        for url in (page_url, print_url):
            assert "<dt>Treated by</dt><dd>Dr. Adeyemi</dd>" in compact_html(clerk_client.get(url(treated)))
        for invoice in others:
            assert "Treated by" not in clerk_client.get(print_url(invoice)).content.decode()

    def test_print_view_never_shows_the_internal_note(self, clerk_client):
        assert "Rings" not in clerk_client.get(print_url(InvoiceFactory(internal_note="Rings"))).content.decode()

    def test_print_view_marks_drafts_and_void_invoices(self, clerk_client):
        assert "Draft: not an invoice" in clerk_client.get(print_url(InvoiceFactory())).content.decode()
        assert ">Void<" in clerk_client.get(print_url(InvoiceFactory(void=True))).content.decode()

    def test_print_view_and_page_explain_each_part_of_the_discount(self, clerk_client):
        invoice = InvoiceFactory(
            total="57.75", discount_percent=Decimal(10), discount_amount=Decimal("1.00"), issued=True
        )

        page, print_view = (compact_html(clerk_client.get(url(invoice))) for url in (page_url, print_url))

        for shown in (page, print_view):
            assert words_between(shown, "Subtotal", "Total") == "57.75 Discount (10 %) −5.78 Discount −1.00"

    @pytest.mark.parametrize(
        ("discounts", "lines"),
        [
            ({"discount_percent": Decimal(10)}, "57.75 Discount (10 %) −5.78"),
            ({"discount_amount": Decimal("1.00")}, "57.75 Discount −1.00"),
        ],
    )
    def test_discount_of_one_kind_is_one_line(self, clerk_client, discounts, lines):
        print_view = clerk_client.get(print_url(InvoiceFactory(total="57.75", **discounts)))

        assert words_between(compact_html(print_view), "Subtotal", "Total") == lines

    def test_discount_of_an_item_is_shown_with_its_own_figures(self, clerk_client):
        discounts = {"discount_percent": Decimal(10), "discount_amount": Decimal("1.00")}
        invoice = InvoiceFactory(items=[item("57.75", **discounts)], issued=True)

        for url in (page_url, print_url):
            assert "5.78 (10 %) 1.00 50.97" in words_of(compact_html(clerk_client.get(url(invoice))))

    def test_fully_credited_invoice_is_shown_as_credited_and_not_as_paid(self, clerk_client):
        invoice = InvoiceFactory(credited=True)
        assert invoice.status == "PAID"

        page, print_view = (clerk_client.get(url(invoice)) for url in (page_url, print_url))

        assert "Credited" in page.context["badge"]
        assert "Paid" not in page.context["badge"]
        assert '<p class="print-stamp">Credited</p>' in compact_html(print_view)
        assert "Paid" in clerk_client.get(page_url(InvoiceFactory(paid=True, total="60.00"))).context["badge"]

    def test_print_view_requires_permission(self, client, outsider):
        outsider.is_staff = True
        outsider.save()
        client.force_login(outsider)

        assert client.get(print_url(InvoiceFactory())).status_code == 403

    def test_print_view_of_an_unknown_invoice_is_not_found(self, clerk_client):
        assert clerk_client.get(print_url(Invoice(pk=uuid4()))).status_code == 404
