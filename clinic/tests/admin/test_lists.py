"""Lists of the admin: filters, formats of columns, and typed amounts."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import CharField, TextField
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from clinic.admin import MoneyFormField, format_date, format_money, format_quantity, list_url
from clinic.testing import NOON
from patients.tests.factories import AppointmentFactory, PatientFactory


@pytest.mark.parametrize(
    "query",
    [
        "birth_date_from=soon",
        "birth_date_to=31%2F02%2F2026",
        "birth_date_from=0001-01-01",
    ],
)
def test_invalid_date_range_is_refused(admin_client, query):
    response = admin_client.get(f"/admin/patients/patient/?{query}")

    assert (response.status_code, response["Location"]) == (302, "/admin/patients/patient/?e=1")


LISTED = [model for model in apps.get_models() if admin.site.is_registered(model)]


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model._meta.label_lower)
def test_lookup_that_is_no_filter_of_the_list_is_refused(admin_client, model):
    path = list_url(model)
    text = next(field.name for field in model._meta.concrete_fields if isinstance(field, CharField | TextField))

    for name in (f"{text}__regex", f"{text}__nothing", "pk__in", "nothing"):
        answer = admin_client.get(path, {name: "1"})

        assert (answer.status_code, answer["Location"]) == (302, f"{path}?e=1"), name
        shown = admin_client.get(answer["Location"]).content.decode()
        assert "The list is shown without filters" in shown


def test_refused_lookup_is_named(admin_client):
    answer = admin_client.get("/admin/patients/patient/", {"search_text__regex": "1"}, follow=True)

    assert "This list has no filter “search_text__regex”" in answer.content.decode()


def test_declared_filters_of_every_list_are_taken(admin_client):
    for model in LISTED:
        shown = admin_client.get(list_url(model)).context["cl"]
        names = [name for spec in shown.filter_specs for name in spec.expected_parameters() if name]

        answer = admin_client.get(list_url(model), dict.fromkeys(names, ""), follow=True)

        assert "This list has no filter" not in answer.content.decode(), (model, names)


def test_title_of_a_list_is_the_name_of_its_records(admin_client):
    page = admin_client.get("/admin/billing/payment/").content.decode()

    assert "<title> Payments | " in " ".join(page.split())
    assert "Select payment" not in page


@pytest.mark.parametrize("query", ["amount_from=nan", "amount_to=ten", "amount_from=1e400", "amount_from=0.001"])
def test_invalid_amount_range_is_refused(admin_client, query):
    assert admin_client.get(f"/admin/billing/payment/?{query}").status_code == 302


def test_date_range_includes_both_days(admin_client):
    inside = [PatientFactory(birth_date=day).pk for day in ("1990-03-01", "1990-03-31")]
    PatientFactory(birth_date="1990-04-01")
    PatientFactory(birth_date="1990-02-28")

    page = admin_client.get("/admin/patients/patient/?birth_date_from=1990-03-01&birth_date_to=31/03/1990")

    assert {patient.pk for patient in page.context["cl"].result_list} == set(inside)


def test_date_range_of_datetimes_uses_days_of_the_clinic(admin_client, settings):
    settings.CLINIC_TIME_ZONE = "Europe/Berlin"
    late = AppointmentFactory(starts_at="2026-06-15T21:59Z", ends_at=None)
    AppointmentFactory(starts_at="2026-06-15T22:00Z", ends_at=None)

    page = admin_client.get("/admin/patients/appointment/?starts_at_from=2026-06-15&starts_at_to=2026-06-15")

    assert [appointment.pk for appointment in page.context["cl"].result_list] == [late.pk]


@pytest.mark.parametrize(
    ("amount", "english", "german"),
    [("1234567.5", "1,234,567.50", "1.234.567,50"), ("0", "0.00", "0,00"), ("-12.3", "-12.30", "-12,30")],
)
def test_money_is_formatted_in_the_language_of_the_user(amount, english, german):
    with translation.override("en"):
        assert format_money(Decimal(amount)) == english
    with translation.override("de"):
        assert format_money(Decimal(amount)) == german


@pytest.mark.parametrize(
    ("number", "shown"), [("2.000", "2"), ("1.500", "1.5"), ("100", "100"), ("0.0000", "0"), ("12000", "12,000")]
)
def test_quantity_is_formatted_without_trailing_zeros(number, shown):
    assert format_quantity(Decimal(number)) == shown


def test_date_is_formatted_in_the_time_zone_of_the_clinic(settings):
    settings.CLINIC_TIME_ZONE = "Pacific/Auckland"

    assert format_date(NOON) == "16 Jun 2026"


def test_missing_value_is_formatted_as_a_dash():
    assert (format_money(None), format_date(None), format_quantity(None)) == ("–", "–", "–")


@pytest.mark.parametrize("typed", ["54.99", "54,99", " 54.99 "])
def test_amount_may_be_typed_with_a_point_or_a_comma(typed):
    assert MoneyFormField().clean(typed) == Decimal("54.99")


@pytest.mark.parametrize("typed", ["", "0", "-1", "1.234", "1,234", "nan", "1e9999", "99999999999"])
def test_invalid_amount_is_refused(typed):
    with pytest.raises(ValidationError):
        MoneyFormField().clean(typed)


@pytest.mark.parametrize(
    "model", [each for each, model_admin in admin.site._registry.items() if model_admin.search_fields]
)
def test_list_is_searched_by_the_first_words_of_a_long_text(admin_client, model):
    words = " ".join(f"word{number}" for number in range(30))

    with CaptureQueriesContext(connection) as queries:
        admin_client.get(list_url(model), {"q": words})

    statements = " ".join(query["sql"] for query in queries.captured_queries)
    assert ("word19" in statements, "word20" in statements) == (True, False)
