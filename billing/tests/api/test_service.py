"""/service/: the price list that items start from."""

import pytest

from billing.models import Service
from billing.tests.api.bodies import ENVELOPE, NOBODY, ids, visit
from billing.tests.factories import InvoiceFactory, ServiceFactory
from clinic.testing import codes_of

XRAY = {"code": "X1", "description": "X-ray", "category": "Imaging", "unit_price": "45.5", "tax_rate": 19}


class TestAdd:
    def test_is_a_201_with_its_place(self, client):
        answer = client.post("/service/", XRAY)

        assert answer.status_code == 201
        service = answer.json()
        assert answer.headers["Location"] == f"/service/{service['id']}"
        assert client.get(answer.headers["Location"]).json() == service
        assert {name: service[name] for name in XRAY} == XRAY | {"unit_price": 45.5}
        assert service["active"] is True

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [
            ({"code": ""}, "/code"),
            ({"code": "x" * 51}, "/code"),
            ({"description": None}, "/description"),
            ({"unit_price": -1}, "/unit_price"),
            ({"unit_price": "9999999999.9999"}, "/unit_price"),
            ({"tax_rate": 101}, "/tax_rate"),
            ({"active": 1}, "/active"),
            ({"price": 1}, "/price"),
        ],
    )
    def test_of_what_cannot_be_is_a_400(self, client, wrong, pointer):
        answer = client.post("/service/", XRAY | wrong)

        assert answer.status_code == 400
        assert list(codes_of(answer)) == [pointer]
        assert Service.objects.count() == 0

    def test_needs_a_code_of_its_own(self, client):
        client.post("/service/", XRAY)

        answer = client.post("/service/", XRAY)

        assert answer.status_code == 409
        assert codes_of(answer) == {"/code": "service_code_taken"}


class TestChange:
    def test_keeps_what_is_left_out(self, client):
        service = ServiceFactory(code="C1", description="Consultation")

        answer = client.put(f"/service/{service.pk}", {"unit_price": 90})

        assert answer.status_code == 200
        assert (answer.json()["code"], answer.json()["unit_price"]) == ("C1", 90)
        assert answer.json()["updated_at"] != service.updated_at.isoformat()

    def test_of_nothing_writes_nothing(self, client):
        read = client.get(f"/service/{ServiceFactory().pk}")

        answer = client.put(f"/service/{read.json()['id']}", read.content)

        assert answer.content == read.content
        assert answer.headers["ETag"] == read.headers["ETag"]

    def test_leaves_invoices_alone(self, client):
        service = ServiceFactory()
        invoice = InvoiceFactory(items=[])
        body = {"patient_id": invoice.patient_id, "items": [{"service_id": service.pk}]}
        before = client.put(f"/invoice/{invoice.pk}", body).json()

        client.put(f"/service/{service.pk}", {"unit_price": 90, "description": "Dearer"})

        assert client.get(f"/invoice/{invoice.pk}").json() == before

    def test_is_found_by_its_new_words(self, client):
        service = ServiceFactory(description="Consultation")

        client.put(f"/service/{service.pk}", {"description": "Überweisung"})

        assert ids(client.get("/service/", search="uberweisung")) == [str(service.pk)]

    def test_to_a_code_that_is_taken_is_refused(self, client):
        ServiceFactory(code="C1")

        assert client.put(f"/service/{ServiceFactory().pk}", {"code": "C1"}).json()["code"] == "service_code_taken"

    def test_stops_at_a_stale_version(self, client):
        service = ServiceFactory()

        answer = client.put(f"/service/{service.pk}", {"unit_price": 90}, headers={"If-Match": '"1"'})

        assert answer.status_code == 412

    def test_of_nothing_known_is_a_404(self, client):
        assert client.put(f"/service/{NOBODY}", {}).status_code == 404


class TestTheList:
    def test_is_narrowed_searched_and_ordered(self, client):
        xray = ServiceFactory(code="X1", description="X-ray", category="Imaging", unit_price="45.5")
        visit_ = ServiceFactory(code="C1", description="Consultation", active=False)

        assert client.get("/service/").json().keys() == ENVELOPE
        assert ids(client.get("/service/", active="true")) == [str(xray.pk)]
        assert ids(client.get("/service/", code="c1")) == [str(visit_.pk)]
        assert ids(client.get("/service/", category="imaging")) == [str(xray.pk)]
        assert ids(client.get("/service/", search="x-RAY ima")) == [str(xray.pk)]
        for name in ("code", "description", "-unit_price", "-created_at"):
            assert ids(client.get("/service/", order_by=name)) == [str(visit_.pk), str(xray.pk)], name

    @pytest.mark.parametrize("query", ["active=x", "description=x", "order_by=tax_rate", "limit=x"])
    def test_refuses_what_it_does_not_know(self, client, query):
        assert client.get(f"/service/?{query}").status_code == 400

    def test_costs_two_statements(self, client, statements):
        ServiceFactory.create_batch(5)

        with statements() as counted:
            client.get("/service/")

        assert counted.number == 2, counted.sql  # the token, the services


def test_an_item_without_a_service_needs_words_and_a_price(client):
    body = {"patient_id": InvoiceFactory().patient_id, "items": [visit(), {"quantity": 2}]}

    assert codes_of(client.post("/invoice/", body)) == {
        "/items/1/description": "required",
        "/items/1/unit_price": "required",
    }
