"""Export of the invoice list: contents, formats, formula escaping, log."""

import csv
import io
from datetime import date
from decimal import Decimal
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from billing.admin import exports
from billing.models import Invoice
from billing.models.invoice.payer import Payer
from billing.tests.admin.test_invoice_list import LIST, listed
from billing.tests.factories import InvoiceFactory, item

HEADERS = (
    "Number,Status,Record number,Patient,Payer,Created,Issued,Due,Days overdue,Currency,Net,Tax,Total,Paid,Credited,"
    "Written off,Remaining,Tags"
).split(",")


def csv_text(client, language="en", **query):
    response = client.get(f"{LIST}export/csv/", query, headers={"Accept-Language": language})
    return b"".join(response.streaming_content).decode("utf-8-sig")


def as_csv(client, **query):
    return list(csv.DictReader(io.StringIO(csv_text(client, **query))))


def as_xlsx(client, **query):
    response = client.get(f"{LIST}export/xlsx/", query)
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    headers, *rows = sheet.iter_rows()
    assert [cell.value for cell in headers] == HEADERS
    return [dict(zip(HEADERS, row, strict=True)) for row in rows]


class TestCsv:
    def test_csv_contains_the_amounts_of_each_invoice(self, auditor_client, noon):
        invoice = InvoiceFactory(
            total="1234.50",
            part_paid="34.50",
            part_written_off="200.00",
            at=noon,
            tags=["Recall", "Insurance"],
            patient__given_name="Ana",
            patient__family_name="Müßig",
        )

        (row,) = as_csv(auditor_client)

        assert list(row) == HEADERS
        assert row == {
            **row,
            "Number": invoice.reg_number,
            "Status": "Partially paid",
            "Record number": invoice.patient.record_number,
            "Patient": "Ana Müßig",
            "Payer": "Ana Müßig",
            "Issued": "2026-06-15",
            "Due": "2026-07-15",
            "Days overdue": "0",
            "Currency": "EUR",
            "Net": "1234.50",
            "Tax": "0.00",
            "Total": "1234.50",
            "Paid": "34.50",
            "Written off": "200.00",
            "Remaining": "1000.00",
            "Tags": "Insurance, Recall",
        }

    def test_csv_contains_the_rows_of_the_filtered_list(self, auditor_client):
        InvoiceFactory(overdue=True)
        InvoiceFactory.create_batch(3)
        query = {"queue": "to_issue", "total_amount_from": "50"}

        numbers = [row["Number"] for row in as_csv(auditor_client, **query)]

        shown = Invoice.objects.in_bulk(listed(auditor_client, **query))
        assert numbers == [shown[key].reg_number for key in listed(auditor_client, **query)]
        assert len(numbers) == 3

    def test_csv_contains_each_row_once_over_several_batches(self, auditor_client, monkeypatch, noon):
        monkeypatch.setattr(exports, "BATCH_SIZE", 2)
        InvoiceFactory.create_batch(5, at=noon)  # all created at the same time
        InvoiceFactory.create_batch(2)

        numbers = [row["Number"] for row in as_csv(auditor_client)]

        assert len(numbers) == len(set(numbers)) == 7

    def test_csv_takes_two_queries_per_batch(self, auditor_client, django_assert_max_num_queries):
        def query_count():
            with django_assert_max_num_queries(12) as queries:
                as_csv(auditor_client)
            return len(queries)

        InvoiceFactory(tags=["Recall"])
        query_count()
        few = query_count()
        for _ in range(6):
            InvoiceFactory(tags=["Recall"])

        assert query_count() == few

    @pytest.mark.parametrize("begin", list("=+-@＝"))
    def test_csv_escapes_formulas(self, auditor_client, begin):
        InvoiceFactory(bill_to=Payer(f"{begin}cmd|' /C calc'!A0", ""))

        assert as_csv(auditor_client)[0]["Payer"].startswith("'")

    @pytest.mark.parametrize("language", ["en", "de"])
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    @pytest.mark.parametrize("name", ["Eve{}=1+1", "Eve{} @SUM(1)", 'Eve{}"=1+1"', "Eve{}{}+1", "Eve{}-1"])
    def test_no_reader_of_the_csv_finds_a_formula_behind_a_separator(self, auditor_client, language, separator, name):
        InvoiceFactory(bill_to=Payer(name.replace("{}", separator), ""))

        rows = csv.reader(io.StringIO(csv_text(auditor_client, language)), delimiter=separator)

        assert not [cell for row in rows for cell in row if cell.lstrip(' "').startswith(("=", "+", "-", "@"))]

    @pytest.mark.parametrize("control", "\x01\x08\t\n\x0b\x0c\r\x1b\x1f\x85\u202e\ufffe")
    def test_exports_leave_out_control_characters_that_an_invoice_froze(self, auditor_client, control):
        InvoiceFactory(issued=True, bill_to=Payer(f"{control}Insu{control}rer", ""))

        names = {as_csv(auditor_client)[0]["Payer"], as_xlsx(auditor_client)[0]["Payer"].value}

        assert names == {"Insu rer" if control in "\t\n\r\x85" else "Insurer"}

    def test_german_csv_has_semicolons_decimal_commas_and_german_days(self, auditor_client, noon):
        invoice = InvoiceFactory(total="1234.50", issued=True, at=noon)

        head, row = csv_text(auditor_client, "de").splitlines()

        assert head.startswith("Nummer;Status;")
        assert row.startswith(f"{invoice.reg_number};")
        assert ";15.06.2026;" in row
        assert ";1234,50;0,00;1234,50;" in row

    def test_fully_credited_invoice_is_exported_as_credited(self, auditor_client):
        InvoiceFactory(credited=True)

        assert as_csv(auditor_client)[0]["Status"] == "Credited"

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_export_with_an_unreadable_filter_shows_a_message(self, auditor_client, kind):
        page = auditor_client.get(f"{LIST}export/{kind}/", {"age": "soon"}, follow=True)

        assert page.redirect_chain == [(LIST, 302)]
        assert "“age of the debt” has an invalid value: “soon”" in page.content.decode()

    def test_export_has_no_other_formats(self, auditor_client):
        assert auditor_client.get(f"{LIST}export/pdf/").status_code == 404

    def test_csv_has_net_and_tax_of_each_invoice(self, auditor_client):
        InvoiceFactory(items=[item("100.00", tax_rate=Decimal(19))])

        (row,) = as_csv(auditor_client)

        assert [row[name] for name in ("Net", "Tax", "Total")] == ["100.00", "19.00", "119.00"]


