"""Every link of every page of the admin leads to a page that the user may open, for each role."""

from collections import deque
from datetime import timedelta
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client

from billing.models import Invoice
from billing.operations.credit_notes import issue_credit_note
from billing.roles import GROUPS
from billing.tests.admin.page_elements import Page
from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory, item
from clinic.testing import in_role
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = [pytest.mark.slow, pytest.mark.neutral]

STARTS = ["/admin/", "/admin/search/?s=Kim", "/admin/keys/"]


@pytest.fixture
def records(noon, actor):
    """Records of each kind, in the states that show most links."""
    at = noon - timedelta(days=1)
    patient, merged, _namesake = PatientFactory.create_batch(3, given_name="Ana", family_name="Kim")
    merged.merge_into(patient, **actor)
    visit = AppointmentFactory(patient=patient).pk
    states = [{}, {"issued": True}, {"paid": True}, {"part_paid": True, "written_off": True}, {"refunded": "30.00"}]
    for state in [*states, {"corrected": True}, {"void": True}, {"reversed": True}]:
        InvoiceFactory(patient=patient, at=at, items=[item("60.00")], appointment_id=visit, tags=["x"], **state)
    paid = Invoice.objects.filter(paid_amount__gt=0).first()
    issue_credit_note(invoice=paid, reason="Not rendered", **actor)
    PaymentFactory(patient=patient, at=at)
    ServiceFactory()


@pytest.fixture
def visitor(request, db):
    """A logged-in client of the role that a test names."""
    user = User.objects.create_user("visitor", is_staff=True, is_superuser=request.param == "superuser")
    if request.param in GROUPS:
        in_role(user, request.param)
    client = Client()
    client.force_login(user)
    return client


def links_on(address, response):
    """Yield the addresses within the admin that a page links to, or loads parts of itself from."""
    if response.status_code != 200 or response.streaming or "html" not in response.headers["Content-Type"]:
        return
    for element in Page(response.content.decode()).elements:
        link = urljoin(address, element["href"] or element["hx-get"] or "#").partition("#")[0]
        if element.tag != "link" and urlsplit(link).path.startswith("/admin/"):
            yield link


def kind_of(address):
    """Return what makes a link another one: its path, and the names of its parameters."""
    parts = urlsplit(address)
    return parts.path, tuple(sorted(parse_qs(parts.query, keep_blank_values=True)))


def walk(client):
    """Follow every link from the start pages; return the status of each, and the page on which it was found."""
    waiting, found = deque((address, "") for address in STARTS), {}
    while waiting:
        address, page = waiting.popleft()
        if kind_of(address) not in found:
            response = client.get(address)
            found[kind_of(address)] = (response.status_code, address, page)
            waiting.extend((link, address) for link in links_on(address, response))
    return found.values()


@pytest.mark.parametrize("visitor", [*GROUPS, "none", "superuser"], indirect=True)
def test_every_link_leads_to_a_page_that_the_user_may_open(visitor, records):
    answers = walk(visitor)

    assert [each for each in answers if each[0] not in {200, 302}] == []
    assert len(answers) >= len(STARTS)


def test_name_of_a_clerk_is_a_link_only_for_users_who_may_see_logins(auditor_client, clerk_client):
    payment = PaymentFactory()
    link = f"/admin/auth/user/{payment.created_by_id}/change/"

    pages = [client.get(f"/admin/billing/payment/{payment.pk}/change/") for client in (auditor_client, clerk_client)]

    assert [link in page.content.decode() for page in pages] == [True, False]
    assert "desk" in pages[1].content.decode()
