"""Many invoices at once: nothing before the preview, each by its own verb, and every refusal told beside its row."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing.admin.invoice_list import bulk_actions
from billing.models import Invoice, InvoiceEvent, NumberSeries, WriteOff
from billing.operations.catalogue import add_tag
from billing.operations.invoice_input import InvoiceInput
from billing.operations.revision import revise
from billing.tests.admin.test_invoice_list import LIST, desk_of, text_of
from billing.tests.factories import ClerkFactory, InvoiceFactory


@pytest.fixture
def desk(db):
    return desk_of("supervisor")


def preview(desk, action, *invoices, **more):
    chosen = [str(invoice.pk) for invoice in invoices]
    return desk.post(LIST, {"action": action, "_selected_action": chosen, "index": "0", **more})


def run(desk, key, *invoices, **said):
    rows = [f"{invoice.pk}:{invoice.version}" for invoice in invoices]
    return desk.post(f"{LIST}bulk/{key}/", {"row": rows, **said})


def outcomes(answer):
    return {row.invoice.pk: (row.is_done, row.message) for row in answer.context["rows"]}


def status_of(invoice):
    return Invoice.objects.get(pk=invoice.pk).status


BATCH = {"batch_id": "5f3b1c1e-8f6c-4a57-9f7e-0d2f8c8f7a11"}


class TestPreview:
    def test_tells_what_would_happen_and_changes_nothing(self, desk):
        draft, empty, issued = InvoiceFactory(), InvoiceFactory(items=[]), InvoiceFactory(issued=True)
        before = (InvoiceEvent.objects.count(), list(NumberSeries.objects.values_list("last_number", flat=True)))

        answer = preview(desk, "issue_chosen", draft, empty, issued)

        told = outcomes(answer)
        assert told[draft.pk][0]
        assert told[draft.pk][1].startswith("Claims 100.00, due ")
        assert told[empty.pk] == (False, "An invoice without items cannot be issued.")
        assert told[issued.pk] == (False, "One cannot issue an invoice that is issued.")
        assert (status_of(draft), Invoice.objects.get(pk=draft.pk).reg_number) == ("DRAFT", draft.reg_number)
        assert before == (
            InvoiceEvent.objects.count(),
            list(NumberSeries.objects.values_list("last_number", flat=True)),
        )

    def test_says_how_many_and_how_much(self, desk):
        drafts = [InvoiceFactory(total="70.00"), InvoiceFactory(total="30.50"), InvoiceFactory(items=[])]

        shown = text_of(preview(desk, "issue_chosen", *drafts))

        assert "It is possible for 2 invoices. 1 is left out, for the reason beside it. They come to 100.50" in shown
        assert "Nothing has changed yet." in shown

    def test_is_of_no_more_than_can_be_looked_at(self, desk, monkeypatch):
        monkeypatch.setattr("billing.admin.invoice_list.bulk_views.MAX_INVOICES", 2)
        InvoiceFactory.create_batch(3)

        answer = preview(desk, "issue_chosen", Invoice.objects.first(), select_across="1")

        assert len(answer.context["rows"]) == 2
        assert "Only the first 2 are shown" in text_of(answer)

    def test_is_of_the_rows_that_the_list_showed(self, desk):
        draft, _issued = InvoiceFactory(), InvoiceFactory(issued=True)
        form = {"action": "tag_chosen", "_selected_action": [str(draft.pk)], "index": "0", "select_across": "1"}

        answer = desk.post(f"{LIST}?queue=to_issue", form)

        assert list(outcomes(answer)) == [draft.pk]
        assert answer.context["back"] == f"{LIST}?queue=to_issue"

    def test_of_tags_shows_the_tags_that_would_be(self, desk):
        invoice = InvoiceFactory(tags=["Recall"])

        answer = run(desk, "tag", invoice, add="Insurance", preview="1")

        assert outcomes(answer) == {invoice.pk: (True, "Tags: Insurance, Recall.")}
        assert list(invoice.tags.values_list("name", flat=True)) == ["Recall"]


class TestIssue:
    def test_issues_each_and_says_its_number(self, desk):
        drafts = [InvoiceFactory(), InvoiceFactory()]

        answer = run(desk, "issue", *drafts)

        for draft in drafts:
            draft.refresh_from_db()
            assert draft.status == "ISSUED"
            assert outcomes(answer)[draft.pk] == (True, f"Issued as {draft.reg_number}.")
            assert draft.events.get(kind="issued").created_by.username == "supervisor"

    def test_goes_on_behind_a_refusal(self, desk):
        first, broken, last = InvoiceFactory(), InvoiceFactory(items=[]), InvoiceFactory()

        answer = run(desk, "issue", first, broken, last)

        assert [done for done, _ in outcomes(answer).values()].count(True) == 2
        assert [status_of(invoice) for invoice in (first, broken, last)] == ["ISSUED", "DRAFT", "ISSUED"]
        assert "Done for 2 invoices. 1 was refused, for the reason beside it." in text_of(answer)

    def test_twice_is_once(self, desk):
        draft = InvoiceFactory()
        run(desk, "issue", draft)

        answer = run(desk, "issue", draft)

        assert not outcomes(answer)[draft.pk][0]
        assert draft.events.filter(kind="issued").count() == 1

    def test_leaves_alone_what_somebody_changed_after_the_preview(self, desk):
        draft = InvoiceFactory()
        seen = Invoice.objects.get(pk=draft.pk)
        revise(draft, InvoiceInput(fields={"notes": "Call first"}), by=ClerkFactory(), at=timezone.now())

        answer = run(desk, "issue", seen)

        done, told = outcomes(answer)[draft.pk]
        assert not done
        assert told.startswith("Somebody changed it meanwhile.")
        assert status_of(draft) == "DRAFT"


class TestWriteOff:
    def test_gives_up_what_remains_of_each_in_one_batch(self, desk):
        late = InvoiceFactory(overdue=True, part_paid="40.00"), InvoiceFactory(overdue=True)

        run(desk, "write-off", *late, reason="Moved abroad", **BATCH)

        assert [status_of(invoice) for invoice in late] == ["WRITTEN_OFF", "WRITTEN_OFF"]
        assert sorted(WriteOff.objects.values_list("amount", flat=True)) == [Decimal("60.00"), Decimal("100.00")]
        assert {str(row.batch_id) for row in WriteOff.objects.all()} == {BATCH["batch_id"]}

    def test_wants_a_reason(self, desk):
        late = InvoiceFactory(overdue=True)

        answer = run(desk, "write-off", late, reason="", **BATCH)

        assert answer.context["form"].errors["reason"]
        assert status_of(late) == "ISSUED"

    def test_refuses_what_is_paid_and_says_why(self, desk):
        paid = InvoiceFactory(paid=True)

        assert outcomes(preview(desk, "write_off_chosen", paid)) == {
            paid.pk: (False, "One cannot write off an invoice that is paid.")
        }


class TestTags:
    def test_are_added_and_taken_away_in_any_case(self, desk):
        add_tag(name="Recall", at=timezone.now())
        draft, paid = InvoiceFactory(tags=["Old"]), InvoiceFactory(paid=True, tags=["old", "VIP"])

        run(desk, "tag", draft, paid, add="RECALL, new word", remove="OLD")

        assert sorted(draft.tags.values_list("name", flat=True)) == ["Recall", "new word"]
        assert sorted(paid.tags.values_list("name", flat=True)) == ["Recall", "VIP", "new word"]

    @pytest.mark.parametrize("said", [{}, {"add": " , "}])
    def test_must_be_named(self, desk, said):
        assert run(desk, "tag", InvoiceFactory(), **said).context["form"].errors

    @pytest.mark.parametrize("add", ["x" * 51, ",".join(f"word {number}" for number in range(21))])
    def test_that_are_too_long_or_too_many_are_refused(self, desk, add):
        assert run(desk, "tag", InvoiceFactory(), add=add).context["form"].errors["add"]

    def test_are_no_more_than_an_invoice_has_with_those_that_it_had(self, desk):
        full = InvoiceFactory(tags=[f"word {number}" for number in range(20)])
        other = InvoiceFactory()

        answer = run(desk, "tag", full, other, add="Recall")

        assert outcomes(answer)[full.pk] == (False, "An invoice has at most 20 tags.")
        assert outcomes(answer)[other.pk] == (True, "Tags: Recall.")


class TestPrint:
    def test_puts_each_invoice_on_a_sheet_of_its_own(self, db, django_assert_max_num_queries):
        invoices = [InvoiceFactory(issued=True), InvoiceFactory(void=True), InvoiceFactory()]
        desk = desk_of("auditor")

        with django_assert_max_num_queries(12):
            shown = text_of(preview(desk, "print_chosen", *invoices))

        assert shown.count('class="print-sheet print-of-many"') == 3
        for invoice in invoices:
            assert invoice.reg_number in shown


class TestWhoMay:
    ACTIONS = {"issue": "issue_chosen", "write-off": "write_off_chosen", "tag": "tag_chosen"}
    MAY = {"clerk": {"issue", "tag"}, "supervisor": {"issue", "write-off", "tag"}, "auditor": set()}

    @pytest.mark.parametrize("key", ACTIONS)
    @pytest.mark.parametrize("role", MAY)
    def test_is_the_role_that_has_the_verb(self, db, role, key):
        invoice = InvoiceFactory() if key != "write-off" else InvoiceFactory(overdue=True)
        before = Invoice.objects.get(pk=invoice.pk).version
        desk = desk_of(role)

        answer = run(desk, key, invoice, reason="Moved abroad", add="Recall", **BATCH)
        again = preview(desk, self.ACTIONS[key], invoice)

        may = key in self.MAY[role]
        assert answer.status_code == (200 if may else 403)
        assert again.status_code == (200 if may else 302)  # an action that is not offered is no choice
        assert (Invoice.objects.get(pk=invoice.pk).version > before) == may

    def test_asks_by_post_alone(self, desk):
        for key in bulk_actions.BULK_ACTIONS:
            assert desk.get(f"{LIST}bulk/{key}/").status_code == 405
        assert desk.post(f"{LIST}bulk/delete/", {"row": "x"}).status_code == 404

    @pytest.mark.parametrize("rows", [[], ["x"], ["x:1"], ["5f3b1c1e-8f6c-4a57-9f7e-0d2f8c8f7a11"], ["a:b"] * 101])
    def test_forms_that_name_no_invoices_are_refused(self, desk, rows):
        assert desk.post(f"{LIST}bulk/issue/", {"row": rows}).status_code == 400


def test_an_old_draft_is_issued_by_whoever_may_backdate(db, noon):
    clerks = desk_of("clerk")
    draft = InvoiceFactory(issue_date=noon - timedelta(days=800))

    (done, _told) = outcomes(preview(clerks, "issue_chosen", draft))[draft.pk]

    assert not done
