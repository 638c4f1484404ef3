"""Count the function calls of requests, as JSON: a measure that does not depend on the machine's load.

`calls.py product` or `calls.py plain`, on SQLite in memory, or in a database made for it on the server of DATABASE_URL.
"""

import gc
import json
import os
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

INVOICES = 100
WARM = 3  # requests before the counting: a server that has run for a while has its caches
LINES = [
    {"code": f"S{number}", "description": f"Treatment {number}", "quantity": 2, "unit_price": 12.5 + number}
    for number in range(5)
]


def main(whose: str) -> dict[str, int]:
    """Return the calls of each request that both builds answer, with 100 invoices of five items."""
    url = os.environ.get("DATABASE_URL") or "sqlite://:memory:"
    os.environ |= {"DATABASE_URL": url, "PLAIN_DATABASE_URL": url}
    os.environ |= {"SECRET_KEY": "made up " * 8, "ALLOWED_HOSTS": "testserver", "THROTTLE_USER": "0"}
    os.environ["DJANGO_SETTINGS_MODULE"] = {"product": "clinic.settings", "plain": "plain_drf.settings"}[whose]
    here = Path(__file__).parent
    sys.path[:0] = [str(here), str(here.parent)]
    import django

    django.setup()
    from django.db import connection

    name = connection.settings_dict["NAME"]
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["NAME"] = f"calls_of_{whose}_{os.getpid()}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        return _asked(*_of_product() if whose == "product" else _of_plain_build())
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def _of_product() -> tuple[str, str, Callable[[Any, str], object]]:
    """Return the id of a patient, a supervisor's token, and a function that issues an invoice."""
    from django.contrib.auth.models import Group, User
    from oauth2_provider.models import Application

    from billing.roles import SUPERVISOR, apply_roles
    from clinic.testing import token_for
    from patients.models import Patient

    apply_roles()
    person = User.objects.create_user("supervisor")
    person.groups.set(Group.objects.filter(name=SUPERVISOR))
    patient = Patient.objects.register(given_name="Ana", family_name="Ruiz")
    public, password = Application.CLIENT_PUBLIC, Application.GRANT_PASSWORD
    application = Application.objects.create(name="app", client_type=public, authorization_grant_type=password)

    def issue(client: Any, key: str) -> object:
        return client.post(f"/invoice/{key}/issue", "{}", "application/json", secure=True)

    return str(patient.pk), token_for(person, application=application), issue


def _of_plain_build() -> tuple[str, str, Callable[[Any, str], object]]:
    """Return the same for the plain build, which has no operation for it."""
    from plain_drf.models import Invoice, Patient
    from plain_drf.prepare import make_token

    patient = Patient.objects.create(record_number="P-1", given_name="Ana", family_name="Ruiz")

    def issue(_client: Any, key: str) -> object:
        return Invoice.objects.filter(pk=key).update(status="ISSUED")

    return str(patient.pk), make_token(), issue


def _asked(patient: str, token: str, issue: Callable[[Any, str], object]) -> dict[str, int]:
    from django.test import Client

    client = Client(headers={"Authorization": f"Bearer {token}"})
    body = {"patient_id": patient, "items": LINES}

    def create() -> Any:
        return client.post("/invoice/", body, "application/json", secure=True)

    for _ in range(INVOICES):
        made = create()
    assert made.status_code == 201, made.content
    draft = made.json()
    one, page = f"/invoice/{draft['id']}", "/invoice/?limit=100"
    assert len(client.get(page, secure=True).json()["data"]) == INVOICES
    items = [{name: item[name] for name in ("id", *LINES[0])} for item in draft["items"]]
    quantities = count(3)

    def put() -> Any:
        items[2]["quantity"] = next(quantities)
        return client.put(one, {"patient_id": patient, "items": items}, "application/json", secure=True)

    owed = create().json()["id"]
    issue(client, owed)

    def pay() -> Any:
        body = {"amount": 1, "method": "cash"}
        return client.post(f"/invoice/{owed}/payments", body, "application/json", secure=True)

    return {
        "get": calls_of(lambda: client.get(one, secure=True)),
        "list": calls_of(lambda: client.get(page, secure=True)),
        "create": calls_of(create),
        "put": calls_of(put),
        "payment": calls_of(pay),
    }


def calls_of(act: Callable[[], Any]) -> int:
    """Return the function calls (Python and C) of this thread: the least of three runs, without garbage collection."""
    for _ in range(WARM):
        act()
    return min(_counted(act) for _ in range(3))


def _counted(act: Callable[[], Any]) -> int:
    calls = 0

    def tally(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        if event in ("call", "c_call"):
            calls += 1

    gc.disable()
    sys.setprofile(tally)
    try:
        response = act()
    finally:
        sys.setprofile(None)
        gc.enable()
    assert response.status_code in (200, 201), response.content
    return calls


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
