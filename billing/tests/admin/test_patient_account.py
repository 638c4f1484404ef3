"""Account panel on the patient form, merging duplicates, and the account statement."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.testing import compact_html
from patients.tests.factories import AppointmentFactory, PatientFactory


def page_url(patient):
    return reverse("admin:patients_patient_change", args=[patient.pk])


def statement_url(patient, **query):
    return reverse("admin:patients_patient_statement", args=[patient.pk], query=query or None)


def merge_url(patient):
    return reverse("admin:patients_patient_merge", args=[patient.pk])


@pytest.fixture
def patient(noon, db):
    return PatientFactory(given_name="Ana", family_name="Kim", birth_date=date(1980, 2, 3))


@pytest.fixture
def twin(patient):
    return PatientFactory(given_name="Ana", family_name="Kim", birth_date=date(1980, 2, 3))


class TestAccountPanel:
    def test_panel_is_above_the_patient_form(self, clerk_client, patient, noon):
        invoice = InvoiceFactory(patient=patient, part_paid="40.00", at=noon)
        InvoiceFactory(patient=patient, overdue=True)
        payment = PaymentFactory(patient=patient, amount="300.00", at=noon + timedelta(hours=1))
        AppointmentFactory(patient=patient, reason="Wisdom tooth")

        shown = clerk_client.get(page_url(patient)).content.decode()

        assert shown.index("view-account") < shown.index('name="given_name"')
        for text in (
            "300.00\N{NO-BREAK SPACE}EUR",
            invoice.reg_number,
            payment.receipt_number,
            "Wisdom tooth",
            "3 Feb 1980",
        ):
            assert text in shown

    def test_panel_shows_open_overdue_and_credit_amounts(self, clerk_client, patient, noon):
        InvoiceFactory(patient=patient, overdue=True)
        InvoiceFactory(patient=patient, paid=True, credited="30.00", at=noon)

        shown = compact_html(clerk_client.get(page_url(patient)))

        assert 'Open</dt><dd class="view-figure-amount">100.00 EUR' in shown
        assert 'Overdue</dt><dd class="view-figure-amount">100.00 EUR' in shown
        assert 'Credit</dt><dd class="view-figure-amount">100.00 EUR' in shown
        assert "overdue by 30 days" in shown

    def test_panel_of_a_merged_patient_is_that_of_the_surviving_one(self, clerk_client, patient, noon):
        merged = PatientFactory(merged__into=patient)
        invoice = InvoiceFactory(patient=patient, issued=True, at=noon)

        shown = clerk_client.get(page_url(merged)).content.decode()

        assert invoice.reg_number in shown
        assert f'href="{page_url(patient)}"' in shown

    def test_panel_of_a_new_patient_is_empty(self, clerk_client, patient):
        shown = clerk_client.get(page_url(patient)).content.decode()

        for text in ("No invoice yet.", "No payment yet.", "No appointment yet.", "Nothing has been paid yet."):
            assert text in shown

    def test_panel_links_to_payment_invoice_and_statement(self, clerk_client, patient):
        shown = clerk_client.get(page_url(patient)).content.decode()

        for name in ("billing_take_payment", "billing_invoice_add"):
            address = f"{reverse(f'admin:{name}')}?patient={patient.pk}"
            assert f'href="{address}"' in shown
            assert clerk_client.get(address).status_code == 200
        assert f'href="{statement_url(patient)}"' in shown

    def test_panel_has_no_buttons_for_auditors(self, client, auditor, patient):
        client.force_login(auditor)

        shown = client.get(page_url(patient)).content.decode()

        assert f'href="{statement_url(patient)}"' in shown
        for name in ("billing_take_payment", "billing_invoice_add"):
            assert reverse(f"admin:{name}") not in shown

    def test_panel_requires_permission_to_read_invoices_and_payments(self, client, patient):
        limited_user = User.objects.create_user("limited", is_staff=True)
        limited_user.user_permissions.set(Permission.objects.filter(codename__in=["view_patient", "view_invoice"]))
        client.force_login(limited_user)

        response = client.get(page_url(patient))

        assert response.status_code == 200
        assert "view-account" not in response.content.decode()
        assert client.get(statement_url(patient)).status_code == 403

    def test_form_of_a_new_patient_has_no_panel(self, clerk_client):
        assert "view-account" not in clerk_client.get(reverse("admin:patients_patient_add")).content.decode()


class TestLikelyDuplicates:
    def test_likely_duplicates_are_named_with_their_common_data(self, clerk_client, patient, twin):
        shown = clerk_client.get(page_url(patient)).content.decode()

        assert "May be the same person" in shown
        assert f'href="{page_url(twin)}"' in shown
        assert "the same name, birth date" in shown
        assert merge_url(twin) not in shown  # needs a supervisor

    def test_patient_without_duplicates_has_no_warning(self, clerk_client, patient):
        assert "May be the same person" not in clerk_client.get(page_url(patient)).content.decode()

    def test_supervisor_is_offered_to_merge_duplicates(self, client, supervisor, patient, twin):
        client.force_login(supervisor)
        address = f"{merge_url(twin)}?into={patient.record_number}"

        assert f'href="{address}"' in client.get(page_url(patient)).content.decode()
        dialog = client.get(address).content.decode()
        response = client.post(address, {"into": patient.record_number})

        assert f'value="{patient.record_number}"' in dialog
        assert response.headers["Location"] == page_url(twin)
        twin.refresh_from_db()
        assert (twin.merged_into, twin.merged_by) == (patient, supervisor)


class TestMerge:
    def test_merge_dialog_previews_the_surviving_patient(self, client, supervisor, patient, twin):
        client.force_login(supervisor)

        preview = client.post(merge_url(twin), {"into": patient.record_number, "_preview": "1"}).content.decode()

        assert f"{twin} will be merged into the account of {patient}" in preview
        twin.refresh_from_db()
        assert twin.merged_into is None

    @pytest.mark.parametrize("typed", ["", "P-999999", "itself"])
    def test_impossible_merge_is_refused(self, client, supervisor, twin, typed):
        client.force_login(supervisor)

        response = client.post(merge_url(twin), {"into": twin.record_number if typed == "itself" else typed})

        assert response.status_code == 200
        assert response.context["form"].errors["into"]
        twin.refresh_from_db()
        assert twin.merged_into is None

    def test_merged_patient_is_not_merged_again(self, client, supervisor, patient):
        merged = PatientFactory(merged__into=patient)
        client.force_login(supervisor)

        assert merge_url(merged) not in client.get(page_url(merged)).content.decode()
        assert client.post(merge_url(merged), {"into": patient.record_number}).status_code == 403

    @pytest.mark.parametrize("role", ["clerk", "auditor"])
    def test_merge_is_for_supervisors_only(self, request, client, role, patient, twin):
        client.force_login(request.getfixturevalue(role))

        assert merge_url(twin) not in client.get(page_url(twin)).content.decode()
        assert client.post(merge_url(twin), {"into": patient.record_number}).status_code == 403
        twin.refresh_from_db()
        assert twin.merged_into is None


class TestStatement:
    def test_statement_lists_the_entries_between_two_days(self, clerk_client, patient, noon):
        old = InvoiceFactory(patient=patient, issued=True, at=noon.replace(month=4))
        invoice = InvoiceFactory(patient=patient, part_paid="40.00", at=noon)

        shown = clerk_client.get(statement_url(patient, first="2026-06-01", last="2026-06-30"))

        rows = shown.context["rows"]
        assert [(row["entry"].amount, row["entry"].balance) for row in rows] == [
            (Decimal("100.00"), Decimal("200.00")),
            (Decimal("-40.00"), Decimal("160.00")),
        ]
        assert invoice.reg_number in shown.content.decode()
        assert old.reg_number not in shown.content.decode()
        for row in rows:
            assert clerk_client.get(row["link"]).status_code == 200

    def test_statement_links_to_the_record_of_each_entry(self, clerk_client, patient, noon):
        InvoiceFactory(patient=patient, reinstated=True, at=noon)
        InvoiceFactory(patient=patient, refunded=True, at=noon)
        InvoiceFactory(patient=patient, reversed=True, at=noon)
        InvoiceFactory(patient=patient, credited=True, at=noon)

        rows = clerk_client.get(statement_url(patient)).context["rows"]

        assert len({row["entry"].kind for row in rows}) == 7
        for row in rows:
            assert clerk_client.get(row["link"]).status_code == 200

    def test_statement_covers_four_months_by_default(self, clerk_client, patient):
        result = clerk_client.get(statement_url(patient)).context["statement"]

        assert (result.first, result.last) == (date(2026, 3, 1), date(2026, 6, 15))

    def test_statement_shows_the_credit_of_the_patient(self, clerk_client, patient, noon):
        PaymentFactory(patient=patient, amount="50.00", at=noon)

        shown = compact_html(clerk_client.get(statement_url(patient)))

        assert 'Patient credit</th><td class="money" data-label="Balance">50.00</td>' in shown

    @pytest.mark.parametrize(
        "query",
        [{"first": "soon"}, {"first": "2026-06-02", "last": "2026-06-01"}, {"last": "9999-12-31"}, {"first": ""}],
    )
    def test_statement_refuses_invalid_days(self, clerk_client, patient, query):
        response = clerk_client.get(statement_url(patient, **query))

        assert response.status_code == 200
        assert response.context["form"].errors
        assert "statement" not in response.context

    def test_statement_of_a_merged_patient_is_addressed_to_the_surviving_one(self, clerk_client, patient):
        merged = PatientFactory(merged__into=patient)

        assert clerk_client.get(statement_url(merged)).context["patient"] == patient

    def test_statement_of_an_unknown_patient_is_not_found(self, clerk_client, noon):
        nobody = PatientFactory.build()

        assert clerk_client.get(statement_url(nobody)).status_code == 404

    def test_statement_accepts_get_only_and_changes_nothing(self, clerk_client, patient):
        assert clerk_client.post(statement_url(patient)).status_code == 405


class TestQueryCount:
    @pytest.mark.parametrize("more", [0, 5])
    def test_query_count_of_the_patient_page_is_independent_of_the_account(
        self, clerk_client, patient, noon, django_assert_num_queries, more
    ):
        InvoiceFactory(patient=patient, part_paid=True, at=noon)
        for _ in range(more):
            InvoiceFactory(patient=patient, part_paid=True, at=noon)
            AppointmentFactory(patient=patient, completed=True)
            PatientFactory(given_name="Ana", family_name="Kim", birth_date=date(1980, 2, 3))
        clerk_client.get(page_url(patient))

        with django_assert_num_queries(16):
            clerk_client.get(page_url(patient))

    @pytest.mark.parametrize("more", [0, 5])
    def test_query_count_of_the_statement_is_independent_of_the_account(
        self, clerk_client, patient, noon, django_assert_num_queries, more
    ):
        for _ in range(more + 1):
            InvoiceFactory(patient=patient, part_paid=True, at=noon)
        clerk_client.get(statement_url(patient))

        with django_assert_num_queries(11):
            clerk_client.get(statement_url(patient))
