"""Sets of invoices: open, due, overdue, of an account, tagged, found by a search."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from billing.models import Invoice
from billing.models.invoice import search
from billing.operations.payments import pay
from billing.tests.factories import InvoiceFactory, item
from patients.tests.factories import PatientFactory

JUNE_10 = date(2026, 6, 10)


def at(day, hour=12):
    return datetime(2026, 6, day, hour, tzinfo=UTC)


class TestOpen:
    def test_open_invoices_are_those_with_an_amount_due(self, actor):
        owed = [InvoiceFactory(issued=True), InvoiceFactory(part_paid=True), InvoiceFactory(part_written_off=True)]
        for state in ({}, {"deposit": True}, {"paid": True}, {"void": True}, {"written_off": True}):
            InvoiceFactory(**state)

        assert set(Invoice.objects.open()) == set(owed)


class TestOverdue:
    def issued(self, **dates):
        return InvoiceFactory(issued=True, issue_date=at(1), **dates)

    def test_overdue_begins_the_day_after_the_due_day(self, actor):
        invoice = self.issued(due_date=at(10, 23))

        assert not Invoice.objects.overdue(on=JUNE_10).exists()
        assert list(Invoice.objects.overdue(on=date(2026, 6, 11))) == [invoice]

    def test_overdue_compares_days_not_times(self, actor):
        self.issued(due_date=at(10, 0))

        assert not Invoice.objects.overdue(on=JUNE_10).exists()

    def test_overdue_uses_the_days_of_the_clinic(self, settings, actor):
        settings.CLINIC_TIME_ZONE = "America/New_York"
        invoice = self.issued(due_date=at(10, 3))  # the evening of the 9th

        assert list(Invoice.objects.overdue(on=JUNE_10)) == [invoice]

    def test_overdue_of_an_invoice_due_before_its_issue_begins_the_day_after_the_issue(self, actor):
        invoice = InvoiceFactory(issued=True, issue_date=at(10), due_date=datetime(2019, 8, 24, tzinfo=UTC))

        assert not Invoice.objects.overdue(on=JUNE_10).exists()
        assert list(Invoice.objects.due_through(JUNE_10)) == [invoice]
        assert list(Invoice.objects.overdue(on=date(2026, 6, 11))) == [invoice]

    @pytest.mark.parametrize("state", [{"paid": True}, {"void": True}, {"written_off": True}], ids=str)
    def test_settled_invoice_is_not_in_the_overdue_ones(self, actor, state):
        self.issued(due_date=at(2), **state)

        assert not Invoice.objects.overdue(on=JUNE_10).exists()

    @pytest.mark.parametrize(
        ("today", "is_overdue"), [(10, False), (11, True)], ids=["on the due day", "the day after"]
    )
    def test_invoice_is_overdue_after_its_due_day(self, actor, today, is_overdue):
        invoice = self.issued(due_date=at(10))

        with time_machine.travel(at(today), tick=False):
            assert invoice.is_overdue() == is_overdue

    @pytest.mark.parametrize(
        "state",
        [{}, {"paid": True}, {"void": True}, {"written_off": True}, {"issue_date": at(1), "due_date": at(2)}],
        ids=["a draft", "paid", "void", "written off", "a draft with dates"],
    )
    def test_invoice_without_an_amount_due_is_not_overdue(self, actor, state):
        invoice = InvoiceFactory(**state)

        with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False):
            assert not invoice.is_overdue()


class TestAccount:
    def test_account_has_the_invoices_of_all_merged_patients(self, actor):
        survivor, merged, other_patient = PatientFactory.create_batch(3)
        theirs = [InvoiceFactory(patient=survivor), InvoiceFactory(patient=merged)]
        other = InvoiceFactory(patient=other_patient)

        merged.merge_into(survivor, **actor)

        assert set(Invoice.objects.for_patient(survivor)) == set(theirs)
        assert set(Invoice.objects.for_patient(merged)) == set(theirs)
        assert set(Invoice.objects.of_accounts([merged.pk, other_patient.pk])) == {*theirs, other}

    def test_account_of_no_patient_is_empty(self, actor):
        InvoiceFactory()

        assert not Invoice.objects.of_accounts([]).exists()


class TestTagged:
    def test_tagged_matches_any_of_the_tags_in_any_case(self, actor):
        recall, vip = InvoiceFactory(tags=["Recall"]), InvoiceFactory(tags=["VIP", "Recall"])
        InvoiceFactory(tags=["Other"])
        InvoiceFactory()

        assert set(Invoice.objects.tagged(["RECALL"])) == {recall, vip}
        assert set(Invoice.objects.tagged([" vip ", "nothing"])) == {vip}

    def test_tagged_without_tags_matches_nothing(self, actor):
        InvoiceFactory(tags=["Recall"])

        assert not Invoice.objects.tagged([]).exists()


class TestSearch:
    @pytest.fixture
    def invoice(self, actor):
        InvoiceFactory(issued=True)
        patient = PatientFactory(
            given_name="Łucja",
            family_name="Müller",
            email="lucja@example.net",
            phone="+48 22 765",
            record_number="R-77",
        )
        return InvoiceFactory(issued=True, patient=patient, items=[item(description="Röntgen, links")])

    @pytest.mark.parametrize(
        "text",
        "LUCJA|muller|r-77|@example.NET|4822765|rontgen|INV-2026-000002|links müller|rönt łuc".split("|"),
    )
    def test_search_requires_every_word(self, invoice, text):
        assert list(Invoice.objects.matching(text)) == [invoice]

    @pytest.mark.parametrize("text", ["lucja kovacs", "nobody", "000003"])
    def test_search_for_an_unknown_word_finds_nothing(self, invoice, text):
        assert not Invoice.objects.matching(text).exists()

    def test_search_without_words_finds_everything(self, invoice):
        assert Invoice.objects.matching("  ").count() == 2

    @pytest.mark.parametrize("few", [0, 1, 1000])
    @pytest.mark.parametrize("few_patients", [0, 1, 1000])
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ana", "AnaKim AnaLee"),  # of patients alone
            ("ana kim", "AnaKim"),
            ("kim lee", "LeeKim"),
            ("visit", "AnaLee LeeKim Doe"),  # of invoices alone
            ("lee", "AnaLee LeeKim Doe"),  # of either
            ("ana visit", "AnaLee"),
            ("lee visit ana", "AnaLee"),
            ("ana kim visit", ""),
            ("INV-2026-000", "AnaKim AnaLee LeeKim Doe"),
            ("INV-2026-00000 kim", "AnaKim LeeKim"),
            ("INV-2026-000002", "AnaLee Doe"),
            ("2026-000002", "AnaLee Doe"),
            ("INV-2025-000002", ""),
        ],
    )
    @pytest.mark.slow
    def test_search_finds_the_same_for_rare_and_for_common_words(
        self, actor, noon, monkeypatch, few, few_patients, text, expected
    ):
        monkeypatch.setattr(search, "FEW_ROWS", few)
        monkeypatch.setattr(search, "FEW_PATIENTS", few_patients)
        names = ["Ana Kim", "Ana Lee", "Lee Kim", "Jo Doe"]
        described = ["Blood count", "Home visit", "Home visit", "Home visit by Dr Lee, see INV-2026-000002"]
        for name, description in zip(names, described, strict=True):
            given, family = name.split()
            patient = PatientFactory(given_name=given, family_name=family)
            InvoiceFactory(issued=True, patient=patient, items=[item(description=description)])

        found = Invoice.objects.matching(text).select_related("patient")

        assert {invoice.patient.full_name.removeprefix("Jo ").replace(" ", "") for invoice in found} == set(
            expected.split()
        )


class TestLocked:
    def test_locked_invoices_are_in_the_order_of_their_ids(self, actor):
        made = InvoiceFactory.create_batch(3)

        assert [invoice.pk for invoice in Invoice.objects.locked()] == sorted(invoice.pk for invoice in made)

    def test_lock_reads_the_invoice_again(self, actor):
        stale = InvoiceFactory(issued=True)
        pay(Invoice.objects.get(), amount=stale.total_amount, **actor | {"at": actor["at"] + timedelta(minutes=1)})

        stale.lock()

        assert stale.paid_amount == stale.total_amount
