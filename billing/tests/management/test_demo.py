"""The made-up clinic: what it shows for certain, that it is the same each time, and where it is refused."""

import io
import json
from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from oauth2_provider.models import Application

from billing.choices import EventKind, InvoiceStatus
from billing.demo.fill_books import fill_books
from billing.demo.logins import make_client, make_logins
from billing.demo.opening_hours import days_later, is_open, open_from
from billing.demo.price_list import DEPARTMENTS, PAYERS, prices
from billing.demo.scheduler import Scheduler
from billing.models import (
    CreditNote,
    Invoice,
    InvoiceEvent,
    InvoiceItem,
    NumberSeries,
    Payment,
    PaymentAllocation,
    Refund,
    WriteOff,
)
from billing.rules.ageing import BUCKETS, bucket_of, effective_due
from clinic.domain.dates import local_date, start_of_day, today
from patients.models import Appointment, AppointmentStatus, Patient
from patients.tests.factories import PatientFactory

UNTIL = date(2026, 6, 1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture(autouse=True)
def demo(settings):
    """The product was told that this is no real clinic."""
    settings.CLINIC_DEMO = True
    return settings


def run(*arguments, **options):
    stdout = io.StringIO()
    call_command("demo", *arguments, stdout=stdout, **options)
    return stdout.getvalue()


def buckets(on):
    """Return the number of open invoices in each ageing bucket."""
    dates = Invoice.objects.open().values_list("issue_date", "due_date")
    return Counter(bucket_of(effective_due(local_date(issued), local_date(due)), on).key for issued, due in dates)


def rows(found, *columns):
    return sorted(map(repr, found.order_by().values_list(*columns)))


def books():
    """Every figure, number, name and moment in the books."""
    amounts = ("subtotal", "total_amount", "paid_amount", "credited_amount", "written_off_amount", "status", "version")
    return [
        rows(Patient.objects, "id", "record_number", "given_name", "family_name", "birth_date", "phone", "created_at"),
        rows(Appointment.objects, "id", "patient", "starts_at", "status", "practitioner", "created_at"),
        rows(Invoice.objects.filter(corrects=None), "id", "reg_number", "patient", "issue_date", "due_date", *amounts),
        rows(InvoiceItem.objects, "invoice__reg_number", "position", "description", "quantity", "line_total"),
        rows(Payment.objects, "patient", "amount", "method", "received_at", "reference", "tendered"),
        rows(PaymentAllocation.objects, "invoice__reg_number", "payment__received_at", "amount", "created_at"),
        rows(CreditNote.objects, "number", "invoice__reg_number", "total_amount", "created_at"),
        rows(WriteOff.objects, "invoice__reg_number", "amount", "created_at"),
        rows(InvoiceEvent.objects, "invoice__reg_number", "kind", "version", "created_at", "created_by__username"),
        rows(NumberSeries.objects.exclude(document="REC"), "document", "year", "last_number"),
    ]


class TestThirtyInvoices:
    @pytest.fixture(autouse=True)
    def filled(self, demo):
        fill_books(invoices=30, seed=7, until=UNTIL)

    def test_demo_has_every_status(self):
        assert set(Invoice.objects.values_list("status", flat=True)) == set(InvoiceStatus.values)

    def test_demo_has_an_open_invoice_in_every_ageing_bucket(self):
        assert set(buckets(on=UNTIL)) == {bucket.key for bucket in BUCKETS}

    def test_demo_has_every_kind_of_event(self):
        happened = set(InvoiceEvent.objects.values_list("kind", flat=True))

        assert happened >= {
            EventKind.CREATED,
            EventKind.UPDATED,
            EventKind.ISSUED,
            EventKind.VOIDED,
            EventKind.PAID,
            EventKind.REFUNDED,
            EventKind.REVERSED,
            EventKind.ALLOCATED,
            EventKind.WRITTEN_OFF,
            EventKind.REINSTATED,
            EventKind.CREDIT_NOTE,
            EventKind.CORRECTED,
            EventKind.TAGGED,
        }

    def test_demo_has_refunds_and_reversals(self):
        assert CreditNote.objects.count() >= 3
        assert Refund.objects.filter(invoice__isnull=False).exists()
        assert Refund.objects.filter(invoice__isnull=True).exists()
        assert Payment.objects.exclude(reverses=None).exists()
        assert Payment.objects.all().unallocated_credit() > 0

    def test_demo_has_debts_written_off_in_whole_and_in_part_and_reinstated(self):
        given_up = Invoice.objects.filter(written_off_amount__gt=0)

        assert given_up.filter(written_off_amount=F("total_amount")).exists()
        assert given_up.filter(paid_amount__gt=0).exists()
        assert Invoice.objects.open().filter(events__kind=EventKind.REINSTATED).exists()

    def test_demo_has_a_correction_linked_both_ways(self):
        assert Invoice.objects.filter(corrects__credit_notes__isnull=False, status=InvoiceStatus.PAID).exists()

    def test_demo_has_drafts_with_and_without_a_deposit_and_a_void_one(self):
        drafts = Invoice.objects.filter(status=InvoiceStatus.DRAFT)

        assert drafts.filter(paid_amount=0).exists()
        assert drafts.filter(paid_amount__gt=0).exists()
        assert Invoice.objects.filter(status=InvoiceStatus.VOID, reg_number__startswith="DRAFT-").exists()

    def test_demo_has_one_payment_for_several_invoices(self):
        on = Counter(PaymentAllocation.objects.filter(amount__gt=0).values_list("payment", "created_at"))

        assert max(on.values()) >= 3

    def test_demo_has_invoices_with_another_payer(self):
        assert Invoice.objects.filter(bill_to_name__in=[name for name, _ in PAYERS]).exists()

    def test_demo_has_tags_and_past_and_future_appointments(self):
        assert Invoice.objects.tagged(["disputed"]).exists()
        assert Invoice.objects.exclude(appointment=None).exists()
        assert Appointment.objects.filter(
            status=AppointmentStatus.SCHEDULED, starts_at__gte=start_of_day(UNTIL)
        ).exists()
        assert not Appointment.objects.filter(status=AppointmentStatus.COMPLETED, starts_at__gte=start_of_day(UNTIL))

    def test_demo_has_a_patient_who_was_registered_twice(self):
        twice = Patient.objects.exclude(merged_into=None).get()

        assert Invoice.objects.open().for_patient(twice).count() == 2

    def test_demo_has_an_issued_invoice_for_the_login_of_a_patient(self):
        patient = Patient.objects.get(login__username="patient")

        assert Invoice.objects.for_patient(patient).filter(status=InvoiceStatus.ISSUED).exists()

    def test_demo_has_numbers_in_the_order_of_their_dates(self):
        for document in (Invoice.objects.filter(reg_number__startswith="INV-"), CreditNote.objects.all()):
            date_of, number_of = ("issue_date", "reg_number") if document.model is Invoice else ("created_at", "number")
            numbers = list(document.order_by(date_of).values_list(number_of, flat=True))
            assert numbers == sorted(numbers)

    def test_demo_records_are_dated_when_they_happened(self):
        first, end = start_of_day(UNTIL - timedelta(days=549)), start_of_day(UNTIL)
        for model in (Invoice, InvoiceEvent, Payment, WriteOff, CreditNote, Refund):
            assert not model.objects.exclude(created_at__gte=first, created_at__lt=end)
        assert not Invoice.objects.filter(updated_at__gte=end)
        assert not Invoice.objects.filter(created_at__lt=F("patient__created_at"))

    def test_demo_records_have_their_user(self):
        signed = InvoiceEvent.objects.values_list("created_by__username", flat=True)

        assert set(signed) == {"clerk", "supervisor"}

    def test_demo_books_are_consistent(self):
        call_command("check_books", stdout=io.StringIO())


class TestBooks:
    @pytest.mark.parametrize("number", [1, 5, 29, 31, 40])
    def test_books_contain_exactly_the_requested_number_of_invoices(self, number):
        counted = []

        fill_books(invoices=number, seed=1, until=UNTIL, on_invoice=lambda: counted.append(1))

        assert Invoice.objects.count() == len(counted) == number

    @pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
    def test_demo_has_the_same_buckets_in_every_time_zone(self, settings, zone):
        settings.CLINIC_TIME_ZONE = zone
        settings.PAYMENT_TERMS_DAYS = 90

        fill_books(invoices=30, seed=1, until=UNTIL)

        assert set(buckets(on=UNTIL)) == {bucket.key for bucket in BUCKETS}

    def test_interrupted_demo_stores_nothing(self):
        def interrupt():
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fill_books(invoices=5, seed=1, until=UNTIL, on_invoice=interrupt)

        assert not Patient.objects.exists()
        assert not User.objects.exists()

    @pytest.mark.slow
    def test_demo_has_names_in_many_scripts(self):
        fill_books(invoices=150, seed=1, until=UNTIL)

        names = "".join(Patient.objects.values_list("family_name", flat=True))
        assert set("üşłỳńễ") & set(names)
        for first, last in (("α", "ω"), ("а", "я"), ("ا", "ي")):
            assert any(first <= letter <= last for letter in names)


@pytest.mark.django_db
@pytest.mark.slow
class TestSeed:
    def books_of(self, seed, until=UNTIL):
        with transaction.atomic():
            fill_books(invoices=60, seed=seed, until=until)
            made = books()
            transaction.set_rollback(True)
        return made

    def test_same_seed_creates_the_same_books_and_another_seed_others(self):
        first = self.books_of(1)

        assert self.books_of(1) == first
        assert self.books_of(2) != first
        assert self.books_of(1, UNTIL - timedelta(days=1)) != first


class TestRefusal:
    def test_demo_is_refused_for_a_real_clinic(self, settings):
        settings.CLINIC_DEMO = False

        with pytest.raises(CommandError, match="CLINIC_DEMO=1"):
            run("--if-empty")

        assert not User.objects.exists()

    def test_demo_is_refused_for_a_database_with_patients(self):
        PatientFactory()

        with pytest.raises(CommandError, match="already has patients"):
            run("--invoices=1")

        assert Patient.objects.count() == 1

    def test_demo_does_nothing_with_if_empty_for_a_database_with_patients(self):
        PatientFactory()

        assert run("--if-empty") == ""
        assert not Invoice.objects.exists()

    @pytest.mark.parametrize(
        "argument",
        ["--invoices=0", "--invoices=many", "--invoices=100001", "--seed=-1", "--until=2026-06-16", "--until=soon"],
    )
    def test_invalid_options_are_refused(self, argument):
        with pytest.raises(CommandError, match=argument.partition("=")[0]):
            run(argument)

        assert not Patient.objects.exists()


class TestCommand:
    def test_command_fills_an_empty_database_until_today(self):
        run("--if-empty", "--invoices=8")

        assert Invoice.objects.count() == 8
        assert set(buckets(on=today())) == {bucket.key for bucket in BUCKETS}

    def test_command_records_its_name(self):
        run("--invoices=1")

        assert set(InvoiceEvent.objects.values_list("client", flat=True)) == {"manage.py demo"}

    def test_command_prints_plain_text_when_piped(self):
        lines = run("--invoices=8").splitlines()

        assert lines[0] == "Filling the books: 8 of 8"
        assert "All passwords are “demo”." in lines
        assert [line.split()[0] for line in lines[-7:-2]] == ["admin", "supervisor", "clerk", "auditor", "patient"]
        assert max(map(len, lines)) <= 80

    def test_json_option_prints_json_only(self):
        columns = json.loads(run("--invoices=8", "--json", "--until=2026-06-01"))

        assert columns["until"] == "2026-06-01"
        assert sum(row["count"] for row in columns["invoices"].values()) == 8


class TestLogins:
    @pytest.fixture(autouse=True)
    def filled(self, demo):
        fill_books(invoices=1, seed=1, until=UNTIL)

    @pytest.mark.parametrize("name", ["admin", "supervisor", "clerk", "auditor", "patient"])
    def test_logins_have_the_password_demo(self, name):
        user = authenticate(HttpRequest(), username=name, password="demo")

        assert user.is_staff == (name != "patient")
        assert user.is_superuser == (name == "admin")

    def test_logins_leave_out_the_system_user(self):
        assert not User.objects.get(username="system").has_usable_password()

    def test_supervisor_login_may_backdate(self):
        assert User.objects.get(username="supervisor").has_perm("billing.backdate_invoice")
        assert not User.objects.get(username="clerk").has_perm("billing.backdate_invoice")

    def test_auditor_login_may_only_read(self):
        granted = User.objects.get(username="auditor").get_all_permissions()

        assert granted
        assert all(name.partition(".")[2].startswith("view_") for name in granted)

    def test_logins_get_a_token_through_the_public_client(self, client):
        grant = {"grant_type": "password", "client_id": "demo", "username": "clerk", "password": "demo"}

        answer = client.post("/o/token/", grant)

        assert answer.status_code == 200
        assert Application.objects.get(client_id="demo").client_type == "public"

    def test_logins_are_unchanged_when_created_again(self):
        before = set(User.objects.values_list("pk", "username"))
        Patient.objects.update(login=None)

        make_logins()
        make_client()

        assert set(User.objects.values_list("pk", "username")) == before
        assert Application.objects.count() == 1


class TestTime:
    def test_time_moves_forward_through_all_scenarios(self):
        def scenario(name, *times):
            for time in times:
                ran.append(name)
                yield time

        ran, noon = [], start_of_day(UNTIL)
        hours = [noon + timedelta(hours=hour) for hour in range(6)]
        scheduler = Scheduler(end=hours[5])
        scheduler.schedule(hours[1], scenario("late", hours[3], hours[5]))
        scheduler.schedule(hours[0], scenario("early", hours[2], hours[4]))
        scheduler.run()

        assert ran == ["early", "late", "early", "late"]

    def test_time_does_not_move_back(self):
        noon = start_of_day(UNTIL)
        scheduler = Scheduler(end=noon + timedelta(days=1))
        scheduler.schedule(noon, iter([noon - timedelta(seconds=1)]))

        with pytest.raises(ValueError, match="continues at"):
            scheduler.run()

    def test_time_skips_sundays_and_holidays(self):
        sunday, christmas = date(2026, 5, 31), date(2025, 12, 25)

        assert not is_open(sunday)
        assert open_from(christmas) == date(2025, 12, 27)
        assert open_from(christmas, -1) == date(2025, 12, 23)

    def test_time_stays_within_opening_hours(self):
        saturday = start_of_day(date(2026, 5, 30)) + timedelta(hours=11)

        assert local_date(days_later(saturday, 1, Random(1))) == date(2026, 6, 1)


class TestPriceList:
    def test_price_list_has_every_code_that_is_charged(self):
        codes = {price.code for price in prices()}
        charged = {
            code
            for department in DEPARTMENTS.values()
            for visit_type in department.visit_types
            for code in (*visit_type.always, *(each[0] for each in visit_type.sometimes))
        }

        assert charged <= codes

    def test_price_list_taxes_goods_and_not_treatment(self):
        assert Counter(price.tax_rate for price in prices()) == {0: 31, 19: 7}
