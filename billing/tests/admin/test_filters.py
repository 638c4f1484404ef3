"""Filters of every list of the admin: what cannot be read is refused with a message."""

import pytest
from django.urls import reverse

from billing.tests.admin.model_admins import admin_models

pytestmark = pytest.mark.neutral

FREE_TEXTS = {"tag"}  # any text is a tag


def list_path(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.mark.slow
def test_every_filter_that_cannot_be_read_is_refused_with_a_message(admin_client, subtests):
    tried = 0

    for model in admin_models():
        filters = admin_client.get(list_path(model)).context["cl"].filter_specs
        for name in {name for each in filters for name in each.expected_parameters() if name} - FREE_TEXTS:
            if name.endswith("__isnull"):
                continue
            with subtests.test(f"{model.__name__} {name}"):
                tried += 1
                page = admin_client.get(list_path(model), {name: "abc"}, follow=True)
                assert page.redirect_chain == [(f"{list_path(model)}?e=1", 302)]
                assert [str(message) for message in page.context["messages"]] != []

    assert tried > 30


@pytest.mark.parametrize("query", ["amount_from=abc", "received_at_to=31%2F02%2F2026", "method__exact=barter"])
def test_message_names_the_filter_and_the_value(admin_client, query):
    typed = query.partition("=")[2].replace("%2F", "/")

    page = admin_client.get(f"/admin/billing/payment/?{query}", follow=True).content.decode()

    assert f"has an invalid value: “{typed}”. The list is shown without filters." in page


def test_start_of_the_site_leads_to_the_admin(client):
    assert client.get("/").headers["Location"] == "/admin/"
