"""The same Idempotency-Key twice: every write of the books is done once, and money is never moved again."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import URLPattern

from billing.models import Invoice, Payment
from billing.tests.api.bodies import contract_body, kinds, the_books, visit
from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory
from clinic.api.resources import Resource
from clinic.models import IdempotencyKey
from clinic.testing import NOON, ApiClient, token_for
from clinic.urls import urlpatterns
from patients.tests.factories import AppointmentFactory, PatientFactory

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
CASH = {"amount": 40, "method": "cash"}
WHY = {"reason": "Goodwill"}
KEY_COSTS = 3 if connection.vendor == "postgresql" else 2  # the lock; the look at the key, the answer

FACTORIES = {
    "appointment": AppointmentFactory,
    "invoice": InvoiceFactory,
    "patient": PatientFactory,
    "payment": PaymentFactory,
    "service": ServiceFactory,
    "tag": TagFactory,
}


def of_patient(**more):
    return lambda: ("/invoice/", {"patient_id": str(PatientFactory().pk), "items": [visit(100)]} | more)


def of_invoice(verb, body, **state):
    return lambda: (f"/invoice/{InvoiceFactory(**state).pk}/{verb}", body)


def of_payment(verb, body):
    return lambda: (f"/payment/{PaymentFactory().pk}/{verb}", body)


def for_patient(path, body):
    return lambda: (path, {"patient_id": str(PatientFactory().pk)} | body)


MOVE_MONEY = {
    "an invoice that is paid": of_patient(status="PAID"),
    "a draft with a deposit": of_patient(paid_amount=40),
    "a payment for an invoice": of_invoice("payments", CASH, issued=True),
    "a refund": of_invoice("refunds", CASH | WHY, paid=True),
    "a credit note": of_invoice("credit-notes", WHY, issued=True),
    "a correction": of_invoice("correct", WHY, issued=True),
    "a write-off": of_invoice("write-off", WHY, issued=True),
    "a reinstatement": of_invoice("reinstate", WHY, written_off=True),
    "a void with money on it": of_invoice("void", WHY | {"payments": "credit"}, part_paid=True),
    "a payment of a patient": for_patient("/payment/", CASH | {"excess": "credit"}),
    "a refund of credit": of_payment("refund", CASH | WHY),
    "a reversal": of_payment("reverse", WHY),
}
MOVE_NONE = {
    "a draft": of_patient(),
    "an issued invoice": of_patient(status="ISSUED"),
    "an issue": of_invoice("issue", b""),
    "an issue that a deposit pays": of_invoice("issue", b"", deposit="100.00"),
    "a void": of_invoice("void", WHY, issued=True),
    "a service": lambda: ("/service/", {"code": "X", "description": "X-ray", "unit_price": 80}),
    "a tag": lambda: ("/tag/", {"name": "Recall"}),
    "a patient": lambda: ("/patient/", {"family_name": "Kovács"}),
}
WRITES = MOVE_MONEY | MOVE_NONE


def each(writes):
    return pytest.mark.parametrize("prepare", writes.values(), ids=list(writes))


class TestReplay:
    @each(WRITES)
    def test_repeated_request_is_executed_once_and_answered_byte_for_byte(self, client, prepare):
        path, body = prepare()

        first = client.post(path, body, headers=KEY)
        books = the_books()
        second = client.post(path, body, headers=KEY)

        assert first.status_code == second.status_code, first.content
        assert first.status_code in {200, 201}
        assert second.content == first.content
        for header in ("Location", "ETag"):
            assert second.headers.get(header) == first.headers.get(header)
        assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")
        assert the_books() == books

    def test_repeated_request_without_a_key_takes_the_money_twice(self, client):
        path, body = of_invoice("payments", CASH, issued=True)()

        for _ in range(2):
            client.post(path, body)

        assert Invoice.objects.get().paid_amount == 80

    def test_replay_of_the_contract_example_has_location_and_etag(self, client):
        body = contract_body(AppointmentFactory())

        first, second = (client.post("/invoice/", body, headers=KEY) for _ in range(2))

        assert first.headers["Location"] == second.headers["Location"] == f"/invoice/{first.json()['id']}"
        assert first.headers["ETag"] == second.headers["ETag"] == '"1"'
        assert second.json()["warnings"] == first.json()["warnings"]

    def test_repeated_put_changes_the_invoice_once(self, client):
        invoice = InvoiceFactory(issued=True)
        body = {"patient_id": str(invoice.patient_id), "paid_amount": 40}

        first, second = (client.put(f"/invoice/{invoice.pk}", body, headers=KEY) for _ in range(2))

        assert (first.status_code, first.json()["status"]) == (200, "PARTIALY_PAID")
        assert second.content == first.content
        assert kinds(invoice).count("paid") == 1

    def test_replay_returns_the_invoice_as_it_was(self, client):
        invoice = InvoiceFactory()
        first = client.post(f"/invoice/{invoice.pk}/issue", headers=KEY)
        client.post(f"/invoice/{invoice.pk}/payments", CASH)

        second = client.post(f"/invoice/{invoice.pk}/issue", headers=KEY)

        assert (second.content, second.headers["ETag"]) == (first.content, first.headers["ETag"])
        assert second.headers["ETag"] != client.get(f"/invoice/{invoice.pk}").headers["ETag"]

    def test_replay_assigns_no_second_number(self, noon, client):
        path, body = of_patient(status="ISSUED")()
        for _ in range(3):
            client.post(path, body, headers=KEY)

        after = client.post(path, body)

        assert after.json()["reg_number"] == "INV-2026-000002"


class TestEveryRoute:
    def routes(self):
        """Every POST, PUT and PATCH of every resource: the method, the resource and the path with an id that exists."""
        for route in urlpatterns:
            resource = getattr(getattr(route, "callback", None), "cls", None)
            if isinstance(route, URLPattern) and resource and issubclass(resource, Resource):
                for method in {"post", "put", "patch"} & set(route.callback.actions):
                    record = FACTORIES[resource.path]()
                    path = str(route.pattern).removeprefix("^").removesuffix(r"/?\Z")
                    yield method.upper(), "/" + path.replace("(?P<key>[^/]+)", str(record.pk))

    def test_every_route_honours_the_key(self, client):
        refused = {route: client.send(*route, b"{", headers={"Idempotency-Key": "\x7f"}) for route in self.routes()}

        codes = {route: answer.json().get("code") for route, answer in refused.items()}
        assert set(codes.values()) == {"malformed_idempotency_key"}, codes
        assert len(codes) >= 22


class TestRefusal:
    def test_refusal_with_409_is_not_stored(self, client):
        invoice = InvoiceFactory()
        refused = client.post(f"/invoice/{invoice.pk}/write-off", WHY, headers=KEY)
        client.post(f"/invoice/{invoice.pk}/issue")

        done = client.post(f"/invoice/{invoice.pk}/write-off", WHY, headers=KEY)

        assert (refused.status_code, done.status_code) == (409, 200)
        assert "Idempotent-Replayed" not in done.headers

    def test_refusal_after_a_first_step_stores_neither_the_step_nor_the_key(self, client):
        path, body = of_patient(status="VOID", paid_amount=40)()
        before = the_books()

        refused = client.post(path, body, headers=KEY)

        assert refused.status_code == 409
        assert the_books() == before
        assert not IdempotencyKey.objects.exists()

    def test_key_with_another_amount_returns_422_and_takes_no_money(self, client):
        path, body = of_invoice("payments", CASH, issued=True)()
        client.post(path, body, headers=KEY)

        refused = client.post(path, body | {"amount": 60}, headers=KEY)

        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
        assert Payment.objects.count() == 1

    def test_key_with_another_invoice_returns_422(self, client):
        path, body = of_invoice("payments", CASH, issued=True)()
        client.post(path, body, headers=KEY)
        other, _ = of_invoice("payments", CASH, issued=True)()

        assert client.post(other, body, headers=KEY).status_code == 422

    def test_replay_precedes_the_checks_of_version_and_books(self, client):
        invoice = InvoiceFactory()
        headers = KEY | {"If-Match": '"1"'}
        first = client.post(f"/invoice/{invoice.pk}/issue", headers=headers)

        replay = client.post(f"/invoice/{invoice.pk}/issue", headers=headers)
        stale = client.post(f"/invoice/{invoice.pk}/issue", headers={"If-Match": '"1"'})
        twice = client.post(f"/invoice/{invoice.pk}/issue")

        assert (first.status_code, replay.status_code, stale.status_code, twice.status_code) == (200, 200, 412, 409)
        assert replay.content == first.content


class TestLifetime:
    @each(MOVE_MONEY)
    def test_key_is_kept_for_ever_if_money_moved(self, client, prepare):
        client.post(*prepare(), headers=KEY)

        assert IdempotencyKey.objects.get().moved_money is True

    @each(MOVE_NONE)
    def test_key_is_kept_for_a_day_if_no_money_moved(self, client, prepare):
        client.post(*prepare(), headers=KEY)

        assert IdempotencyKey.objects.get().moved_money is False

    def test_put_that_raises_the_paid_amount_moves_money_and_one_that_repeats_it_does_not(self, client):
        invoice = InvoiceFactory(issued=True)
        body = {"patient_id": str(invoice.patient_id), "paid_amount": 40}

        for key in ("raises", "repeats"):
            client.put(f"/invoice/{invoice.pk}", body, headers={"Idempotency-Key": key})

        assert list(IdempotencyKey.objects.order_by("pk").values_list("moved_money", flat=True)) == [True, False]

    def test_payment_is_not_taken_again_after_years(self, supervisor, demo_application):
        with time_machine.travel(NOON, tick=False):
            path, body = of_invoice("payments", CASH, issued=True)()
        token = token_for(supervisor, application=demo_application, expires=NOON + timedelta(days=4000))
        answers = []
        for years in (0, 3):
            with time_machine.travel(NOON + timedelta(days=365 * years), tick=False):
                answers.append(ApiClient(token).post(path, body, headers=KEY))

        assert answers[0].content == answers[1].content
        assert Payment.objects.count() == 1


class TestStatements:
    @each(
        {name: WRITES[name] for name in ("a draft", "an issue", "a payment for an invoice", "a payment of a patient")}
    )
    def test_key_takes_statements_for_its_lock_and_its_response_only(self, client, statements, prepare):
        (path, body), (keyed_path, keyed_body) = prepare(), prepare()
        client.post(*prepare())  # the first of a year begins its series of numbers

        with statements() as plain:
            client.post(path, body)
        with statements() as keyed:
            client.post(keyed_path, keyed_body, headers=KEY)

        assert keyed.number == plain.number + KEY_COSTS, keyed.sql
        assert not any(map(about_keys, plain.sql))

    def test_statements_of_the_key_come_before_and_after_all_others(self, client, statements):
        path, body = of_patient(status="PAID")()

        with statements() as counted:
            client.post(path, body, headers=KEY)

        about = [place for place, sql in enumerate(counted.sql) if about_keys(sql)]
        first_write = next(place for place, sql in enumerate(counted.sql) if sql.startswith(("INSERT", "UPDATE")))
        assert about[:-1] == list(range(about[0], about[0] + KEY_COSTS - 1))
        assert about[KEY_COSTS - 2] < first_write
        assert about[-1] == counted.number - 1  # the answer, after all that it tells

    @pytest.mark.postgres
    def test_key_is_locked_before_the_account_and_the_invoice(self, client, statements):
        invoice = InvoiceFactory(issued=True)

        with statements() as counted:
            client.post(f"/invoice/{invoice.pk}/payments", CASH, headers=KEY | {"If-Match": "*"})

        locks = [sql for sql in counted.sql if "advisory" in sql or "FOR NO KEY UPDATE" in sql]
        assert "advisory" in locks[0]
        assert [sql.split('"')[1] for sql in locks[1:3]] == ["patients_patient", "billing_invoice"]

    def test_replay_takes_statements_for_the_token_and_the_key_only(self, client, statements):
        path, body = of_patient(status="PAID")()
        with statements() as look:
            client.post(path, b"{")
        client.post(path, body, headers=KEY)

        with statements() as counted:
            client.post(path, body, headers=KEY)

        assert counted.number == look.number + KEY_COSTS, counted.sql  # whether there is an answer, and the answer


def about_keys(sql):
    return "idempotencykey" in sql or "advisory" in sql
