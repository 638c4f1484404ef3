"""The page of an issued invoice: what it says, what is owed, its ledger and its history; and on paper."""

from datetime import timedelta
from decimal import Decimal
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

FROZEN = {
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


def page_of(invoice):
    return reverse("admin:billing_invoice_change", args=[invoice.pk])


def paper_of(invoice):
    return reverse("admin:billing_invoice_print", args=[invoice.pk])


def figures(invoice):
    names = (
        "status reg_number total_amount paid_amount remaining_amount discount_amount issue_date bill_to_name patient_id"
    )
    return Invoice.objects.values(*names.split()).get(pk=invoice.pk)


@pytest.fixture
def desk(client, clerk):
    client.force_login(clerk)
    return client


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
    def test_ends_with_what_remains(self, db, states):
        invoice = InvoiceFactory(**states)

        lines = invoice_ledger(invoice, list(invoice.events.select_related("created_by")))

        owed = invoice.remaining_amount if invoice.is_issued else -invoice.paid_amount
        assert (lines[-1].balance if lines else Decimal(0)) == owed

    def test_runs_from_the_claim_on(self, db):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        lines = invoice_ledger(invoice, list(invoice.events.select_related("created_by")))

        assert [(line.kind, line.amount, line.balance) for line in lines] == [
            (EntryKind.ISSUED, Decimal("100.00"), Decimal("100.00")),
            (EntryKind.PAYMENT, Decimal("-60.00"), Decimal("40.00")),
            (EntryKind.WRITE_OFF, Decimal("-40.00"), Decimal("0.00")),
        ]


class TestDocument:
    def test_says_what_is_owed_since_when_and_what_to_do(self, desk):
        shown = desk.get(page_of(InvoiceFactory(overdue=True))).content.decode()

        assert "overdue by 30 days" in shown
        assert "Owed since" in shown
        assert "Remind the patient, or take the payment." in shown

    def test_of_a_paid_one_says_that_nothing_is_owed(self, desk):
        shown = desk.get(page_of(InvoiceFactory(paid=True))).content.decode()

        assert "Nothing is owed." in shown
        assert "overdue" not in shown

    def test_says_how_each_line_came_about(self, desk):
        rates = {"discount_percent": Decimal(5), "tax_rate": Decimal(19)}
        invoice = InvoiceFactory(issued=True, items=[item("10.1234", quantity=Decimal("1.5"), code="K12", **rates)])

        shown, paper = (desk.get(url(invoice)).content.decode() for url in (page_of, paper_of))

        for said in ("K12", "19 % tax", "Tax 19 % on 14.43", "1.5 × 10.1234, −5 %"):
            assert said in shown
        for said in ("K12", "Tax 19 % on 14.43", "10.1234", "5 %"):
            assert said in paper

    def test_tells_its_history(self, desk):
        invoice = InvoiceFactory(refunded="30.00")

        history = desk.get(page_of(invoice)).context["history"]

        said = {(str(c.label), c.before, c.after) for told in history for c in told.changes}
        assert ("Paid", "100.00", "70.00") in said
        assert ("Status", "Paid", "Partially paid") in said
        assert history[0].event.reason == "Paid twice"

    def test_tells_which_lines_went_and_came(self, desk, supervisor):
        draft = InvoiceFactory(items=[item("10.00", description="old"), item("5.00", description="kept")])
        changed = [item("12.00", description="new", quantity=Decimal(2)), {"id": draft.ordered_items[1].pk}]
        revise(draft, InvoiceInput(items=changed), by=supervisor, at=draft.created_at)

        history = desk.get(page_of(draft)).context["history"]

        assert ("Item", "1 × old at 10.00", "2 × new at 12.00") in {
            (str(c.label), c.before, c.after) for told in history for c in told.changes
        }

    def test_links_a_correction_both_ways(self, desk):
        invoice = InvoiceFactory(corrected=True)
        draft = invoice.corrected_by

        assert page_of(draft) in desk.get(page_of(invoice)).content.decode()
        assert page_of(invoice) in desk.get(page_of(draft)).content.decode()

    def test_of_a_draft_is_what_an_auditor_reads(self, client, auditor):
        client.force_login(auditor)

        shown = client.get(page_of(InvoiceFactory()))

        assert "admin/billing/invoice_page/page.html" in {template.name for template in shown.templates}
        assert shown.context["form"] is None
        assert shown.context["actions"] == []

    def test_shows_the_patient_as_at_issue(self, desk):
        invoice = InvoiceFactory(issued=True, patient__family_name="Before")
        invoice.patient.change(family_name="After")

        assert "Before" in desk.get(page_of(invoice)).content.decode()

    def test_that_does_not_exist_is_not_found(self, desk):
        assert desk.get(page_of(Invoice(pk=uuid4()))).status_code == 404
        assert desk.get(reverse("admin:billing_invoice_change", args=["nonsense"])).status_code == 404
        assert desk.get(reverse("admin:billing_invoice_history", args=["nonsense"])).status_code == 404

    def test_has_its_history_on_it(self, desk):
        invoice = InvoiceFactory(issued=True)

        answer = desk.get(reverse("admin:billing_invoice_history", args=[invoice.pk]))

        assert answer.headers["Location"] == f"{page_of(invoice)}#history"

    def test_costs_the_same_whatever_happened_to_it(self, desk, supervisor, django_assert_num_queries):
        quiet, busy = InvoiceFactory(part_paid=True), InvoiceFactory(part_paid=True, items=[item("20.00")] * 5)
        for _ in range(3):
            pay(busy, amount=Decimal("1.00"), by=supervisor, at=busy.created_at)
        desk.get(page_of(quiet))

        for invoice in (quiet, busy):
            with django_assert_num_queries(15):
                desk.get(page_of(invoice))


class TestWhatMayStillChange:
    def test_of_an_open_one_is_the_due_day_tags_and_words(self, desk):
        invoice = InvoiceFactory(issued=True)
        sent = {
            "form": "amend",
            "version": invoice.version,
            "tags": "Call",
            "notes": "Thanks",
            "internal_note": "Rings",
        }

        answer = desk.post(page_of(invoice), sent | {"due_date": "2031-02-03", "appointment": ""})

        assert answer.status_code == 302
        invoice.refresh_from_db()
        assert (invoice.notes, invoice.internal_note) == ("Thanks", "Rings")
        assert str(invoice.due_day) == "2031-02-03"
        assert [tag.name for tag in invoice.tags.all()] == ["Call"]

    def test_of_a_paid_one_is_not_its_due_day(self, desk):
        invoice = InvoiceFactory(paid=True)
        due = invoice.due_date

        desk.post(
            page_of(invoice), {"form": "amend", "version": invoice.version, "due_date": "2031-02-03", "notes": "x"}
        )

        invoice.refresh_from_db()
        assert (invoice.due_date, invoice.notes) == (due, "x")

    @pytest.mark.parametrize("form", ["draft", "amend", ""])
    @pytest.mark.parametrize("state", ["issued", "part_paid", "paid", "void", "written_off"])
    def test_is_never_a_figure(self, client, supervisor, state, form):
        client.force_login(supervisor)
        invoice = InvoiceFactory(**{state: True})
        before = figures(invoice)

        for version in (invoice.version, ""):
            client.post(page_of(invoice), {"form": form, "version": version, "overwrite": invoice.version} | FROZEN)

        assert figures(invoice) == before

    def test_is_nothing_for_an_auditor(self, client, auditor):
        client.force_login(auditor)
        invoice = InvoiceFactory(issued=True)

        assert client.post(page_of(invoice), {"version": invoice.version, "notes": "x"}).status_code == 403

    def test_is_refused_when_somebody_was_faster(self, desk, supervisor):
        invoice = InvoiceFactory(issued=True)
        seen = invoice.version
        pay(invoice, amount=Decimal("40.00"), by=supervisor, at=invoice.created_at + timedelta(seconds=1))

        sent = {"form": "amend", "version": seen, "due_date": str(invoice.due_day), "notes": "Mine"}
        shown = desk.post(page_of(invoice), sent).content.decode()

        assert "Somebody has changed this invoice since you opened it" in shown
        assert "Payment taken" in shown
        assert "Mine" in shown
        invoice.refresh_from_db()
        assert invoice.notes == ""


class TestPaper:
    @pytest.mark.parametrize("state", ["deposit", "issued", "part_paid", "paid", "void", "written_off", "credited"])
    def test_shows_the_figures_of_the_books(self, desk, state):
        invoice = InvoiceFactory(**{state: True}, notes="With thanks")

        shown = desk.get(paper_of(invoice)).content.decode()

        assert invoice.reg_number in shown
        assert "100.00" in shown
        assert "With thanks" in shown
        assert "<script>" not in shown

    def test_never_shows_the_internal_note(self, desk):
        assert "Rings" not in desk.get(paper_of(InvoiceFactory(internal_note="Rings"))).content.decode()

    def test_says_what_is_no_invoice(self, desk):
        assert "Draft: not an invoice" in desk.get(paper_of(InvoiceFactory())).content.decode()
        assert ">Void<" in desk.get(paper_of(InvoiceFactory(void=True))).content.decode()

    def test_is_not_for_who_may_see_no_invoice(self, client, outsider):
        outsider.is_staff = True
        outsider.save()
        client.force_login(outsider)

        assert client.get(paper_of(InvoiceFactory())).status_code == 403

    def test_of_no_invoice_is_not_found(self, desk):
        assert desk.get(paper_of(Invoice(pk=uuid4()))).status_code == 404
