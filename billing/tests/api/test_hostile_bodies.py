"""Invalid bodies on every route: a specific error each time, never a 500, never a partial change."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps

from billing.models import Service, Tag
from billing.tests.api.bodies import NOBODY
from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory, item
from billing.tests.hostile.case import filled, places
from billing.tests.hostile.fields import INVOICE, KEPT, MONEY, REFUND, SERVICE
from billing.tests.hostile.problem_checks import LONGEST, check_problem
from patients.tests.factories import AppointmentFactory

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Write:
    """A route that takes a body, and a body that it would accept. `<draft>` and the like stand for ids."""

    method: str
    path: str
    body: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


SHARES = {"allocations": [{"invoice_id": "<issued>", "amount": 1}]}

WRITES = [
    Write("POST", "/invoice/", INVOICE),
    Write("PUT", "/invoice/<draft>", INVOICE),
    Write("PUT", "/invoice/<issued>", KEPT),
    Write("PATCH", "/invoice/<draft>", INVOICE),
    Write("POST", "/invoice/<draft>/issue", {}),
    Write("POST", "/invoice/<issued>/void", {"reason": "x", "payments": "refund", "method": "cash"}),
    Write("POST", "/invoice/<issued>/write-off", {"reason": "x", "amount": 1}),
    Write("POST", "/invoice/<written_off>/reinstate", {"reason": "x"}),
    Write("POST", "/invoice/<issued>/payments", MONEY),
    Write("POST", "/invoice/<paid>/refunds", REFUND),
    Write("POST", "/invoice/<issued>/credit-notes", {"reason": "x", "items": [{"id": "<item>", "amount": 1}]}),
    Write("POST", "/invoice/<issued>/correct", {"reason": "x"}),
    Write("POST", "/payment/", MONEY | SHARES | {"patient_id": "<patient>"}),
    Write("POST", "/payment/<credit>/allocations", SHARES),
    Write("POST", "/payment/<credit>/refund", REFUND),
    Write("POST", "/payment/<credit>/reverse", {"reason": "x"}),
    Write("POST", "/service/", SERVICE),
    Write("PUT", "/service/<service>", SERVICE),
    Write("POST", "/tag/", {"name": "b"}),
    Write("PUT", "/tag/<tag>", {"name": "b"}),
]
LISTS = ["/invoice/", "/payment/", "/service/", "/tag/"]
LISTS += [f"/invoice/<issued>/{name}" for name in ("payments", "refunds", "credit-notes", "events")]

# Bodies that no route takes, whatever it expects.
NOT_JSON = {
    "cut off": b'{"reason": ',
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "a text": b'"x"',
    "not UTF-8": b'{"reason": "\xff\xfe"}',
    "UTF-16": '{"reason": "x"}'.encode("utf-16"),
    "a NUL": b"\0",
    "a form": b"reason=x",
    "two documents": b"{}{}",
    "a comment": b"{} // x",
    "NaN": b'{"reason": NaN}',
    "minus infinity": b'{"reason": -Infinity}',
    "1e400": b'{"amount": 1e400, "x": 1e999999999999999999999}',
    "100,000 digits": b'{"amount": ' + b"9" * 100_000 + b"}",
    "a key twice": b'{"reason": "x", "reason": "y"}',
    "a key twice inside": b'{"items": [{"id": 1, "id": 2}], "bill_to": {"name": 1, "name": 2}}',
    "100,000 levels": b'{"items": ' + b"[" * 100_000,
    "1,000 levels, closed": b'{"items": ' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "100 levels of objects": b'{"a": ' * 100 + b"1" + b"}" * 100,
    "NUL in a text": b'{"reason": "a\\u0000b"}',
    "half a character": b'{"reason": "\\ud800"}',
    "half a character in a key": b'{"\\udfff": "x"}',
    "an unknown key": b'{"colour": "red"}',
    "a dangerous key": b'{"__class__": "x", "pk": 1}',
    "10,000 unknown keys": json.dumps({f"key{n}": n for n in range(10_000)}).encode(),
    "10 MB of text": b'{"reason": "' + b"x" * 10_000_000 + b'"}',
    "1 MB of empty items": b'{"items": [' + b"{}," * 300_000 + b"{}]}",
}
# Values that are put in place of each value that a route knows, as JSON spells them.
NUMBERS = "null true false -0 -0.0 -1 0 1e400 NaN 1e-400 0.30000000000000004 123456789012345678901234567890 1e15"
CONTAINERS = '[] {} [null] [[]] [{}] {"a":1}'
TEXTS = [
    *["", " ", "\0", "\ud800", "\u202e", "\U0001f9b7" * 30, "x" * 100_000, "'; DROP TABLE billing_invoice; --"],
    *["1_000", "１", "NaN", "1e5", "-0", "0000-01-01", "99999-01-01", "2026-02-30", "2026-06-01T00:00:00Z\0"],
    *["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", NOBODY],
]
VALUES = [*NUMBERS.split(), *CONTAINERS.split(), *map(json.dumps, TEXTS)]


@pytest.fixture
def named(db):
    """A clinic with one of each, by name."""
    appointment = AppointmentFactory()
    patient, service, tag = appointment.patient, ServiceFactory(), TagFactory(name="a")
    states = {"draft": {}, "issued": {"issued": True}, "paid": {"paid": True}, "written_off": {"written_off": True}}
    invoices = {name: InvoiceFactory(patient=patient, items=[item()], **state) for name, state in states.items()}
    credit = PaymentFactory(patient=InvoiceFactory().patient)
    rows = {"patient": patient, "appointment": appointment, "service": service, "tag": tag, "credit": credit}
    rows |= {"item": invoices["issued"].ordered_items[0], **invoices}
    return {name: str(row.pk) for name, row in rows.items()}


def everything():
    """Return the number of rows of each table, and the columns that can change."""
    models = [model for label in ("billing", "patients") for model in apps.get_app_config(label).get_models()]
    rows = {model._meta.db_table: model.objects.count() for model in models}
    invoices = apps.get_model("billing", "Invoice").objects.order_by("pk").values_list("pk", "version", "paid_amount")
    return (
        rows,
        list(invoices),
        list(Service.objects.order_by("pk").values()),
        list(Tag.objects.order_by("pk").values()),
    )


def with_value(body, steps, raw):
    """The body as JSON, with a value replaced by raw text."""
    copy = json.loads(json.dumps(body))
    here = copy
    for step in steps[:-1]:
        here = here[step]
    here[steps[-1]] = "@@@"
    return json.dumps(copy).replace('"@@@"', raw)


def assert_refused(answer, *statuses):
    assert answer.status_code in statuses, answer.content[:300]
    check_problem(answer)
    assert len(answer.content) < LONGEST


class TestBodies:
    @pytest.mark.parametrize("write", WRITES, ids=str)
    def test_bodies_that_no_route_accepts_change_nothing(self, client, named, write):
        before = everything()

        for body in NOT_JSON.values():
            assert_refused(client.send(write.method, filled(write.path, named), body), 400, 413)

        assert everything() == before

    @pytest.mark.parametrize("write", WRITES, ids=str)
    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    def test_bodies_of_another_media_type_return_415(self, client, named, write, content_type):
        before = everything()

        answer = client.send(write.method, filled(write.path, named), b'{"reason": "x"}', content_type=content_type)

        assert_refused(answer, 415)
        assert everything() == before

    @pytest.mark.slow
    @pytest.mark.long
    @pytest.mark.neutral
    @pytest.mark.parametrize("write", WRITES, ids=str)
    def test_bodies_with_one_wrong_value_are_refused_or_harmless(self, client, named, write):
        body = json.loads(filled(json.dumps(write.body), named))
        path = filled(write.path, named)
        collection = f"/{path.split('/')[1]}/"
        for steps in places(body):
            before = everything()
            for raw in VALUES:
                answer = client.send(write.method, path, with_value(body, steps, raw).encode())
                if answer.status_code >= 400:
                    assert_refused(answer, 400, 409)
                else:  # what was taken can be read again
                    assert client.get(collection, order_by="-created_at", limit=3).status_code == 200, (steps, raw)
                    before = everything()
            assert everything() == before, steps

    @pytest.mark.parametrize("write", [write for write in WRITES if "_id" in str(write.body)], ids=str)
    def test_bodies_with_the_id_of_another_kind_of_record_are_refused(self, client, named, write):
        body = json.loads(filled(json.dumps(write.body), named))
        wanted = [steps for steps in places(body) if str(steps[-1]).endswith("id")]
        before = everything()

        for steps in wanted:
            own = {"patient_id": "patient", "appointment_id": "appointment", "service_id": "service"}.get(steps[-1])
            for name in {*named} - {own, "issued", "draft", "paid", "written_off", "item"}:
                raw = json.dumps(named[name])
                answer = client.send(write.method, filled(write.path, named), with_value(body, steps, raw).encode())
                assert_refused(answer, 400, 409)

        assert everything() == before


class TestPaths:
    @pytest.mark.parametrize("write", [write for write in WRITES if "<" in write.path], ids=str)
    @pytest.mark.parametrize(
        "key", [NOBODY, "0", "-1", "%00", "%ED%A0%80", "..", "x" * 1000, "%2F", "{issued}", "null"]
    )
    def test_path_with_an_unknown_id_returns_404_before_the_body_is_read(self, client, write, key):
        kind, _, rest = write.path.lstrip("/").partition("/")
        _, _, verb = rest.partition("/")

        assert_refused(client.send(write.method, f"/{kind}/{key}/{verb}", b"{"), 404)

    @pytest.mark.parametrize("write", [write for write in WRITES if "<" in write.path], ids=str)
    def test_path_with_the_id_of_another_kind_of_record_returns_404(self, client, named, write):
        kind, _, rest = write.path.lstrip("/").partition("/")
        _, _, verb = rest.partition("/")
        others = {"invoice": "credit", "payment": "issued", "service": "tag", "tag": "service"}

        answer = client.send(write.method, f"/{kind}/{named[others[kind]]}/{verb}", b"{")

        assert_refused(answer, 404)


class TestQueries:
    @pytest.mark.parametrize("path", LISTS)
    def test_invalid_queries_return_400(self, client, named, path):
        for query in (
            "offset=1" + "0" * 30,
            "limit=1e400",
            "limit=NaN",
            "limit=true",
            "limit=-0",
            "limit=%D9%A1",
            "offset=%00",
            "cursor=%00",
            "cursor=" + "x" * 5000,
            "order_by=%00",
            "order_by=" + "x," * 2000,
            "order_by=created_at;DROP",
            "search=%00",
            "search=" + "x" * 10_000,
            "colour=red",
            "%00=1",
            "%ED%A0%80=1",
            "&".join(f"key{n}=1" for n in range(900)),
            "created_at__gt=2020",
            "id=1",
        ):
            assert_refused(client.get(f"{filled(path, named)}?{query}"), 400)

    @pytest.mark.parametrize("path", LISTS)
    def test_query_of_a_thousand_parameters_returns_400(self, client, named, path):
        query = "&".join("limit=1" for _ in range(5_000))

        assert client.get(f"{filled(path, named)}?{query}").status_code == 400

    @pytest.mark.parametrize("path", LISTS)
    def test_request_for_another_format_returns_406(self, client, named, path):
        assert_refused(client.get(filled(path, named), headers={"Accept": "text/html"}), 406)
