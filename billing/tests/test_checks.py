"""The start of the server compares the books with the settings."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from billing.checks import check_clock, check_currency, check_history, check_triggers, check_zone
from billing.models import triggers
from billing.tests.factories import InvoiceFactory, PaymentFactory
from patients.tests.factories import PatientFactory


def ids(messages):
    return [message.id for message in messages]


@pytest.mark.django_db
class TestCurrency:
    def test_currency_of_the_settings_equals_that_of_the_books(self):
        InvoiceFactory(paid=True)

        assert check_currency(databases=["default"]) == []

    @pytest.mark.parametrize("made", [InvoiceFactory, PaymentFactory])
    def test_currency_that_differs_from_the_books_stops_the_start(self, settings, made):
        made()
        settings.CLINIC_CURRENCY = "CHF"

        [found] = check_currency(databases=["default"])

        assert found.id == "billing.E001"
        assert found.hint.startswith("Set CLINIC_CURRENCY=EUR")

    def test_any_currency_is_accepted_for_empty_books(self, settings):
        settings.CLINIC_CURRENCY = "CHF"

        assert check_currency(databases=["default"]) == []


@pytest.mark.django_db
class TestTimeZone:
    def test_time_zone_of_the_settings_equals_that_of_the_last_invoice(self):
        InvoiceFactory(issued=True)

        assert check_zone(databases=["default"]) == []

    def test_time_zone_that_differs_from_the_last_invoice_is_a_warning(self, settings):
        InvoiceFactory(issued=True)
        settings.CLINIC_TIME_ZONE = "Asia/Kathmandu"

        [found] = check_zone(databases=["default"])

        assert found.id == "billing.W001"
        assert found.hint.startswith("Set CLINIC_TIME_ZONE=UTC")

    def test_any_time_zone_is_accepted_until_the_first_issue(self, settings):
        InvoiceFactory()
        settings.CLINIC_TIME_ZONE = "Asia/Kathmandu"

        assert check_zone(databases=["default"]) == []


@pytest.mark.django_db
class TestClock:
    @pytest.mark.parametrize("make", [PatientFactory, InvoiceFactory, PaymentFactory])
    def test_record_of_the_future_is_a_warning(self, make):
        with time_machine.travel(timezone.now() + timedelta(minutes=3)):
            make()

        [found] = check_clock(databases=["default"])

        assert found.id == "billing.W002"
        assert not found.is_serious()

    def test_record_of_the_next_minute_is_none(self):
        with time_machine.travel(timezone.now() + timedelta(minutes=1)):
            PatientFactory()

        assert check_clock(databases=["default"]) == []

    def test_empty_books_pass(self):
        assert check_clock(databases=["default"]) == []


@pytest.mark.django_db
class TestMigrations:
    def test_current_database_passes(self):
        assert check_history(databases=["default"]) == []

    def test_database_of_another_version_is_refused(self):
        MigrationRecorder(connection).record_applied("billing", "0001_the_books")

        [found] = check_history(databases=["default"])

        assert found.id == "billing.E003"
        assert "billing.0001_the_books" in found.msg
        assert "var/clinic.sqlite3" in found.hint

    def test_newer_database_is_refused_with_the_migrations_that_are_unknown(self):
        for app in ("billing", "patients"):
            MigrationRecorder(connection).record_applied(app, "9999_of_tomorrow")

        [found] = check_history(databases=["default"])

        assert found.id == "billing.E004"
        assert found.msg.startswith("The database is newer than this program")
        assert "billing.9999_of_tomorrow, patients.9999_of_tomorrow" in found.msg

    def test_triggers_of_a_newer_database_are_not_compared(self):
        triggers.drop(connection)
        assert [found.id for found in check_triggers(databases=["default"])] == ["billing.E002"]

        MigrationRecorder(connection).record_applied("billing", "9999_of_tomorrow")

        assert check_triggers(databases=["default"]) == []

    def test_migrations_of_other_packages_are_not_compared(self):
        MigrationRecorder(connection).record_applied("axes", "9999_of_tomorrow")

        assert check_history(databases=["default"]) == []
