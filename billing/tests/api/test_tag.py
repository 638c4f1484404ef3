"""/tag/: the words that invoices are found by."""

import pytest

from billing.models import Tag
from billing.tests.api.bodies import ENVELOPE, ids
from billing.tests.factories import InvoiceFactory, TagFactory
from clinic.testing import codes_of


class TestAdd:
    def test_is_a_201_with_its_place(self, desk):
        answer = desk.post("/tag/", {"name": " Recall "})

        assert answer.status_code == 201
        assert answer.json()["name"] == "Recall"
        assert desk.get(answer.headers["Location"]).json() == answer.json()

    @pytest.mark.parametrize("name", ["", "  ", "a,b", "x" * 51, None, 7, "nul\0", ["a"]])
    def test_of_what_is_no_word_is_a_400(self, desk, name):
        answer = desk.post("/tag/", {"name": name})

        assert answer.status_code == 400
        assert list(codes_of(answer)) == ["/name"]
        assert Tag.objects.count() == 0

    def test_in_another_case_is_a_409(self, desk):
        TagFactory(name="Árpád")

        answer = desk.post("/tag/", {"name": "ÁRPÁD"})

        assert answer.status_code == 409
        assert codes_of(answer) == {"/name": "tag_taken"}


class TestRename:
    def test_shows_on_every_invoice(self, desk):
        invoice = InvoiceFactory(tags=["recall"])
        tag = Tag.objects.get()

        answer = desk.put(f"/tag/{tag.pk}", {"name": "Recall"})

        assert answer.status_code == 200
        assert desk.get(f"/invoice/{invoice.pk}").json()["tags"] == ["Recall"]

    def test_to_another_tags_word_is_a_409(self, desk):
        TagFactory(name="VIP")

        assert desk.put(f"/tag/{TagFactory().pk}", {"name": "vip"}).json()["code"] == "tag_taken"

    def test_to_the_same_writes_nothing(self, desk):
        read = desk.get(f"/tag/{TagFactory().pk}")

        answer = desk.put(f"/tag/{read.json()['id']}", read.content)

        assert answer.status_code == 200
        assert answer.headers["ETag"] == read.headers["ETag"]
        assert desk.put(f"/tag/{read.json()['id']}", {}).status_code == 200


class TestTheList:
    def test_is_searched_and_ordered_by_name(self, desk):
        recall, vip = TagFactory(name="Recall"), TagFactory(name="VIP")

        assert desk.get("/tag/").json().keys() == ENVELOPE
        assert ids(desk.get("/tag/", order_by="-name")) == [str(vip.pk), str(recall.pk)]
        assert ids(desk.get("/tag/", search="CALL")) == [str(recall.pk)]
        assert desk.get("/tag/", colour="red").status_code == 400
