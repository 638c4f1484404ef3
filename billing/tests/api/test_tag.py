"""/tag/: the words that invoices are found by."""

import pytest

from billing.models import Tag
from billing.tests.api.bodies import ENVELOPE, ids
from billing.tests.factories import InvoiceFactory, TagFactory
from clinic.testing import codes_of


class TestAdd:
    def test_post_returns_201_with_the_location(self, client):
        answer = client.post("/tag/", {"name": " Recall "})

        assert answer.status_code == 201
        assert answer.json()["name"] == "Recall"
        assert client.get(answer.headers["Location"]).json() == answer.json()

    @pytest.mark.parametrize("name", ["", "  ", "a,b", "x" * 51, None, 7, "nul\0", ["a"]])
    def test_invalid_tag_returns_400(self, client, name):
        answer = client.post("/tag/", {"name": name})

        assert answer.status_code == 400
        assert list(codes_of(answer)) == ["/name"]
        assert Tag.objects.count() == 0

    def test_existing_tag_in_another_case_returns_409(self, client):
        TagFactory(name="Árpád")

        answer = client.post("/tag/", {"name": "ÁRPÁD"})

        assert answer.status_code == 409
        assert codes_of(answer) == {"/name": "tag_taken"}


class TestRename:
    def test_renamed_tag_is_on_every_invoice(self, client):
        invoice = InvoiceFactory(tags=["recall"])
        tag = Tag.objects.get()

        answer = client.put(f"/tag/{tag.pk}", {"name": "Recall"})

        assert answer.status_code == 200
        assert client.get(f"/invoice/{invoice.pk}").json()["tags"] == ["Recall"]

    def test_rename_to_another_tag_returns_409(self, client):
        TagFactory(name="VIP")

        assert client.put(f"/tag/{TagFactory().pk}", {"name": "vip"}).json()["code"] == "tag_taken"

    def test_rename_to_the_same_name_writes_nothing(self, client):
        read = client.get(f"/tag/{TagFactory().pk}")

        answer = client.put(f"/tag/{read.json()['id']}", read.content)

        assert answer.status_code == 200
        assert answer.headers["ETag"] == read.headers["ETag"]
        assert client.put(f"/tag/{read.json()['id']}", {}).status_code == 200


class TestList:
    def test_list_can_be_searched_and_is_ordered_by_name(self, client):
        recall, vip = TagFactory(name="Recall"), TagFactory(name="VIP")

        assert client.get("/tag/").json().keys() == ENVELOPE
        assert ids(client.get("/tag/", order_by="-name")) == [str(vip.pk), str(recall.pk)]
        assert ids(client.get("/tag/", search="CALL")) == [str(recall.pk)]
        assert client.get("/tag/", colour="red").status_code == 400
