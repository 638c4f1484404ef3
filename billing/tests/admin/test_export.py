"""The list as a file: what is in it, in which form, and what a spreadsheet must not take for a formula."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from billing.admin.invoice_list import export
from billing.models import Invoice
from billing.models.invoice.model import Payer
from billing.tests.admin.test_invoice_list import LIST, desk_of, listed
from billing.tests.factories import InvoiceFactory, item

HEADS = (
    "Number,Status,Record number,Patient,Who pays,Created,Issued,Due,Days overdue,Currency,Total,Paid,Credited,"
    "Written off,Remaining,Tags"
).split(",")


@pytest.fixture
def desk(db):
    return desk_of("auditor")


def as_csv(desk, **query):
    answer = desk.get(f"{LIST}export/csv/", query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def as_xlsx(desk, **query):
    answer = desk.get(f"{LIST}export/xlsx/", query)
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    heads, *rows = sheet.iter_rows()
    assert [cell.value for cell in heads] == HEADS
    return [dict(zip(HEADS, row, strict=True)) for row in rows]


class TestCsv:
    def test_has_the_figures_of_each_invoice(self, desk, noon):
        invoice = InvoiceFactory(
            total="1234.50",
            part_paid="34.50",
            part_written_off="200.00",
            at=noon,
            tags=["Recall", "Insurance"],
            patient__given_name="Ana",
            patient__family_name="Müßig",
        )

        (row,) = as_csv(desk)

        assert list(row) == HEADS
        assert row == {
            **row,
            "Number": invoice.reg_number,
            "Status": "Partially paid",
            "Record number": invoice.patient.record_number,
            "Patient": "Ana Müßig",
            "Who pays": "Ana Müßig",
            "Issued": "2026-06-15",
            "Due": "2026-07-15",
            "Days overdue": "0",
            "Currency": "EUR",
            "Total": "1234.50",
            "Paid": "34.50",
            "Written off": "200.00",
            "Remaining": "1000.00",
            "Tags": "Insurance, Recall",
        }

    def test_has_what_the_list_has(self, desk):
        InvoiceFactory(overdue=True)
        InvoiceFactory.create_batch(3)
        query = {"queue": "to_issue", "total_amount_from": "50"}

        numbers = [row["Number"] for row in as_csv(desk, **query)]

        shown = Invoice.objects.in_bulk(listed(desk, **query))
        assert numbers == [shown[key].reg_number for key in listed(desk, **query)]
        assert len(numbers) == 3

    def test_has_every_row_once_over_many_stretches(self, desk, monkeypatch, noon):
        monkeypatch.setattr(export, "BATCH_SIZE", 2)
        InvoiceFactory.create_batch(5, at=noon)  # all of the same moment
        InvoiceFactory.create_batch(2)

        numbers = [row["Number"] for row in as_csv(desk)]

        assert len(numbers) == len(set(numbers)) == 7

    def test_costs_two_statements_a_stretch(self, desk, django_assert_max_num_queries):
        def asked():
            with django_assert_max_num_queries(12) as seen:
                as_csv(desk)
            return len(seen)

        InvoiceFactory(tags=["Recall"])
        asked()
        few = asked()
        for _ in range(6):
            InvoiceFactory(tags=["Recall"])

        assert asked() == few

    @pytest.mark.parametrize("begin", list("=+-@\t\r"))
    def test_makes_formulas_text(self, desk, begin):
        InvoiceFactory(bill_to=Payer(f"{begin}cmd|' /C calc'!A0", ""))

        assert as_csv(desk)[0]["Who pays"].startswith("'")

    def test_refuses_what_the_list_refuses(self, desk):
        assert desk.get(f"{LIST}export/csv/", {"age": "soon"}).headers["Location"] == f"{LIST}?e=1"
        assert desk.get(f"{LIST}export/pdf/").status_code == 404


class TestXlsx:
    def test_has_numbers_and_days_that_a_spreadsheet_reckons_with(self, desk, noon):
        InvoiceFactory(issued=True, total="1234.50", at=noon)

        (row,) = as_xlsx(desk)

        assert Decimal(str(row["Total"].value)) == Decimal("1234.5")
        assert row["Total"].number_format == "#,##0.00"
        assert row["Issued"].value.date() == date(2026, 6, 15)

    def test_makes_formulas_text(self, desk):
        InvoiceFactory(patient__given_name="=1+1", patient__family_name="", items=[item()])

        (row,) = as_xlsx(desk)

        assert (row["Patient"].value, row["Patient"].data_type) == ("'=1+1", "s")

    def test_is_not_made_of_more_than_a_workbook_should_hold(self, desk, monkeypatch):
        monkeypatch.setattr(export, "MAX_XLSX_ROWS", 2)
        InvoiceFactory.create_batch(3)

        answer = desk.get(f"{LIST}export/xlsx/?total_amount_from=1", follow=True)

        assert "More than 2 invoices" in answer.content.decode()
        assert answer.redirect_chain == [(f"{LIST}?total_amount_from=1", 302)]


class TestAudit:
    @pytest.mark.parametrize("make", [as_csv, as_xlsx])
    def test_says_who_exported_how_much(self, desk, make, caplog):
        InvoiceFactory.create_batch(2)
        with caplog.at_level("INFO", logger="clinic.exports"):
            make(desk)

        said = [record.msg for record in caplog.records if record.name == "clinic.exports"]
        assert len(said) == 1
        assert (said[0]["event"], said[0]["rows"]) == ("exported", 2)
        assert said[0]["user_id"] is not None


class TestChosenRows:
    def test_can_be_exported_alone(self, desk):
        chosen, _other = InvoiceFactory(), InvoiceFactory()
        form = {"action": "export_csv", "_selected_action": [str(chosen.pk)], "index": "0"}

        answer = desk.post(LIST, form)

        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert [row["Number"] for row in csv.DictReader(io.StringIO(text))] == [chosen.reg_number]
