"""An invoice's stored representation as PostgreSQL renders it, byte for byte as the one serializer does.

A stored document that is equal says what one says that is made anew. Where it is not, the serializer is asked: so a
member that is missing here makes the check slow, never wrong, and a test says that it is missing.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import DateField, DateTimeField, Model, PositiveIntegerField, UUIDField

from billing.models import Invoice, InvoiceItem
from billing.models.invoice import stored_representation
from billing.reports.books_check.invariant import quoted
from clinic.db.fields import ExactDecimalField

INVOICE = (
    """issue_date due_date status discount_amount discount_percent paid_amount appointment_id patient_id id subtotal
    remaining_amount total_amount reg_number items notes discount_total taxes tax_amount credited_amount
    written_off_amount currency corrects_id corrected_by_id created_at updated_at bill_to tags"""
).split()
ITEM = (
    """id service_id code description quantity unit_price discount_amount discount_percent tax_rate service_date
    position line_total"""
).split()

EXACT = 10**15 - 1  # minor units that a float tells exactly
MOST_RATES = 3  # of tax on an invoice, that are spelled here
DECIMAL = r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?$"  # as Python's Decimal writes one


def screen() -> str:
    """The condition that clears the document of `invoice`: equal, or none that `stored_representation.read` reads."""
    if connection.vendor != "postgresql" or not _has_the_zone():
        return "FALSE"
    heading = f"'{quoted(stored_representation.heading())}'"
    # Most are equal: all else is asked only then.
    return (
        f"wire_document = {heading} || {_spelled(Invoice, 'invoice', INVOICE, _beside())} "
        f"OR wire_document IS NULL OR NOT starts_with(wire_document, {heading})"
    )


def _beside() -> dict[str, str]:
    """What of a document is not a column of the row, by its name."""
    item = _spelled(InvoiceItem, "item", ITEM, {})
    items = "billing_invoiceitem item WHERE item.invoice_id = invoice.id ORDER BY item.position, item.id"
    tags = "billing_invoice_tags tag WHERE tag.invoice_id = invoice.id ORDER BY tag.tag_id"
    corrections = "billing_invoice other WHERE other.corrects_id = invoice.id"
    name, address = _text("invoice.bill_to_name"), _text("invoice.bill_to_address")
    return {
        "items": f"'[' || {_joined(item, items)} || ']'",
        "taxes": _taxes(),
        "corrected_by_id": f"COALESCE(NULLIF({_joined(_quotes('other.id'), corrections)}, ''), 'null')",
        "bill_to": (
            "CASE invoice.bill_to_name WHEN '' THEN 'null' "
            f"ELSE '{{\"name\":' || {name} || ',\"address\":' || {address} || '}}' END"
        ),
        "tags": f"'[' || {_joined(_quotes('tag.tag_id'), tags)} || ']'",
    }


def _spelled(model: type[Model], alias: str, names: list[str], beside: Mapping[str, str]) -> str:
    """The JSON of an object with these members: what stands beside the row, and columns of it."""
    columns = {field.attname: field for field in model._meta.concrete_fields}
    return _object({name: beside[name] if name in beside else _column(columns[name], alias) for name in names})


def _object(members: Mapping[str, str]) -> str:
    begin = "{"
    told = []
    for name, value in members.items():
        told += [f"'{begin}\"{name}\":'", value]
        begin = ","
    return _concatenated([*told, "'}'"])


def _concatenated(texts: list[str]) -> str:
    """One text of several, by halves: from left to right the database would copy what it has again for each."""
    if len(texts) == 1:
        return texts[0]
    half = len(texts) // 2
    return f"({_concatenated(texts[:half])} || {_concatenated(texts[half:])})"


def _column(field: Any, alias: str) -> str:
    """The JSON of a column."""
    column = f"{alias}.{field.column}"
    kind = field.target_field if field.is_relation else field
    if isinstance(kind, ExactDecimalField):
        told = _number(column, 10**kind.scale)
    elif isinstance(kind, PositiveIntegerField):
        told = f"CAST({column} AS text)"
    elif isinstance(kind, DateTimeField):
        told = _quotes(_moment(column))
    elif isinstance(kind, DateField):
        told = _quotes(f"to_char({column}, 'YYYY-MM-DD')")
    elif isinstance(kind, UUIDField):
        told = _quotes(column)
    else:
        told = _text(column)
    return f"CASE WHEN {column} IS NULL THEN 'null' ELSE {told} END" if field.null else told


def _quotes(text: str) -> str:
    return f"'\"' || {text} || '\"'"


def _joined(told: str, source: str) -> str:
    """The JSON of several rows, with commas between them; NULL when that of one is."""
    rows = f"SELECT {told} AS told FROM {source}"
    return (
        f"(SELECT CASE WHEN COUNT(*) = COUNT(told) THEN COALESCE(string_agg(told, ','), '') END FROM ({rows}) each_one)"
    )


def _text(column: str) -> str:
    return f"CASE {column} WHEN '' THEN '\"\"' ELSE CAST(to_json({column}) AS text) END"


def _number(column: str, unit: int) -> str:
    """A number of minor units, so many to one; NULL, which is equal to nothing, when a float does not tell it."""
    return (
        f"CASE WHEN {column} = 0 THEN '0.0' WHEN {column} NOT BETWEEN 0 AND {EXACT} THEN NULL "
        f"WHEN {column} % {unit} = 0 THEN CAST({column} / {unit} AS text) || '.0' "
        f"ELSE CAST(CAST({column} AS float8) / {unit} AS text) END"
    )


def _moment(column: str) -> str:
    utc = f"({column} AT TIME ZONE 'UTC')"
    zone, offset = utc, "'+00:00'"
    if settings.CLINIC_TIME_ZONE != "UTC":
        zone = f"({column} AT TIME ZONE '{quoted(settings.CLINIC_TIME_ZONE)}')"
        offset = (
            f"CASE WHEN {zone} < {utc} THEN to_char({utc} - {zone}, '-HH24:MI') "
            f"ELSE to_char({zone} - {utc}, '+HH24:MI') END"
        )
    return f"replace(to_char({zone}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '.000000', '') || {offset}"


def _taxes() -> str:
    """The tax by rate, from JSON that may be anything: NULL when it is no list of that, or a long one."""
    of_rates = [
        _object({name: _decimal(f"(invoice.taxes -> {place} ->> '{name}')") for name in ("rate", "net", "tax")})
        for place in range(MOST_RATES)
    ]
    cases = " ".join(f"WHEN {count} THEN " + " || ',' || ".join(of_rates[:count]) for count in range(1, MOST_RATES + 1))
    return (
        "CASE WHEN jsonb_typeof(invoice.taxes) = 'array' "
        f"THEN '[' || CASE jsonb_array_length(invoice.taxes) WHEN 0 THEN '' {cases} END || ']' END"
    )


def _decimal(text: str) -> str:
    return f"CASE WHEN {text} ~ '{DECIMAL}' THEN to_char(CAST({text} AS numeric), 'FM9999999990.0999') END"


def _has_the_zone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = %s)", [settings.CLINIC_TIME_ZONE])
        (has,) = cursor.fetchone()
    return bool(has)
