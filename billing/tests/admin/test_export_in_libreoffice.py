"""Each export of the invoice list, opened in LibreOffice and saved again: the values come back equal."""

import csv
import shutil
import subprocess
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import override

from billing.admin.invoice_list.export import escape_formulas, values
from billing.models import Invoice
from billing.models.invoice.model import Payer
from billing.tests.admin.test_invoice_list import LIST
from billing.tests.factories import InvoiceFactory

LIBREOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
CSV = "Text - txt - csv (StarCalc)"
AS_CSV = f"csv:{CSV}:44,34,76,1,,0,false,false"  # commas, quotes, UTF-8, from the first row; values as they are stored
READ_AS = {  # separator, quotes, UTF-8, from the first row; language; with numbers and days recognised
    "en": f"{CSV}:44,34,76,1,,1033,false,true",
    "de": f"{CSV}:59,34,76,1,,1031,false,true",
}
NAMES = [
    "Ana Müßig",
    "=1+1",
    "Eve;=1+1",
    "Eve, @SUM(1)",
    'Eve;"=1+1"',
    "-5 degrees",
    "+49 30 1234",
    "#N/A",
    "_x0041_",
    "O’Brien \N{GRINNING FACE}",
    "Bell\x07 and\x0b form\x0c feed",
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.neutral,
    pytest.mark.skipif(LIBREOFFICE is None, reason="LibreOffice is not installed"),
]


@pytest.fixture
def invoices(db):
    states = [{"part_paid": "34.50"}, {"written_off": True}, {"credited": True}, {"overdue": True}, {}]
    for number, name in enumerate(NAMES):
        state = states[number % len(states)]
        InvoiceFactory(total="1234.50", bill_to=Payer(name, ""), tags=["Recall", "Insurance"], **state)
    return list(Invoice.objects.select_related("patient").order_by("-created_at", "-pk"))


def through_libreoffice(folder, name, content, *options):
    """The cells of a file, as LibreOffice saves them."""
    source, saved = folder / name, folder / "saved"
    source.write_bytes(content)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        LIBREOFFICE,
        profile,
        "--headless",
        *options,
        "--convert-to",
        AS_CSV,
        "--outdir",
        str(saved),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    with (saved / source.with_suffix(".csv").name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def read(cell, value):
    """The cell as a value of the type of the one that was written."""
    if value is None:
        return cell or None
    if isinstance(value, date):
        return datetime.strptime(cell, "%Y-%m-%d" if "-" in cell else "%m/%d/%y").date()  # as the cell is formatted
    if isinstance(value, Decimal):
        return Decimal(cell.replace(",", ""))  # a cell with a number format is saved as it is shown
    return type(value)(cell)


@pytest.mark.parametrize("language", ["en", "de"])
def test_csv_opens_in_libreoffice_with_equal_values(auditor_client, invoices, tmp_path, language):
    response = auditor_client.get(f"{LIST}export/csv/", headers={"Accept-Language": language})
    content = b"".join(response.streaming_content)

    _headers, *rows = through_libreoffice(tmp_path, "list.csv", content, f"--infilter={READ_AS[language]}")

    with override(language):
        written = [values(invoice) for invoice in invoices]
    expected = [[escape_formulas(each) if isinstance(each, str) else each for each in row] for row in written]
    assert [[*map(read, row, cells)] for row, cells in zip(rows, expected, strict=True)] == expected


@pytest.mark.parametrize("language", ["en", "de"])
def test_xlsx_opens_in_libreoffice_with_equal_values(auditor_client, invoices, tmp_path, language):
    response = auditor_client.get(f"{LIST}export/xlsx/", headers={"Accept-Language": language})
    content = b"".join(response.streaming_content)

    _headers, *rows = through_libreoffice(tmp_path, "list.xlsx", content)

    with override(language):
        expected = [values(invoice) for invoice in invoices]
    assert [[*map(read, row, cells)] for row, cells in zip(rows, expected, strict=True)] == expected
    assert any(Decimal("1234.50") in row for row in expected)
