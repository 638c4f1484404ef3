"""Issuing an invoice: its number, dates, status, and the particulars that are printed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.choices import InvoiceStatus, NumberedDocument
from billing.models import Invoice, NumberSeries, PeriodClosed
from billing.models.invoice.payer import Payer
from billing.operations.closing import close_books
from billing.operations.create_or_update import update_invoice
from billing.operations.credit_notes import issue_credit_note
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.operation_checks import BackdateNotAllowed, EmptyInvoice, IssueDateInFuture
from billing.operations.payments import pay
from billing.operations.voiding import void
from billing.tests.factories import InvoiceFactory, item
from clinic.domain.dates import local_date
from clinic.domain.errors import RuleBroken
from patients.tests.factories import PatientFactory


def issued(**fields):
    return InvoiceFactory(issued=True, **fields)


class TestNumber:
    def test_number_counts_within_the_year_of_the_issue_date(self, actor):
        numbers = [
            issued().reg_number,
            issued(issue_date=datetime(2025, 12, 30, 9, tzinfo=UTC)).reg_number,
            issued().reg_number,
            issued(issue_date=datetime(2025, 12, 31, 9, tzinfo=UTC)).reg_number,
        ]

        assert numbers == ["INV-2026-000001", "INV-2025-000001", "INV-2026-000002", "INV-2025-000002"]

    @pytest.mark.parametrize(
        ("zone", "number"),
        [
            ("UTC", "INV-2025-000001"),
            ("Europe/Berlin", "INV-2026-000001"),  # half past midnight, new year
            ("America/New_York", "INV-2025-000001"),
        ],
    )
    def test_number_has_the_year_in_the_time_zone_of_the_clinic(self, settings, actor, zone, number):
        settings.CLINIC_TIME_ZONE = zone

        assert issued(issue_date=datetime(2025, 12, 31, 23, 30, tzinfo=UTC)).reg_number == number

    def test_number_is_kept_by_a_void(self, actor):
        invoice = issued()

        void(invoice, reason="Wrong patient", **actor)

        invoice.refresh_from_db()
        assert invoice.reg_number == "INV-2026-000001"
        assert issued().reg_number == "INV-2026-000002"

    def test_number_is_not_used_by_drafts(self, actor):
        InvoiceFactory()
        InvoiceFactory(void=True, issued=False)

        assert issued().reg_number == "INV-2026-000001"

    def test_number_is_not_used_by_a_refusal_before_it_is_assigned(self, actor):
        with pytest.raises(EmptyInvoice):
            issued(items=[])

        assert not NumberSeries.objects.filter(document=NumberedDocument.INVOICE).exists()

    def test_number_is_not_used_by_a_refusal_after_it_was_assigned(self, actor):
        invoice = InvoiceFactory()

        with pytest.raises(RuleBroken):  # issued, and then not paid as was wished
            update_invoice(invoice, InvoiceInput(status=InvoiceStatus.PARTIALY_PAID), **actor)

        assert issued().reg_number == "INV-2026-000001"

    def test_number_is_assigned_after_every_other_row(self, actor):
        invoice = InvoiceFactory()

        with CaptureQueriesContext(connection) as captured:
            issue(invoice, **actor)

        written = [query["sql"].split('"')[1] for query in captured if query["sql"].startswith(("INSERT", "UPDATE"))]
        drawn = written.index("billing_numberseries")
        assert "billing_invoiceevent" in written[:drawn]
        assert set(written[drawn:]) == {"billing_numberseries", "billing_invoice"}  # what carries it

    def test_number_grows_beyond_six_digits(self, db):
        assert str(NumberSeries(document="INV", year=2026, last_number=1_234_567)) == "INV-2026-1234567"

    def test_number_of_a_credit_note_has_its_own_series(self, actor):
        first, second = issued(), issued()

        notes = [issue_credit_note(invoice=invoice, reason="Not rendered", **actor) for invoice in (first, second)]

        assert [note.number for note in notes] == ["CN-2026-000001", "CN-2026-000002"]
        assert str(notes[0]) == "CN-2026-000001"

    def test_number_of_a_credit_note_has_the_year_in_which_it_is_written(self, actor):
        invoice = issued(issue_date=datetime(2025, 12, 30, 9, tzinfo=UTC))

        assert issue_credit_note(invoice=invoice, reason="Not rendered", **actor).number == "CN-2026-000001"

    def test_number_of_a_receipt_is_unique(self, actor):
        invoice = issued()

        receipts = [pay(invoice, amount=Decimal(1), **actor).receipt_number for _ in range(3)]

        assert len(set(receipts)) == 3
        assert all(number.startswith("REC-2026-") for number in receipts)


class TestIssueDate:
    def test_issue_date_is_set_if_absent(self, actor):
        assert issued().issue_date == actor["at"]

    def test_issue_date_is_kept_if_given(self, actor):
        day = datetime(2026, 6, 1, 5, 53, 48, tzinfo=UTC)

        assert issued(issue_date=day).issue_date == day

    def test_issue_date_later_today_is_accepted(self, actor):
        assert issued(issue_date=datetime(2026, 6, 15, 23, tzinfo=UTC)).is_issued

    def test_issue_date_tomorrow_is_refused(self, actor):
        with pytest.raises(IssueDateInFuture) as raised:
            issued(issue_date=datetime(2026, 6, 16, 0, tzinfo=UTC))

        assert [error.pointer for error in raised.value.errors] == ["/issue_date"]

    def test_issue_date_tomorrow_in_london_is_today_in_new_york(self, settings, actor):
        settings.CLINIC_TIME_ZONE = "America/New_York"

        assert issued(issue_date=datetime(2026, 6, 16, 3, tzinfo=UTC)).is_issued  # 23:00 on the 15th

    def test_issue_date_today_in_london_is_tomorrow_in_auckland(self, settings, actor):
        settings.CLINIC_TIME_ZONE = "Pacific/Auckland"
        morning = datetime(2026, 6, 15, 11, tzinfo=UTC)  # 23:00 on the 15th
        invoice = InvoiceFactory(at=morning, issue_date=datetime(2026, 6, 15, 12, tzinfo=UTC))  # midnight, the 16th

        with pytest.raises(IssueDateInFuture):
            issue(invoice, **actor | {"at": morning})

    def test_issue_date_of_a_draft_may_be_in_the_future(self, actor):
        assert InvoiceFactory(issue_date=datetime(2027, 1, 1, tzinfo=UTC)).status == InvoiceStatus.DRAFT


class TestBackdating:
    def test_backdating_is_allowed_within_the_setting(self, settings, actor):
        settings.BACKDATE_DAYS = 10

        assert issued(issue_date=datetime(2026, 6, 5, 0, tzinfo=UTC)).is_issued

    def test_backdating_beyond_the_setting_is_refused_to_a_clerk(self, settings, noon, clerk):
        settings.BACKDATE_DAYS = 10

        with pytest.raises(BackdateNotAllowed, match="permission to backdate") as raised:
            issued(issue_date=datetime(2026, 6, 4, 23, tzinfo=UTC), by=clerk)

        assert [error.pointer for error in raised.value.errors] == ["/issue_date"]

    def test_backdating_beyond_the_setting_is_allowed_to_a_supervisor(self, settings, noon, supervisor):
        settings.BACKDATE_DAYS = 10

        assert issued(issue_date=datetime(2020, 1, 1, tzinfo=UTC), by=supervisor).reg_number == "INV-2020-000001"

    def test_backdating_is_allowed_for_a_year_by_default(self, noon, clerk):
        assert issued(issue_date=noon - timedelta(days=365), by=clerk).is_issued
        with pytest.raises(BackdateNotAllowed):
            issued(issue_date=noon - timedelta(days=366), by=clerk)


class TestClosedPeriod:
    @pytest.fixture(autouse=True)
    def may_is_closed(self, actor):
        close_books(through=date(2026, 5, 31), reason="May", **actor)

    def test_invoice_dated_on_the_closing_date_is_not_issued(self, actor):
        with pytest.raises(PeriodClosed) as raised:
            issued(issue_date=datetime(2026, 5, 31, 12, tzinfo=UTC))

        assert [error.pointer for error in raised.value.errors] == ["/issue_date"]
        assert raised.value.members["closed_through"] == date(2026, 5, 31)

    def test_invoice_dated_after_the_closing_date_is_issued(self, actor):
        assert issued(issue_date=datetime(2026, 6, 1, 0, tzinfo=UTC)).is_issued

    def test_invoice_of_a_closed_period_is_not_issued_by_those_who_may_backdate(self, actor, supervisor):
        with pytest.raises(PeriodClosed):
            issued(issue_date=datetime(2026, 5, 1, tzinfo=UTC), by=supervisor)

    def test_draft_may_be_dated_in_a_closed_period(self, actor):
        assert InvoiceFactory(issue_date=datetime(2026, 5, 1, tzinfo=UTC)).status == InvoiceStatus.DRAFT


class TestDueDate:
    def test_due_date_is_thirty_days_after_the_issue_day(self, actor):
        assert local_date(issued().due_date) == date(2026, 7, 15)

    def test_due_date_follows_the_payment_terms_and_the_day_of_the_clinic(self, settings, actor):
        settings.PAYMENT_TERMS_DAYS = 14
        settings.CLINIC_TIME_ZONE = "Pacific/Auckland"  # noon in London is midnight there, the 16th

        due = issued().due_date

        assert local_date(due) == date(2026, 6, 30)
        assert due == datetime(2026, 6, 29, 12, tzinfo=UTC)

    def test_due_date_is_kept_if_given(self, actor):
        due = datetime(2026, 8, 1, tzinfo=UTC)

        assert issued(due_date=due).due_date == due

    def test_due_date_before_the_issue_date_is_accepted(self, actor):
        due = datetime(2019, 8, 24, 14, 15, 22, tzinfo=UTC)

        assert issued(due_date=due).due_date == due


class TestStatus:
    @pytest.mark.parametrize(
        ("total", "deposit", "status"),
        [
            ("100.00", None, InvoiceStatus.ISSUED),
            ("100.00", "0.01", InvoiceStatus.PARTIALY_PAID),
            ("100.00", "100.00", InvoiceStatus.PAID),
            ("0.00", None, InvoiceStatus.PAID),
        ],
    )
    def test_status_follows_from_the_deposit(self, actor, total, deposit, status):
        invoice = issued(total=total, **({"deposit": deposit} if deposit else {}))

        assert invoice.status == status


class TestEmptyInvoice:
    def test_invoice_without_items_is_not_issued(self, actor):
        invoice = InvoiceFactory(items=[])

        with pytest.raises(EmptyInvoice) as raised:
            issue(invoice, **actor)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/items", "empty_invoice")]
        assert Invoice.objects.get().status == InvoiceStatus.DRAFT


class TestParticulars:
    def test_particulars_are_those_of_patient_and_clinic(self, settings, actor):
        settings.CLINIC_NAME, settings.CLINIC_ADDRESS = "Hill Clinic", "Hill 1"
        patient = PatientFactory(
            given_name="Ada", family_name="Byron", address="1 Road", birth_date=date(1990, 12, 10), record_number="R7"
        )

        assert issued(patient=patient).particulars == {
            "patient": {
                "id": str(patient.pk),
                "record_number": "R7",
                "name": "Ada Byron",
                "birth_date": "1990-12-10",
                "address": "1 Road",
            },
            "clinic": {"name": "Hill Clinic", "address": "Hill 1", "time_zone": "UTC"},
        }

    def test_particulars_stay_when_the_patient_moves(self, actor):
        patient = PatientFactory(given_name="Ada", family_name="Byron", address="1 Road")
        invoice = issued(patient=patient)

        patient.change(address="2 Street", family_name="Lovelace")

        invoice.refresh_from_db()
        assert invoice.payer == Payer("Ada Byron", "1 Road")
        assert invoice.particulars["patient"]["name"] == "Ada Byron"

    def test_particulars_of_a_draft_follow_the_patient(self, actor):
        patient = PatientFactory(given_name="Ada", family_name="Byron", address="1 Road")
        invoice = InvoiceFactory(patient=patient)

        patient.change(address="2 Street")

        invoice.refresh_from_db()
        assert invoice.payer == Payer("Ada Byron", "2 Street")
        assert invoice.particulars == {}

    def test_particulars_name_the_payer(self, actor):
        invoice = issued(bill_to=Payer("Insurance AG", "3 Square"))

        assert invoice.payer == Payer("Insurance AG", "3 Square")
        assert invoice.particulars["patient"]["name"].startswith("Mária")


class TestSearchText:
    def test_search_text_contains_the_new_number_and_the_items(self, actor):
        invoice = issued(items=[item(description="Röntgen")])

        assert invoice.search_text == "inv-2026-000001 rontgen 2026000001"
