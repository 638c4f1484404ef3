"""/service/: the price list that items start from."""

import pytest

from billing.models import Service
from billing.tests.api.bodies import ENVELOPE, NOBODY, ids, visit
from billing.tests.factories import InvoiceFactory, ServiceFactory
from clinic.testing import codes_of

XRAY = {"code": "X1", "description": "X-ray", "category": "Imaging", "unit_price": "45.5", "tax_rate": 19}


class TestAdd:
    def test_post_returns_201_with_the_location(self, client):
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
    def test_invalid_service_returns_400(self, client, wrong, pointer):
        answer = client.post("/service/", XRAY | wrong)

        assert answer.status_code == 400
        assert list(codes_of(answer)) == [pointer]
        assert Service.objects.count() == 0

    def test_service_with_the_code_of_another_is_refused(self, client):
        client.post("/service/", XRAY)

        answer = client.post("/service/", XRAY)

        assert answer.status_code == 409
        assert codes_of(answer) == {"/code": "service_code_taken"}


class TestChange:
    def test_put_keeps_omitted_fields(self, client):
        service = ServiceFactory(code="C1", description="Consultation")

        answer = client.put(f"/service/{service.pk}", {"unit_price": 90})

        assert answer.status_code == 200
        assert (answer.json()["code"], answer.json()["unit_price"]) == ("C1", 90)
        assert answer.json()["updated_at"] != service.updated_at.isoformat(timespec="microseconds")

    def test_put_without_changes_writes_nothing(self, client):
        read = client.get(f"/service/{ServiceFactory().pk}")

        answer = client.put(f"/service/{read.json()['id']}", read.content)

        assert answer.content == read.content
        assert answer.headers["ETag"] == read.headers["ETag"]

    def test_put_leaves_invoices_unchanged(self, client):
        service = ServiceFactory()
        invoice = InvoiceFactory(items=[])
        body = {"patient_id": invoice.patient_id, "items": [{"service_id": service.pk}]}
        before = client.put(f"/invoice/{invoice.pk}", body).json()

        client.put(f"/service/{service.pk}", {"unit_price": 90, "description": "Dearer"})

        assert client.get(f"/invoice/{invoice.pk}").json() == before

    def test_changed_service_is_found_by_its_new_words(self, client):
        service = ServiceFactory(description="Consultation")

        client.put(f"/service/{service.pk}", {"description": "Überweisung"})

        assert ids(client.get("/service/", search="uberweisung")) == [str(service.pk)]

    def test_put_of_the_code_of_another_service_is_refused(self, client):
        ServiceFactory(code="C1")

        assert client.put(f"/service/{ServiceFactory().pk}", {"code": "C1"}).json()["code"] == "service_code_taken"

    def test_put_with_a_stale_etag_is_refused(self, client):
        service = ServiceFactory()

        answer = client.put(f"/service/{service.pk}", {"unit_price": 90}, headers={"If-Match": '"1"'})

        assert answer.status_code == 412

    def test_put_of_an_unknown_service_returns_404(self, client):
        assert client.put(f"/service/{NOBODY}", {}).status_code == 404


class TestList:
    def test_list_can_be_filtered_searched_and_ordered(self, client):
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
    def test_list_refuses_unknown_parameters(self, client, query):
        assert client.get(f"/service/?{query}").status_code == 400

    def test_list_takes_two_statements(self, client, statements):
        ServiceFactory.create_batch(5)

        with statements() as counted:
            client.get("/service/")

        assert counted.number == 2, counted.sql  # the token, the services


def test_item_without_a_service_needs_description_and_price(client):
    body = {"patient_id": InvoiceFactory().patient_id, "items": [visit(), {"quantity": 2}]}

    assert codes_of(client.post("/invoice/", body)) == {
        "/items/1/description": "required",
        "/items/1/unit_price": "required",
    }
