"""Lists of payments, refunds, credit notes and write-offs: order, totals, export."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from openpyxl import load_workbook

from billing.models import CreditNote, Payment, Refund, WriteOff
from billing.tests.books import unguarded_cursor
from billing.tests.factories import InvoiceFactory, PaymentFactory, item
from clinic.admin import list_url
from clinic.testing import compact_html

LISTS = [Payment, Refund, CreditNote, WriteOff]


@pytest.fixture
def ledger(noon):
    """Two rows of each list, on two days."""
    for days in (2, 1):
        at = noon - timedelta(days=days)
        InvoiceFactory(refunded="30.00", at=at, patient__given_name="Ana", patient__family_name="Kim")
        InvoiceFactory(credited=True, at=at, items=[item("100.00", tax_rate=Decimal(19))])
        InvoiceFactory(written_off=True, at=at)


def exported(client, model, **query):
    response = client.get(f"{list_url(model)}export/csv/", query)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def listed(client, model, **query):
    return list(client.get(list_url(model), query).context["cl"].result_list)


@pytest.mark.parametrize("model", LISTS)
class TestEveryList:
    def test_newest_row_is_first_in_list_and_export(self, auditor_client, ledger, model):
        days = [getattr(row, "received_at", row.created_at).date().isoformat() for row in listed(auditor_client, model)]

        rows = exported(auditor_client, model)

        assert days == ["2026-06-14", "2026-06-13"]
        assert [row.get("Received") or row["Date"] for row in rows] == days

    def test_workbook_has_as_many_rows_as_the_list(self, auditor_client, ledger, model):
        response = auditor_client.get(f"{list_url(model)}export/xlsx/")

        sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active

        assert sheet.max_row == 1 + len(listed(auditor_client, model))
        assert model._meta.verbose_name_plural.replace("-", "") in sheet.title.lower().replace("-", "")

    def test_list_links_to_its_export_and_totals(self, auditor_client, ledger, model):
        name = "received_at" if model is Payment else "created_at"

        page = compact_html(auditor_client.get(list_url(model), {f"{name}_from": "2026-06-14"}))

        for part in ("export/csv/", "export/xlsx/", "totals/"):
            assert f'{list_url(model)}{part}?{name}_from=2026-06-14"' in page

    @pytest.mark.parametrize("page", ["export/csv/", "export/xlsx/", "totals/"])
    def test_export_and_totals_require_permission_to_read_the_list(self, db, model, page):
        client = Client()
        client.force_login(User.objects.create_user("without_role", is_staff=True))

        assert client.get(list_url(model) + page).status_code == 403

    def test_chosen_row_is_exported_alone(self, auditor_client, ledger, model):
        chosen = listed(auditor_client, model)[1]

        response = auditor_client.post(list_url(model), {"action": "export_csv", "_selected_action": [chosen.pk]})

        assert len(b"".join(response.streaming_content).decode().splitlines()) == 2


class TestExport:
    def test_export_of_payments_has_receipt_payer_and_credit(self, auditor_client):
        payment = PaymentFactory(amount="50.00", reversed=True, reference="R1")

        reversal, received = sorted(exported(auditor_client, Payment), key=lambda row: row["Amount"])

        assert received == {
            **received,
            "Receipt": payment.receipt_number,
            "Patient": payment.patient.full_name,
            "Amount": "50.00",
            "Credit left": "0.00",
            "Method": "Card",
            "Reference": "R1",
            "By": "desk",
        }
        assert (reversal["Amount"], reversal["Reverses"]) == ("-50.00", payment.receipt_number)
        assert reversal["Reason"] == "Bounced"

    def test_export_of_credit_notes_has_net_tax_and_payer(self, auditor_client, ledger):
        note, _older = exported(auditor_client, CreditNote)

        assert [note[name] for name in ("Net", "Tax", "Total")] == ["100.00", "19.00", "119.00"]
        assert note["Payer"] == note["Patient"]
        assert note["Number"] == CreditNote.objects.latest("created_at").number

    def test_export_of_refunds_names_invoice_and_reason(self, auditor_client, ledger):
        refund, _older = exported(auditor_client, Refund)

        assert refund["Invoice"] == Refund.objects.latest("created_at").invoice.reg_number
        assert (refund["Patient"], refund["Amount"], refund["Reason"]) == ("Ana Kim", "30.00", "Paid twice")

    def test_export_has_the_rows_of_the_filtered_list(self, auditor_client, ledger):
        assert len(exported(auditor_client, Payment, q="Kim", received_at_from="2026-06-14")) == 1
        assert exported(auditor_client, Payment, q="nobody") == []

    def test_export_reads_many_rows_with_as_many_queries_as_few(self, auditor_client, django_assert_max_num_queries):
        def query_count(model):
            with django_assert_max_num_queries(10) as queries:
                exported(auditor_client, model)
            return len(queries)

        InvoiceFactory(credited=True), InvoiceFactory(written_off=True), InvoiceFactory(refunded="30.00")
        for model in LISTS:
            query_count(model)
        few = [query_count(model) for model in LISTS]
        InvoiceFactory(credited=True), InvoiceFactory(written_off=True), InvoiceFactory(refunded="30.00")

        assert [query_count(model) for model in LISTS] == few


class TestTotals:
    @pytest.mark.parametrize(
        ("model", "expected"),
        [
            (Payment, ["Received", ">200.00<", "Reversed", ">0.00<", "Net", ">200.00 EUR<"]),
            (Refund, ["Refunded", ">60.00 EUR<"]),
            (CreditNote, ["Tax", ">38.00<", "Total", ">238.00 EUR<"]),
            (WriteOff, ["Written off", ">200.00<", "Net", ">200.00 EUR<"]),
        ],
    )
    def test_totals_add_up_the_list(self, auditor_client, ledger, model, expected):
        shown = compact_html(auditor_client.get(f"{list_url(model)}totals/"))

        assert [text for text in expected if text not in shown] == []

    def test_totals_are_those_of_the_filtered_list(self, auditor_client, ledger):
        shown = compact_html(auditor_client.get(f"{list_url(Refund)}totals/", {"created_at_from": "2026-06-14"}))

        assert ">30.00 EUR<" in shown

    def test_totals_refuse_a_filter_that_cannot_be_read(self, auditor_client):
        assert auditor_client.get(f"{list_url(Payment)}totals/", {"amount_from": "abc"}).status_code == 400


@pytest.mark.neutral
class TestOrderOfNumbers:
    """The newer of two rows gets a lower number, as a text is compared; no number can be drawn past a million here."""

    @pytest.mark.parametrize(
        ("model", "table", "column", "order"),
        [
            (Payment, "billing_payment", "receipt_number", "1"),
            (CreditNote, "billing_creditnote", "number", "1"),
            (CreditNote, "billing_invoice", "reg_number", "2"),
            (Refund, "billing_invoice", "reg_number", "3"),
            (WriteOff, "billing_invoice", "reg_number", "2"),
        ],
    )
    def test_numbers_past_a_million_come_after_the_others(self, auditor_client, ledger, model, table, column, order):
        newest, oldest = listed(auditor_client, model)
        with unguarded_cursor() as cursor:
            for row, number in ((newest, "X-2026-1000000"), (oldest, "X-2026-999999")):
                key = row.invoice_id if table == "billing_invoice" else row.pk
                cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [number, key.hex])
            ascending = listed(auditor_client, model, o=order)
            descending = listed(auditor_client, model, o=f"-{order}")

        assert ascending == [oldest, newest]
        assert descending == [newest, oldest]
