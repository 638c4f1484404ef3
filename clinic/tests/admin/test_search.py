"""Search of the admin site."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.tests.admin.pages import text_of
from patients.tests.factories import PatientFactory


def search(client, words):
    return text_of(client.get("/admin/search/", {"s": words, "extended": "1"}))


def test_search_finds_a_patient_and_links_to_the_page(browser, clerk):
    patient = PatientFactory(given_name="Łukasz", family_name="Nowak")

    assert str(patient.pk) in search(browser(clerk), "lukasz now")


def test_search_finds_only_what_the_user_may_view(browser, db):
    PatientFactory(given_name="Łukasz")
    nobody = User.objects.create_user("nobody", is_staff=True)

    shown = search(browser(nobody), "lukasz") + search(browser(nobody), "users")

    assert shown.count("Nothing found.") == 2


def test_search_finds_nothing_after_a_permission_is_removed(browser, clerk):
    PatientFactory(given_name="Łukasz", family_name="Nowak")
    client = browser(clerk)
    assert "Nowak" in search(client, "lukasz")

    clerk.groups.clear()

    assert "Nowak" not in search(client, "lukasz")


def test_search_runs_the_same_queries_however_many_records_match(browser, clerk, django_assert_num_queries):
    client = browser(clerk)
    PatientFactory(family_name="Nowak")
    search(client, "nowak")
    with CaptureQueriesContext(connection) as few:
        search(client, "nowak")
    PatientFactory.create_batch(20, family_name="Nowak")

    with django_assert_num_queries(len(few)):
        shown = search(client, "nowak")

    assert shown.count("<li") == 8


def test_search_for_blanks_has_no_results(browser, clerk):
    assert search(browser(clerk), " ") == ""


@pytest.mark.parametrize(
    "address",
    [
        "/admin/search/?s=",
        "/admin/cash-desk/?q=",
        "/admin/billing/draft/choices/patients/?q=",
        "/admin/billing/draft/choices/services/?q=",
        "/admin/billing/draft/choices/tags/?q=",
        "/admin/billing/invoice/?tag=",
        "/admin/autocomplete/?app_label=billing&model_name=payment&field_name=patient&term=",
    ],
)
def test_search_leaves_out_characters_that_no_text_may_have(admin_client, address):
    assert admin_client.get(f"{address}a%00b").status_code == 200
