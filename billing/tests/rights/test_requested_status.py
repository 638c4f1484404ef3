"""A requested status needs the role and the scope of the operations that it runs."""

from itertools import product

import pytest
from django.db import transaction

from billing import roles
from billing.models import Invoice
from billing.tests.factories import InvoiceFactory
from clinic.testing import SCOPES, ApiClient, in_role, token_for

pytestmark = [pytest.mark.neutral, pytest.mark.slow]

PAIRS = [("invoice:write", scope) for scope in SCOPES]  # the contract's write needs the first in any case
REQUESTABLE_STATUSES = {
    "draft again": ({}, "", ()),
    "issue": ({"status": "ISSUED"}, "", (roles.ISSUE,)),
    "pay all": ({"status": "PAID"}, "issued", (roles.TAKE_PAYMENT,)),
    "issue and pay": ({"status": "PAID"}, "", (roles.ISSUE, roles.TAKE_PAYMENT)),
    "raise paid_amount": ({"paid_amount": 40}, "issued", (roles.TAKE_PAYMENT,)),
    "deposit": ({"paid_amount": 40}, "", (roles.TAKE_PAYMENT,)),
    "void": ({"status": "VOID", "reason": "Twice"}, "issued", (roles.VOID,)),
    "write off": ({"status": "WRITTEN_OFF", "reason": "Gone"}, "issued", (roles.WRITE_OFF,)),
    "echo": ({"status": "PARTIALY_PAID", "paid_amount": 40}, "part_paid", ()),
}


class Undo(Exception):
    """Ends a transaction without an effect."""


@pytest.fixture
def someone(clerk):
    return clerk


@pytest.mark.parametrize("requested", REQUESTABLE_STATUSES)
def test_requested_status_needs_the_permissions_of_its_action(someone, demo_application, requested):
    requested_statuses, state, acts = REQUESTABLE_STATUSES[requested]
    invoice = InvoiceFactory(**({state: True} if state else {}))
    body = {"patient_id": invoice.patient_id, **requested_statuses}
    wrong = {}
    for role, scopes in product(roles.GROUPS, PAIRS):
        client = ApiClient(token_for(in_role(someone, role), application=demo_application, scopes=scopes))
        status = status_of(client, invoice, body)
        needed = (roles.CHANGE, *acts)
        allowed = all(roles.allows(role, act) and act.scope in scopes for act in needed)
        if status != (200 if allowed else 403):
            wrong[role, scopes] = status

    assert wrong == {}


def test_requested_status_of_a_new_invoice_needs_the_permissions_of_its_action(api, clerk, demo_application):
    patient_id = InvoiceFactory().patient_id
    client = ApiClient(token_for(clerk, application=demo_application, scopes=["invoice:write"]))
    items = [{"description": "Visit", "unit_price": 80}]

    answers = {
        status: client.post("/invoice/", {"patient_id": patient_id, "items": items, "status": status, **more})
        for status, more in {"DRAFT": {}, "ISSUED": {}, "PAID": {}, "PARTIALY_PAID": {"paid_amount": 1}}.items()
    }

    assert {status: answer.status_code for status, answer in answers.items()} == {
        "DRAFT": 201,
        "ISSUED": 201,
        "PAID": 403,
        "PARTIALY_PAID": 403,
    }
    assert answers["PAID"].json()["scope"] == "payment:write"


def test_requested_status_without_permission_is_refused_before_the_books_are_read(api, clerk):
    invoice = InvoiceFactory(paid=True)  # which nobody can write off

    answer = api(clerk).put(
        f"/invoice/{invoice.pk}", {"patient_id": invoice.patient_id, "status": "WRITTEN_OFF", "reason": "Gone"}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def status_of(client, invoice, body):
    """The status of the answer to a PUT that is undone."""
    version = invoice.version
    try:
        with transaction.atomic():
            answer = client.put(f"/invoice/{invoice.pk}", body)
            raise Undo
    except Undo:
        assert Invoice.objects.get(pk=invoice.pk).version == version
    return answer.status_code
