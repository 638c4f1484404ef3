"""The patient's page shows the account, and leads on from there; the statement is made for paper."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from billing.tests.factories import InvoiceFactory, PaymentFactory
from patients.tests.factories import AppointmentFactory, PatientFactory


def page(patient):
    return reverse("admin:patients_patient_change", args=[patient.pk])


def statement(patient, **query):
    return reverse("admin:patients_patient_statement", args=[patient.pk], query=query or None)


def merge(patient):
    return reverse("admin:patients_patient_merge", args=[patient.pk])


@pytest.fixture
def patient(noon, db):
    return PatientFactory(given_name="Ana", family_name="Kim", birth_date=date(1980, 2, 3))


@pytest.fixture
def twin(patient):
    return PatientFactory(given_name="Ana", family_name="Kim", birth_date=date(1980, 2, 3))


@pytest.fixture
def desk(client, clerk):
    client.force_login(clerk)
    return client


class TestTheAccount:
    def test_stands_above_the_particulars(self, desk, patient, noon):
        invoice = InvoiceFactory(patient=patient, part_paid="40.00", at=noon)
        InvoiceFactory(patient=patient, overdue=True)
        payment = PaymentFactory(patient=patient, amount="300.00", at=noon + timedelta(hours=1))
        AppointmentFactory(patient=patient, reason="Wisdom tooth")

        shown = desk.get(page(patient)).content.decode()

        assert shown.index("view-account") < shown.index('name="given_name"')
        for told in (
            "300.00\N{NO-BREAK SPACE}EUR",
            invoice.reg_number,
            payment.receipt_number,
            "Wisdom tooth",
            "3 Feb 1980",
        ):
            assert told in shown

    def test_tells_what_is_open_overdue_and_in_credit(self, desk, patient, noon):
        InvoiceFactory(patient=patient, overdue=True)
        InvoiceFactory(patient=patient, paid=True, credited="30.00", at=noon)

        shown = " ".join(desk.get(page(patient)).content.decode().split())

        assert 'Open</dt><dd class="view-figure-amount">100.00 EUR' in shown
        assert 'Overdue</dt><dd class="view-figure-amount">100.00 EUR' in shown
        assert 'Credit</dt><dd class="view-figure-amount">100.00 EUR' in shown
        assert "overdue by 30 days" in shown

    def test_of_a_merged_patient_is_that_of_who_stays(self, desk, patient, noon):
        merged = PatientFactory(merged__into=patient)
        invoice = InvoiceFactory(patient=patient, issued=True, at=noon)

        shown = desk.get(page(merged)).content.decode()

        assert invoice.reg_number in shown
        assert f'href="{page(patient)}"' in shown

    def test_of_somebody_new_is_empty_and_says_so(self, desk, patient):
        shown = desk.get(page(patient)).content.decode()

        for told in ("No invoice yet.", "No payment yet.", "No appointment yet.", "Nothing was paid yet."):
            assert told in shown

    def test_leads_to_payment_invoice_and_statement(self, desk, patient):
        shown = desk.get(page(patient)).content.decode()

        for name in ("billing_take_payment", "billing_invoice_add"):
            address = f"{reverse(f'admin:{name}')}?patient={patient.pk}"
            assert f'href="{address}"' in shown
            assert desk.get(address).status_code == 200
        assert f'href="{statement(patient)}"' in shown

    def test_has_no_button_for_an_auditor(self, client, auditor, patient):
        client.force_login(auditor)

        shown = client.get(page(patient)).content.decode()

        assert f'href="{statement(patient)}"' in shown
        for name in ("billing_take_payment", "billing_invoice_add"):
            assert reverse(f"admin:{name}") not in shown

    def test_is_not_shown_to_who_may_only_see_patients(self, client, patient):
        narrow = User.objects.create_user("narrow", is_staff=True)
        narrow.user_permissions.set(Permission.objects.filter(codename__in=["view_patient", "view_invoice"]))
        client.force_login(narrow)

        answer = client.get(page(patient))

        assert answer.status_code == 200
        assert "view-account" not in answer.content.decode()
        assert client.get(statement(patient)).status_code == 403

    def test_is_not_on_the_page_of_a_new_patient(self, desk):
        assert "view-account" not in desk.get(reverse("admin:patients_patient_add")).content.decode()


class TestLikelyDuplicates:
    def test_are_named_with_what_is_the_same(self, desk, patient, twin):
        shown = desk.get(page(patient)).content.decode()

        assert "May be the same person" in shown
        assert f'href="{page(twin)}"' in shown
        assert "the same name, date of birth" in shown
        assert merge(twin) not in shown  # a supervisor's

    def test_are_not_mentioned_where_there_are_none(self, desk, patient):
        assert "May be the same person" not in desk.get(page(patient)).content.decode()

    def test_are_merged_by_a_supervisor(self, client, supervisor, patient, twin):
        client.force_login(supervisor)
        address = f"{merge(twin)}?into={patient.record_number}"

        assert f'href="{address}"' in client.get(page(patient)).content.decode()
        asked = client.get(address).content.decode()
        answer = client.post(address, {"into": patient.record_number})

        assert f'value="{patient.record_number}"' in asked
        assert answer.headers["Location"] == page(twin)
        twin.refresh_from_db()
        assert (twin.merged_into, twin.merged_by) == (patient, supervisor)


class TestMerging:
    def test_says_beforehand_who_stays(self, client, supervisor, patient, twin):
        client.force_login(supervisor)

        foretold = client.post(merge(twin), {"into": patient.record_number, "_preview": "1"}).content.decode()

        assert f"{twin} becomes part of the account of {patient}" in foretold
        twin.refresh_from_db()
        assert twin.merged_into is None

    @pytest.mark.parametrize("typed", ["", "P-999999", "itself"])
    def test_refuses_what_cannot_be(self, client, supervisor, twin, typed):
        client.force_login(supervisor)

        answer = client.post(merge(twin), {"into": twin.record_number if typed == "itself" else typed})

        assert answer.status_code == 200
        assert answer.context["form"].errors["into"]
        twin.refresh_from_db()
        assert twin.merged_into is None

    def test_is_over_once_it_was_done(self, client, supervisor, patient):
        merged = PatientFactory(merged__into=patient)
        client.force_login(supervisor)

        assert merge(merged) not in client.get(page(merged)).content.decode()
        assert client.post(merge(merged), {"into": patient.record_number}).status_code == 403

    @pytest.mark.parametrize("role", ["clerk", "auditor"])
    def test_is_no_clerks_and_no_auditors(self, request, client, role, patient, twin):
        client.force_login(request.getfixturevalue(role))

        assert merge(twin) not in client.get(page(twin)).content.decode()
        assert client.post(merge(twin), {"into": patient.record_number}).status_code == 403
        twin.refresh_from_db()
        assert twin.merged_into is None


class TestTheStatement:
    def test_lists_what_moved_between_two_days(self, desk, patient, noon):
        old = InvoiceFactory(patient=patient, issued=True, at=noon.replace(month=4))
        invoice = InvoiceFactory(patient=patient, part_paid="40.00", at=noon)

        shown = desk.get(statement(patient, first="2026-06-01", last="2026-06-30"))

        rows = shown.context["rows"]
        assert [(row["entry"].amount, row["entry"].balance) for row in rows] == [
            (Decimal("100.00"), Decimal("200.00")),
            (Decimal("-40.00"), Decimal("160.00")),
        ]
        assert invoice.reg_number in shown.content.decode()
        assert old.reg_number not in shown.content.decode()
        for row in rows:
            assert desk.get(row["link"]).status_code == 200

    def test_leads_to_whatever_moved(self, desk, patient, noon):
        InvoiceFactory(patient=patient, reinstated=True, at=noon)
        InvoiceFactory(patient=patient, refunded=True, at=noon)
        InvoiceFactory(patient=patient, reversed=True, at=noon)
        InvoiceFactory(patient=patient, credited=True, at=noon)

        rows = desk.get(statement(patient)).context["rows"]

        assert len({row["entry"].kind for row in rows}) == 7
        for row in rows:
            assert desk.get(row["link"]).status_code == 200

    def test_goes_back_to_the_month_three_months_ago_unless_told(self, desk, patient):
        told = desk.get(statement(patient)).context["statement"]

        assert (told.first, told.last) == (date(2026, 3, 1), date(2026, 6, 15))

    def test_of_credit_says_that_it_is_held(self, desk, patient, noon):
        PaymentFactory(patient=patient, amount="50.00", at=noon)

        shown = " ".join(desk.get(statement(patient)).content.decode().split())

        assert 'Held for the patient</th><td class="money" data-label="Balance">50.00</td>' in shown

    @pytest.mark.parametrize(
        "query",
        [{"first": "soon"}, {"first": "2026-06-02", "last": "2026-06-01"}, {"last": "9999-12-31"}, {"first": ""}],
    )
    def test_of_days_that_cannot_be_asks_again(self, desk, patient, query):
        answer = desk.get(statement(patient, **query))

        assert answer.status_code == 200
        assert answer.context["form"].errors
        assert "statement" not in answer.context

    def test_is_addressed_to_who_stays(self, desk, patient):
        merged = PatientFactory(merged__into=patient)

        assert desk.get(statement(merged)).context["patient"] == patient

    def test_of_nobody_is_not_found(self, desk, noon):
        nobody = PatientFactory.build()

        assert desk.get(statement(nobody)).status_code == 404

    def test_changes_nothing_and_takes_no_post(self, desk, patient):
        assert desk.post(statement(patient)).status_code == 405


class TestTheirCost:
    @pytest.mark.parametrize("more", [0, 5])
    def test_of_the_patients_page_does_not_grow(self, desk, patient, noon, django_assert_num_queries, more):
        InvoiceFactory(patient=patient, part_paid=True, at=noon)
        for _ in range(more):
            InvoiceFactory(patient=patient, part_paid=True, at=noon)
            AppointmentFactory(patient=patient, completed=True)
            PatientFactory(given_name="Ana", family_name="Kim", birth_date=date(1980, 2, 3))
        desk.get(page(patient))

        with django_assert_num_queries(16):
            desk.get(page(patient))

    @pytest.mark.parametrize("more", [0, 5])
    def test_of_the_statement_does_not_grow(self, desk, patient, noon, django_assert_num_queries, more):
        for _ in range(more + 1):
            InvoiceFactory(patient=patient, part_paid=True, at=noon)
        desk.get(statement(patient))

        with django_assert_num_queries(11):
            desk.get(statement(patient))
