"""Rules that have to stand in more than one place are the same in each: the database, the forms, the limits."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from billing.admin.draft_editor.form_fields import TagListField
from billing.choices import NumberedDocument
from billing.models import CreditNote, Invoice, InvoiceEvent, InvoiceItem, Payment, Refund, Service, Tag, WriteOff
from billing.models.triggers.sql_expressions import PostgreSQL, SQLite, is_last_number
from billing.rules import ageing, limits
from billing.rules.ageing import days_overdue, effective_due
from billing.rules.register_numbers import format_number
from billing.tests.factories import InvoiceFactory

LENGTHS = [
    (InvoiceItem, "code", limits.CODE_LENGTH),
    (InvoiceItem, "description", limits.DESCRIPTION_LENGTH),
    (Service, "code", limits.CODE_LENGTH),
    (Service, "description", limits.DESCRIPTION_LENGTH),
    (Service, "category", limits.CATEGORY_LENGTH),
    (Invoice, "bill_to_name", limits.PAYER_NAME_LENGTH),
    (Invoice, "bill_to_address", limits.PAYER_ADDRESS_LENGTH),
    (Invoice, "notes", limits.NOTES_LENGTH),
    (Invoice, "internal_note", limits.NOTES_LENGTH),
    (InvoiceEvent, "reason", limits.REASON_LENGTH),
    (WriteOff, "reason", limits.REASON_LENGTH),
    (CreditNote, "reason", limits.REASON_LENGTH),
    (Payment, "reason", limits.REASON_LENGTH),
    (Payment, "reference", limits.REFERENCE_LENGTH),
    (Refund, "reason", limits.REASON_LENGTH),
    (Refund, "reference", limits.REFERENCE_LENGTH),
    (Tag, "name", limits.TAG_LENGTH),
]


@pytest.mark.parametrize(("model", "column", "length"), LENGTHS)
def test_column_takes_texts_of_the_length_that_the_rules_allow(model, column, length):
    assert model._meta.get_field(column).max_length == length


def test_form_accepts_as_many_and_as_long_tags_as_the_rules_allow():
    longest = [f"{number:0{limits.TAG_LENGTH}d}" for number in range(limits.MAX_TAGS + 1)]
    field = TagListField()

    assert field.clean(", ".join(longest[:-1])) == longest[:-1]
    with pytest.raises(ValidationError, match=f"at most {limits.MAX_TAGS} tags"):
        field.clean(",".join(longest))
    with pytest.raises(ValidationError, match=f"at most {limits.TAG_LENGTH} characters"):
        field.clean(longest[0] + "0")


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 123, 99_999, 100_000, 999_999, 1_000_000, 1_234_567])
def test_trigger_accepts_the_number_that_the_rules_format_and_no_other(number):
    def is_accepted(reg_number):
        is_postgresql = connection.vendor == "postgresql"
        dialect = PostgreSQL() if is_postgresql else SQLite()
        at = "CAST('2026-06-15 12:00:00' AS timestamptz)" if is_postgresql else "'2026-06-15 12:00:00'"
        condition = is_last_number(dialect, "candidate.number", "INV", "candidate.at")
        series = "billing_numberseries(document, year, last_number) AS (VALUES ('INV', 2026, %s))"
        candidate = f"candidate(number, at) AS (VALUES (%s, {at}))"
        with connection.cursor() as cursor:
            cursor.execute(f"WITH {series}, {candidate} SELECT {condition} FROM candidate", [number, reg_number])
            return bool(cursor.fetchone()[0])

    assert is_accepted(format_number(NumberedDocument.INVOICE, 2026, number))
    assert not is_accepted(format_number(NumberedDocument.INVOICE, 2026, number + 1))
    assert not is_accepted(f"INV-2026-{number}0")


@pytest.mark.django_db
@pytest.mark.parametrize("grace_days", [0, 3])
def test_query_and_rule_agree_on_which_invoices_are_overdue(monkeypatch, grace_days):
    monkeypatch.setattr(ageing, "GRACE_DAYS", grace_days)
    today = date(2026, 6, 10)
    noon = datetime(2026, 6, 10, 12, tzinfo=UTC)

    def day(days_ago):
        return noon - timedelta(days=days_ago)

    invoices = [
        InvoiceFactory(issued=True, at=noon, issue_date=day(issued), due_date=day(due))
        for issued, due in [(9, 0), (9, 1), (9, 2), (9, 3), (9, 4), (9, 5), (2, 9), (4, 9), (0, 9), (9, -1)]
    ]

    overdue = set(Invoice.objects.overdue(on=today))

    by_rule = {
        invoice
        for invoice in invoices
        if days_overdue(effective_due(invoice.issue_date.date(), invoice.due_date.date()), today) > 0
    }
    assert overdue == by_rule
    assert len(overdue) == {0: 7, 3: 3}[grace_days]


def test_bucket_and_rule_agree_with_grace_days(monkeypatch):
    monkeypatch.setattr(ageing, "GRACE_DAYS", 3)
    today = date(2026, 6, 10)

    for days in range(-2, 120):
        due = today - timedelta(days=days)
        earliest, latest = ageing.bucket_of(due, today).due_range(today)
        assert (earliest or date.min) <= due <= (latest or date.max)
