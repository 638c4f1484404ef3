"""Each export of a list, opened in LibreOffice and saved again: the values come back equal."""

import csv
import shutil
import subprocess
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.contrib.admin import site
from django.utils.translation import override

from billing.admin.export_files import escape_formulas
from billing.models import CreditNote, Invoice, Payment, Refund, WriteOff
from billing.models.invoice.payer import Payer
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.admin import list_url

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
    pytest.mark.long,
    pytest.mark.neutral,
    pytest.mark.skipif(LIBREOFFICE is None, reason="LibreOffice is not installed"),
]


@pytest.fixture
def records(db):
    """Invoices of all names, and rows of the ledger for them."""
    states = [{"refunded": "34.50"}, {"written_off": True}, {"credited": True}, {"overdue": True}, {}]
    for number, name in enumerate(NAMES):
        state = states[number % len(states)]
        InvoiceFactory(total="1234.50", bill_to=Payer(name, ""), tags=["Recall", "Insurance"], **state)
        PaymentFactory(reference=name, reversed=number % 2 == 0)


def written(model):
    """The values of the rows of a list's export, newest first."""
    rows = Payment.objects.with_unallocated() if model is Payment else model.objects.all()
    export = site.get_model_admin(model).list_export
    return [export.values(record) for batch in export.batches(rows) for record in batch]


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


LISTS = [
    (Invoice, "en"),
    (Invoice, "de"),
    (Payment, "de"),
    (Refund, "en"),
    (CreditNote, "de"),
    (WriteOff, "en"),
]


@pytest.mark.parametrize(("model", "language"), LISTS)
def test_csv_opens_in_libreoffice_with_equal_values(auditor_client, records, tmp_path, model, language):
    response = auditor_client.get(f"{list_url(model)}export/csv/", headers={"Accept-Language": language})
    content = b"".join(response.streaming_content)

    _headers, *rows = through_libreoffice(tmp_path, "list.csv", content, f"--infilter={READ_AS[language]}")

    with override(language):
        expected = [
            [escape_formulas(each) if isinstance(each, str) else each for each in row] for row in written(model)
        ]
    assert [[*map(read, row, cells)] for row, cells in zip(rows, expected, strict=True)] == expected
    assert expected != []


@pytest.mark.parametrize(("model", "language"), LISTS)
def test_xlsx_opens_in_libreoffice_with_equal_values(auditor_client, records, tmp_path, model, language):
    response = auditor_client.get(f"{list_url(model)}export/xlsx/", headers={"Accept-Language": language})
    content = b"".join(response.streaming_content)

    _headers, *rows = through_libreoffice(tmp_path, "list.xlsx", content)

    with override(language):
        expected = written(model)
    assert [[*map(read, row, cells)] for row, cells in zip(rows, expected, strict=True)] == expected
    assert expected != []
