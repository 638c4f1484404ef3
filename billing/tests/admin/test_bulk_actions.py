"""Bulk actions on invoices: preview, one operation per invoice, and the refusals beside their rows."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing.admin.invoice_list import bulk_actions
from billing.models import Invoice, InvoiceEvent, NumberSeries, WriteOff
from billing.operations.catalogue import add_tag
from billing.operations.invoice_input import InvoiceInput
from billing.operations.revision import revise
from billing.tests.admin.test_invoice_list import LIST
from billing.tests.factories import ClerkFactory, InvoiceFactory
from clinic.testing import compact_html


def preview(client, action, *invoices, **more):
    chosen = [str(invoice.pk) for invoice in invoices]
    return client.post(LIST, {"action": action, "_selected_action": chosen, "index": "0", **more})


def run(client, key, *invoices, **fields):
    rows = [f"{invoice.pk}:{invoice.version}" for invoice in invoices]
    return client.post(f"{LIST}bulk/{key}/", {"row": rows, **fields})


def outcomes(response):
    return {row.invoice.pk: (row.is_done, row.message) for row in response.context["rows"]}


def status_of(invoice):
    return Invoice.objects.get(pk=invoice.pk).status


BATCH = {"batch_id": "5f3b1c1e-8f6c-4a57-9f7e-0d2f8c8f7a11"}


class TestPreview:
    def test_preview_shows_the_effect_and_changes_nothing(self, supervisor_client):
        draft, empty, issued = InvoiceFactory(), InvoiceFactory(items=[]), InvoiceFactory(issued=True)
        before = (InvoiceEvent.objects.count(), list(NumberSeries.objects.values_list("last_number", flat=True)))

        response = preview(supervisor_client, "issue_chosen", draft, empty, issued)

        results = outcomes(response)
        assert results[draft.pk][0]
        assert results[draft.pk][1].startswith("Total 100.00, due ")
        assert results[empty.pk] == (False, "An invoice without items cannot be issued.")
        assert results[issued.pk] == (False, "The invoice has already been issued.")
        assert (status_of(draft), Invoice.objects.get(pk=draft.pk).reg_number) == ("DRAFT", draft.reg_number)
        assert before == (
            InvoiceEvent.objects.count(),
            list(NumberSeries.objects.values_list("last_number", flat=True)),
        )

    def test_preview_shows_number_and_amount_of_invoices(self, supervisor_client):
        drafts = [InvoiceFactory(total="70.00"), InvoiceFactory(total="30.50"), InvoiceFactory(items=[])]

        shown = compact_html(preview(supervisor_client, "issue_chosen", *drafts))

        assert "2 invoices can be processed. 1 cannot, for the reason shown. Total: 100.50" in shown
        assert "Nothing has changed yet." in shown

    def test_header_of_the_preview_is_the_sum_of_its_rows(self, supervisor_client):
        drafts = [InvoiceFactory(total="110.00"), InvoiceFactory(total="42.18", deposit="12.00")]

        response = preview(supervisor_client, "issue_chosen", *drafts)

        assert [row.message.split(",")[0] for row in response.context["rows"]] == ["Total 42.18", "Total 110.00"]
        assert "Total: 152.18" in compact_html(response)

    def test_header_of_a_write_off_is_the_sum_of_what_is_given_up(self, supervisor_client):
        invoices = [InvoiceFactory(part_paid="40.00"), InvoiceFactory(issued=True), InvoiceFactory(paid=True)]

        response = preview(supervisor_client, "write_off_chosen", *invoices)

        assert [row.amount for row in response.context["rows"]] == [None, Decimal("100.00"), Decimal("60.00")]
        assert "Total: 160.00" in compact_html(response)

    def test_preview_of_tags_has_no_amount(self, supervisor_client):
        response = run(supervisor_client, "tag", InvoiceFactory(issued=True), add="Insurance", preview="1")

        assert "Total:" not in compact_html(response)

    def test_preview_is_limited_to_the_maximum_of_invoices(self, supervisor_client, monkeypatch):
        monkeypatch.setattr("billing.admin.invoice_list.bulk_views.MAX_SELECTED", 2)
        InvoiceFactory.create_batch(3)

        response = preview(supervisor_client, "issue_chosen", Invoice.objects.first(), select_across="1")

        assert len(response.context["rows"]) == 2
        assert "Only the first 2 are shown" in compact_html(response)

    def test_preview_contains_the_rows_of_the_filtered_list(self, supervisor_client):
        draft, _issued = InvoiceFactory(), InvoiceFactory(issued=True)
        form = {"action": "tag_chosen", "_selected_action": [str(draft.pk)], "index": "0", "select_across": "1"}

        response = supervisor_client.post(f"{LIST}?queue=to_issue", form)

        assert list(outcomes(response)) == [draft.pk]
        assert response.context["back"] == f"{LIST}?queue=to_issue"

    def test_preview_of_tags_shows_the_resulting_tags(self, supervisor_client):
        invoice = InvoiceFactory(tags=["Recall"])

        response = run(supervisor_client, "tag", invoice, add="Insurance", preview="1")

        assert outcomes(response) == {invoice.pk: (True, "Tags: Insurance, Recall.")}
        assert list(invoice.tags.values_list("name", flat=True)) == ["Recall"]


class TestIssue:
    def test_bulk_issue_issues_each_draft_and_shows_its_number(self, supervisor_client):
        drafts = [InvoiceFactory(), InvoiceFactory()]

        response = run(supervisor_client, "issue", *drafts)

        for draft in drafts:
            draft.refresh_from_db()
            assert draft.status == "ISSUED"
            assert outcomes(response)[draft.pk] == (True, f"Issued as {draft.reg_number}.")
            assert draft.events.get(kind="issued").created_by.username == "supervisor"

    def test_bulk_issue_continues_after_a_refusal(self, supervisor_client):
        first, broken, last = InvoiceFactory(), InvoiceFactory(items=[]), InvoiceFactory()

        response = run(supervisor_client, "issue", first, broken, last)

        assert [done for done, _ in outcomes(response).values()].count(True) == 2
        assert [status_of(invoice) for invoice in (first, broken, last)] == ["ISSUED", "DRAFT", "ISSUED"]
        assert "2 invoices were processed. 1 was not, for the reason shown." in compact_html(response)

    def test_bulk_issue_sent_twice_issues_once(self, supervisor_client):
        draft = InvoiceFactory()
        run(supervisor_client, "issue", draft)

        response = run(supervisor_client, "issue", draft)

        assert not outcomes(response)[draft.pk][0]
        assert draft.events.filter(kind="issued").count() == 1

    def test_bulk_issue_skips_invoices_changed_since_the_preview(self, supervisor_client):
        draft = InvoiceFactory()
        seen = Invoice.objects.get(pk=draft.pk)
        revise(draft, InvoiceInput(fields={"notes": "Call first"}), by=ClerkFactory(), at=timezone.now())

        response = run(supervisor_client, "issue", seen)

        is_done, message = outcomes(response)[draft.pk]
        assert not is_done
        assert message.startswith("Somebody has changed it in the meantime.")
        assert status_of(draft) == "DRAFT"


class TestWriteOff:
    def test_bulk_write_off_writes_off_each_remaining_amount_in_one_batch(self, supervisor_client):
        late = InvoiceFactory(overdue=True, part_paid="40.00"), InvoiceFactory(overdue=True)

        run(supervisor_client, "write-off", *late, reason="Moved abroad", **BATCH)

        assert [status_of(invoice) for invoice in late] == ["WRITTEN_OFF", "WRITTEN_OFF"]
        assert sorted(WriteOff.objects.values_list("amount", flat=True)) == [Decimal("60.00"), Decimal("100.00")]
        assert {str(row.batch_id) for row in WriteOff.objects.all()} == {BATCH["batch_id"]}

    def test_bulk_write_off_requires_a_reason(self, supervisor_client):
        late = InvoiceFactory(overdue=True)

        response = run(supervisor_client, "write-off", late, reason="", **BATCH)

        assert response.context["form"].errors["reason"]
        assert status_of(late) == "ISSUED"

    def test_bulk_write_off_refuses_paid_invoices_with_the_reason(self, supervisor_client):
        paid = InvoiceFactory(paid=True)

        assert outcomes(preview(supervisor_client, "write_off_chosen", paid)) == {
            paid.pk: (False, "The invoice is paid and cannot be written off.")
        }


class TestTags:
    def test_bulk_tagging_adds_and_removes_tags_ignoring_case(self, supervisor_client):
        add_tag(name="Recall", at=timezone.now())
        draft, paid = InvoiceFactory(tags=["Old"]), InvoiceFactory(paid=True, tags=["old", "VIP"])

        run(supervisor_client, "tag", draft, paid, add="RECALL, new word", remove="OLD")

        assert sorted(draft.tags.values_list("name", flat=True)) == ["Recall", "new word"]
        assert sorted(paid.tags.values_list("name", flat=True)) == ["Recall", "VIP", "new word"]

    @pytest.mark.parametrize("fields", [{}, {"add": " , "}])
    def test_bulk_tagging_requires_a_tag(self, supervisor_client, fields):
        assert run(supervisor_client, "tag", InvoiceFactory(), **fields).context["form"].errors

    @pytest.mark.parametrize("add", ["x" * 51, ",".join(f"word {number}" for number in range(21))])
    def test_bulk_tagging_refuses_too_long_or_too_many_tags(self, supervisor_client, add):
        assert run(supervisor_client, "tag", InvoiceFactory(), add=add).context["form"].errors["add"]

    def test_bulk_tagging_refuses_more_tags_than_an_invoice_may_have(self, supervisor_client):
        full = InvoiceFactory(tags=[f"word {number}" for number in range(20)])
        other = InvoiceFactory()

        response = run(supervisor_client, "tag", full, other, add="Recall")

        assert outcomes(response)[full.pk] == (False, "An invoice can have at most 20 tags.")
        assert outcomes(response)[other.pk] == (True, "Tags: Recall.")


class TestPrint:
    def test_print_puts_each_invoice_on_its_own_page(self, auditor_client, django_assert_max_num_queries):
        invoices = [InvoiceFactory(issued=True), InvoiceFactory(void=True), InvoiceFactory()]

        with django_assert_max_num_queries(12):
            shown = compact_html(preview(auditor_client, "print_chosen", *invoices))

        assert shown.count('class="print-sheet print-of-many"') == 3
        for invoice in invoices:
            assert invoice.reg_number in shown


class TestPermissions:
    ACTIONS = {"issue": "issue_chosen", "write-off": "write_off_chosen", "tag": "tag_chosen"}
    MAY = {"clerk": {"issue", "tag"}, "supervisor": {"issue", "write-off", "tag"}, "auditor": set()}

    @pytest.mark.parametrize("key", ACTIONS)
    @pytest.mark.parametrize("role", MAY)
    def test_bulk_action_requires_the_permission_of_the_action(self, login_as, role, key):
        invoice = InvoiceFactory() if key != "write-off" else InvoiceFactory(overdue=True)
        before = Invoice.objects.get(pk=invoice.pk).version
        client = login_as(role)

        response = run(client, key, invoice, reason="Moved abroad", add="Recall", **BATCH)
        again = preview(client, self.ACTIONS[key], invoice)

        may = key in self.MAY[role]
        assert response.status_code == (200 if may else 403)
        assert again.status_code == (200 if may else 302)  # an action that is not offered is no valid choice
        assert (Invoice.objects.get(pk=invoice.pk).version > before) == may

    def test_bulk_action_accepts_post_only(self, supervisor_client):
        for key in bulk_actions.BULK_ACTIONS:
            assert supervisor_client.get(f"{LIST}bulk/{key}/").status_code == 405
        assert supervisor_client.post(f"{LIST}bulk/delete/", {"row": "x"}).status_code == 404

    @pytest.mark.parametrize("rows", [[], ["x"], ["x:1"], ["5f3b1c1e-8f6c-4a57-9f7e-0d2f8c8f7a11"], ["a:b"] * 101])
    def test_bulk_form_without_valid_invoices_is_refused(self, supervisor_client, rows):
        assert supervisor_client.post(f"{LIST}bulk/issue/", {"row": rows}).status_code == 400


def test_old_draft_is_issued_only_by_users_who_may_backdate(clerk_client, noon):
    draft = InvoiceFactory(issue_date=noon - timedelta(days=800))

    is_done, _message = outcomes(preview(clerk_client, "issue_chosen", draft))[draft.pk]

    assert not is_done
