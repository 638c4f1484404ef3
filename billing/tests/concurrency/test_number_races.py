"""Numbers drawn at once: none is given twice, none is left out, whoever gives up on the way."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from billing.choices import NumberedDocument
from billing.models import Invoice, NumberSeries
from billing.models.numbering import NumberSeriesQuerySet
from billing.operations.credit_notes import issue_credit_note
from billing.operations.issuing import issue
from billing.rules.register_numbers import format_number
from billing.tests.concurrency.races import (
    BEGINS_SERIES,
    DRAWS_NUMBER,
    STORES_INVOICE,
    all_at_once,
    locked,
    refusals_of,
    unlocked,
)
from billing.tests.factories import InvoiceFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def issuing(draft, supervisor):
    """An act: somebody who read the draft by themselves issues it."""
    return lambda: issue(Invoice.objects.get(pk=draft.pk), by=supervisor, at=timezone.now())


def numbers():
    return sorted(Invoice.objects.filter(reg_number__startswith="INV-").values_list("reg_number", flat=True))


def numbered(*positions):
    return [format_number(NumberedDocument.INVOICE, timezone.now().year, position) for position in positions]


def draw_naively(monkeypatch):
    """From now on, the next number is the last one plus one: read, then written."""

    def draw(self, document, year):
        series = self.filter(document=document, year=year)
        drawn = series.values_list("last_number", flat=True).get() + 1
        series.update(last_number=drawn)
        return format_number(document, year, drawn)

    monkeypatch.setattr(NumberSeriesQuerySet, "draw", draw)


def begin_series_naively(monkeypatch):
    """From now on, the first number of a year makes the series' row: looked for, then written."""

    def draw(self, document, year):
        series = self.filter(document=document, year=year)
        if not series.exists():
            self.create(document=document, year=year)
        series.update(last_number=F("last_number") + 1)
        return format_number(document, year, series.get().last_number)

    monkeypatch.setattr(NumberSeriesQuerySet, "draw", draw)


class TestTwoIssues:
    def test_number_read_without_a_lock_is_assigned_twice(self, supervisor, monkeypatch):
        InvoiceFactory(issued=True)
        drafts = InvoiceFactory.create_batch(2)
        draw_naively(monkeypatch)

        first, second = unlocked(*(issuing(draft, supervisor) for draft in drafts), pause=DRAWS_NUMBER)

        assert not first.refusal
        assert isinstance(second.refusal, IntegrityError)

    def test_concurrent_issues_assign_two_numbers(self, supervisor, books_are_clean):
        InvoiceFactory(issued=True)
        drafts = InvoiceFactory.create_batch(2)

        first, second = locked(*(issuing(draft, supervisor) for draft in drafts), pause=STORES_INVOICE)

        assert refusals_of(first, second) == []
        assert numbers() == numbered(1, 2, 3)

    def test_number_of_a_failed_issue_is_assigned_to_the_next(self, supervisor, books_are_clean):
        InvoiceFactory(issued=True)
        given_up, issued = InvoiceFactory.create_batch(2)

        def give_up():
            with transaction.atomic():
                issuing(given_up, supervisor)()
                raise RuntimeError("the line went dead")

        first, second = locked(give_up, issuing(issued, supervisor), pause=STORES_INVOICE)

        assert first.refused_by == "RuntimeError"
        assert not second.refusal
        assert numbers() == numbered(1, 2)

    def test_forty_concurrent_issues_leave_no_gap(self, supervisor, books_are_clean):
        drafts = InvoiceFactory.create_batch(40)

        def issue_all(mine):
            for draft in mine:
                issuing(draft, supervisor)()

        outcomes = all_at_once(*(lambda session=session: issue_all(drafts[session::8]) for session in range(8)))

        assert refusals_of(*outcomes) == []
        assert numbers() == numbered(*range(1, 41))


class TestFirstNumberOfYear:
    def test_series_looked_up_without_a_lock_is_created_twice(self, supervisor, monkeypatch):
        drafts = InvoiceFactory.create_batch(2)
        begin_series_naively(monkeypatch)

        first, second = unlocked(*(issuing(draft, supervisor) for draft in drafts), pause=BEGINS_SERIES)

        assert not first.refusal
        assert isinstance(second.refusal, IntegrityError)

    def test_concurrent_issues_create_one_series(self, supervisor, books_are_clean):
        drafts = InvoiceFactory.create_batch(2)

        first, second = locked(*(issuing(draft, supervisor) for draft in drafts), pause=STORES_INVOICE)

        assert refusals_of(first, second) == []
        assert numbers() == numbered(1, 2)

    def test_concurrent_credit_notes_create_one_series(self, supervisor, books_are_clean):
        invoices = InvoiceFactory.create_batch(2, issued=True)

        def credit(invoice):
            return lambda: issue_credit_note(invoice=invoice, reason="Not rendered", by=supervisor, at=timezone.now())

        first, second = locked(*(credit(invoice) for invoice in invoices), pause=STORES_INVOICE)

        year = timezone.now().year
        assert [first.answer.number, second.answer.number] == [f"CN-{year}-000001", f"CN-{year}-000002"]


class TestOneDraftIssuedTwice:
    def test_second_issue_of_a_draft_without_the_lock_is_refused_by_the_database(self, supervisor):
        draft = InvoiceFactory()

        first, second = unlocked(issuing(draft, supervisor), issuing(draft, supervisor))

        assert not first.refusal
        assert isinstance(second.refusal, IntegrityError)

    def test_concurrent_issues_of_a_draft_use_one_number(self, supervisor, books_are_clean):
        draft = InvoiceFactory()

        first, second = locked(issuing(draft, supervisor), issuing(draft, supervisor))

        assert not first.refusal
        assert second.refused_by == "MoveNotAllowed"
        assert NumberSeries.objects.get(document=NumberedDocument.INVOICE).last_number == 1
        assert Invoice.objects.get(pk=draft.pk).total_amount == Decimal("100.00")
