"""Limits of a request: size and depth of the body, list parameters, and time of a query."""

import json

import pytest
from django.conf import settings as site
from django.db import connection
from django.urls import path
from rest_framework.views import APIView

from clinic.api.responses.errors import problem_response
from clinic.testing import codes_of
from patients.models import Patient
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

UUID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def client(api, supervisor):
    return api(supervisor)


def invoice_body(length=60, character="x", count=500, **more):
    """Return a body with this many items, each with every key and a description of this length."""
    item = {
        "code": "PHYSIO-20",
        "description": character * length,
        "quantity": 1.5,
        "unit_price": 199.99,
        "discount_amount": 1.25,
        "discount_percent": 12.5,
        "tax_rate": 19,
        "service_date": "2026-06-15",
    }
    return {"patient_id": str(PatientFactory().pk), "items": [item] * count, **more}


class TestBody:
    def test_body_limit_is_one_mebibyte_by_default(self):
        assert site.MAX_BODY_BYTES == site.DATA_UPLOAD_MAX_MEMORY_SIZE == 1024 * 1024

    @pytest.mark.parametrize(("length", "character"), [(60, "ü"), (500, "x"), (500, "ж"), (500, "語")])
    def test_body_may_have_500_items_with_the_longest_descriptions(self, client, length, character):
        body = json.dumps(invoice_body(length, character), ensure_ascii=False).encode()

        assert client.post("/invoice/", body).status_code == 201

    def test_response_with_500_items_may_be_sent_back(self, client):
        invoice = client.post("/invoice/", json.dumps(invoice_body(500, "ж"), ensure_ascii=False).encode())

        answer = client.put(f"/invoice/{invoice.json()['id']}", invoice.content)

        assert (answer.status_code, answer.json()["total_amount"]) == (200, invoice.json()["total_amount"])

    def test_too_large_body_is_a_413_with_and_without_content_length(self, client, settings):
        settings.MAX_BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000

        small = client.post("/patient/", {"family_name": "Kim", "address": "a" * 400})
        large = client.post("/patient/", {"family_name": "Kim", "address": "a" * 2_000})

        assert small.status_code == 201
        assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
        assert "2000 bytes" in large.json()["detail"]
        assert Patient.objects.count() == 1

    def test_too_large_body_is_a_413_with_a_key_and_at_a_verb(self, client, settings):
        settings.MAX_BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000
        body = {"reason": "a" * 3_000}

        for path_ in ("/patient/", f"/patient/{PatientFactory().pk}/merge"):
            answer = client.post(path_, body, headers={"Idempotency-Key": "key-1"})
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    def test_chunked_body_without_its_length_is_a_411(self, client):
        invoice = client.post("/invoice/", invoice_body(count=1)).json()
        pieces = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}

        answers = [
            client.django_client.generic("POST", "/patient/", b'{"family_name": "Kim"}', "application/json", **pieces),
            client.django_client.generic("POST", f"/invoice/{invoice['id']}/void", b"{}", "application/json", **pieces),
            client.django_client.generic("POST", "/o/token/", b"a=1", "application/x-www-form-urlencoded", **pieces),
        ]

        assert [answer.status_code for answer in answers] == [411, 411, 400]
        assert answers[0].json()["code"] == "length_required"
        assert client.get(f"/invoice/{invoice['id']}").json()["status"] == "DRAFT"

    def test_body_of_32_levels_is_accepted_and_of_33_refused(self, client):
        def nested(levels):
            return b'{"family_name":' + b'{"a":' * (levels - 1) + b"1" + b"}" * levels

        assert client.post("/patient/", nested(32)).json()["code"] != "malformed_json"
        assert client.post("/patient/", nested(33)).json()["code"] == "malformed_json"

    def test_body_of_500_items_is_accepted_and_of_501_refused(self, client):
        assert client.post("/invoice/", invoice_body(count=500)).status_code == 201
        answer = client.post("/invoice/", invoice_body(count=501))
        assert (answer.status_code, codes_of(answer)) == (400, {"/items": "too_many"})

    @pytest.mark.parametrize(
        ("filling", "code"),
        [
            *((filling, "too_many_values") for filling in (b"{},", b"[],", b"1,", b"1e9,", b'{"a":1},', b'{"":{}},')),
            *((filling, "too_many_values") for filling in (b"NaN,", b'{"a":1,"a":1},')),
            (b'"",', "too_many"),
            (b'"\\u0000",', "bad_text"),
        ],
    )
    @pytest.mark.slow
    def test_body_with_too_many_values_is_refused_early(self, client, filling, code):
        size = site.MAX_BODY_BYTES - 100
        body = b'{"items": [' + filling * (size // len(filling)) + b"1]}"

        answer = client.post("/invoice/", body)

        assert answer.status_code == 400
        assert len(answer.content) < 20_000
        assert code in {answer.json()["code"], *codes_of(answer).values()}


class TestList:
    def test_page_has_at_most_500_rows(self, client):
        assert client.get("/patient/", limit=501).json()["limit"] == 500

    @pytest.mark.parametrize("fields", ["created_at", ",".join(["status", "-total_amount", "patient", "reg_number"])])
    def test_list_may_be_ordered_by_several_fields(self, client, fields):
        assert client.get("/invoice/", order_by=fields).status_code == 200

    def test_list_is_ordered_by_at_most_ten_fields(self, client):
        answer = client.get("/invoice/", order_by=",".join(["created_at"] * 11))

        assert (answer.status_code, codes_of(answer)) == (400, {"?order_by": "too_many"})

    def test_search_has_at_most_twenty_words(self, client):
        assert client.get("/invoice/", search=" ".join(f"w{n}" for n in range(20))).status_code == 200
        assert client.get("/invoice/", search="a b " * 50).status_code == 200  # two words

        answer = client.get("/invoice/", search=" ".join(f"w{n}" for n in range(21)))
        assert (answer.status_code, codes_of(answer)) == (400, {"?search": "too_many"})

    def test_words_of_a_search_are_counted_after_normalisation(self, client):
        search = "".join(chr(code) for code in range(0xFDFA, 0xFDFC)) + " ".join(f"w{n}" for n in range(17))

        assert client.get("/patient/", search=search).status_code == 400

    @pytest.mark.parametrize("name", ["patient_id", "patient_id[]", "appointment_id"])
    def test_filter_has_at_most_200_ids(self, client, name):
        answer = client.get("/invoice/", **{name: [UUID] * 201})

        assert answer.status_code == 400
        assert set(codes_of(answer).values()) == {"too_many"}

    @pytest.mark.parametrize(("name", "count"), [("tags", 201), ("status", 201), ("tags_all", 21)])
    @pytest.mark.parametrize("comma", [True, False])
    def test_filter_has_a_limited_number_of_values(self, client, name, count, comma):
        words = ["paid"] * count
        answer = client.get("/invoice/", **{name: ",".join(words) if comma else words})

        assert (answer.status_code, codes_of(answer)) == (400, {f"?{name}": "too_many"})

    def test_filter_by_twenty_tags_is_answered(self, client):
        assert client.get("/invoice/", tags_all=",".join(f"t{n}" for n in range(20))).status_code == 200

    @pytest.mark.parametrize(
        ("route", "name"), [("appointment", "practitioner"), ("service", "code"), ("invoice", "tags")]
    )
    def test_filter_value_has_at_most_200_characters(self, client, route, name):
        answer = client.get(f"/{route}/", **{name: "a" * 201})

        assert (answer.status_code, codes_of(answer)) == (400, {f"?{name}": "too_long"})

    @pytest.mark.parametrize(
        "query",
        [
            "order_by=" + "x," * 100_000,
            "tags=" + "x," * 100_000,
            "search=" + "x%20" * 60_000,
            "status=" + "DRAFT," * 50_000,
            "&".join(f"nonsense{n}=1" for n in range(900)),
            "&".join("limit=1" for _ in range(900)),
            "patient_id=" + "0" * 300_000,
            "cursor=" + "0" * 300_000,
            "offset=" + "9" * 300_000,
        ],
        ids=lambda query: query[:9],
    )
    def test_endless_query_is_refused_with_a_short_answer(self, client, query):
        answer = client.django_client.get(f"/invoice/?{query}")

        assert answer.status_code == 400
        assert len(answer.content) < 20_000

    def test_more_than_1000_parameters_are_refused(self, client):
        answer = client.django_client.get("/invoice/?" + "&".join("status=PAID" for _ in range(1001)))

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.postgres
class TestQueryTime:
    """A query that takes longer than STATEMENT_TIMEOUT; PostgreSQL only."""

    class Slow(APIView):
        authentication_classes = []
        permission_classes = []

        def get(self, _request):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 50")
                cursor.execute("SELECT pg_sleep(5)")

        def get_exception_handler(self):
            return problem_response

    urlpatterns = [path("slow", Slow.as_view())]

    def test_query_that_times_out_is_a_503_with_its_own_code(self, db, settings, anonymous):
        settings.ROOT_URLCONF = type("Site", (), {"urlpatterns": self.urlpatterns})

        answer = anonymous.get("/slow")

        assert (answer.status_code, answer.json()["code"]) == (503, "statement_timeout")
        assert answer["Retry-After"] == "2"

    def test_statement_timeout_of_a_request_is_five_seconds(self):
        assert site.STATEMENT_TIMEOUT == 5