class TestXlsx:
    def test_xlsx_contains_numbers_and_dates(self, auditor_client, noon):
        InvoiceFactory(issued=True, total="1234.50", at=noon)

        (row,) = as_xlsx(auditor_client)

        assert Decimal(str(row["Total"].value)) == Decimal("1234.5")
        assert row["Total"].number_format == "#,##0.00"
        assert row["Issued"].value.date() == date(2026, 6, 15)

    @pytest.mark.parametrize("name", ["=1+1", "=HYPERLINK(1)", "#N/A", "-1", "Eve;=1+1"])
    def test_xlsx_stores_every_text_as_a_string(self, auditor_client, name):
        InvoiceFactory(patient__given_name=name, patient__family_name="", items=[item()])

        response = auditor_client.get(f"{LIST}export/xlsx/")
        sheet = ZipFile(io.BytesIO(b"".join(response.streaming_content))).read("xl/worksheets/sheet1.xml").decode()

        assert f"<is><t>{name}</t></is>" in sheet
        assert "<f>" not in sheet
        assert 't="e"' not in sheet


class TestExportLog:
    @pytest.mark.parametrize("make", [as_csv, as_xlsx])
    def test_export_is_logged_with_user_and_row_count(self, auditor_client, make, caplog):
        InvoiceFactory.create_batch(2)
        with caplog.at_level("INFO", logger="clinic.exports"):
            make(auditor_client)

        logged = [record.msg for record in caplog.records if record.name == "clinic.exports"]
        assert len(logged) == 1
        assert (logged[0]["event"], logged[0]["rows"]) == ("exported", 2)
        assert logged[0]["user_id"] is not None


class TestChosenRows:
    def test_chosen_rows_are_exported_alone(self, auditor_client):
        chosen, _other = InvoiceFactory(), InvoiceFactory()
        form = {"action": "export_csv", "_selected_action": [str(chosen.pk)], "index": "0"}

        response = auditor_client.post(LIST, form)

        text = b"".join(response.streaming_content).decode("utf-8-sig")
        assert [row["Number"] for row in csv.DictReader(io.StringIO(text))] == [chosen.reg_number]
