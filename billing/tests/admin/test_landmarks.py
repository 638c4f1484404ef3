"""Landmarks of every page of the admin: one main, a link that skips to it, and no two of the same kind and name."""

from collections import Counter

import pytest
from django.test import Client

from billing.models import Invoice
from billing.tests.admin.model_admins import admin_models
from billing.tests.admin.page_elements import Page
from billing.tests.admin.tampered_forms import paths
from billing.tests.factories import InvoiceFactory, ServiceFactory
from clinic.jobs.queue import queue_job
from clinic.models import Job
from patients.tests.factories import AppointmentFactory

pytestmark = [pytest.mark.slow, pytest.mark.neutral]

LANDMARKS = {"main", "nav", "aside", "section"}  # a section only with a name, which all of ours have


@pytest.fixture
def pages(admin_client, noon):
    """The elements of every page of the admin, by its path; parts of pages are left out."""
    for state in ({}, {"refunded": "30.00"}, {"written_off": True}, {"credited": True}):
        invoice = InvoiceFactory(**state)
    AppointmentFactory(patient=invoice.patient)
    ServiceFactory()
    few = {
        model: list(model._default_manager.order_by("pk")[: 4 if model is Invoice else 1]) for model in admin_models()
    }
    few[Job] = [queue_job("export", {"list": "billing.invoice", "format": "csv", "query": ""})]
    found = {}
    for path in [*paths(few), f"/admin/cash-desk/?patient={invoice.patient_id}"]:
        response = admin_client.get(path)
        if response.status_code == 200 and not response.streaming and b"</html>" in response.content:
            found[path] = Page(response.content.decode()).elements
    found["/admin/login/"] = Page(Client().get("/admin/login/").content.decode()).elements
    return found


def test_every_page_has_one_main_and_landmarks_of_different_names(pages):
    wrong = []
    for path, elements in pages.items():
        landmarks = [each for each in elements if each.tag in LANDMARKS or each["role"] == "region"]
        names = Counter((each.tag, each["aria-label"] or each["aria-labelledby"]) for each in landmarks)
        if names["main", ""] != 1 or max(names.values()) > 1:
            wrong.append((path, names))

    assert wrong == []
    assert len(pages) > 60


def test_every_page_with_a_sidebar_begins_with_a_link_to_its_content(pages):
    framed = {
        path: elements for path, elements in pages.items() if any(each["id"] == "nav-sidebar" for each in elements)
    }

    first_links = {next(each["href"] for each in elements if each.tag == "a") for elements in framed.values()}

    assert first_links == {"#content"}
    assert all(any(each["id"] == "content" for each in elements) for elements in framed.values())
    assert len(framed) > 50
