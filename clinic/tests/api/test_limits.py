"""What one request may cost: everything that a client can make longer has an end."""

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


def bill(length=60, sign="x", count=500, **more):
    """A body with this many items, each with every key, and descriptions of this length."""
    item = {
        "code": "PHYSIO-20",
        "description": sign * length,
        "quantity": 1.5,
        "unit_price": 199.99,
        "discount_amount": 1.25,
        "discount_percent": 12.5,
        "tax_rate": 19,
        "service_date": "2026-06-15",
    }
    return {"patient_id": str(PatientFactory().pk), "items": [item] * count, **more}


class TestBody:
    def test_is_one_mebibyte_unless_the_clinic_says_otherwise(self):
        assert site.MAX_BODY_BYTES == site.DATA_UPLOAD_MAX_MEMORY_SIZE == 1024 * 1024

    @pytest.mark.parametrize(("length", "sign"), [(60, "ü"), (500, "x"), (500, "ж"), (500, "語")])
    def test_holds_500_items_with_the_longest_of_descriptions(self, client, length, sign):
        body = json.dumps(bill(length, sign), ensure_ascii=False).encode()

        assert client.post("/invoice/", body).status_code == 201

    def test_that_came_out_of_500_items_may_go_in_again(self, client):
        invoice = client.post("/invoice/", json.dumps(bill(500, "ж"), ensure_ascii=False).encode())

        answer = client.put(f"/invoice/{invoice.json()['id']}", invoice.content)

        assert (answer.status_code, answer.json()["total_amount"]) == (200, invoice.json()["total_amount"])

    def test_that_is_larger_is_a_413_whether_it_is_declared_or_not(self, client, settings):
        settings.MAX_BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000

        small = client.post("/patient/", {"family_name": "Kim", "address": "a" * 400})
        large = client.post("/patient/", {"family_name": "Kim", "address": "a" * 2_000})

        assert small.status_code == 201
        assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
        assert "2000 bytes" in large.json()["detail"]
        assert Patient.objects.count() == 1

    def test_that_is_larger_is_a_413_under_a_key_and_at_a_verb(self, client, settings):
        settings.MAX_BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000
        body = {"reason": "a" * 3_000}

        for path_ in ("/patient/", f"/patient/{PatientFactory().pk}/merge"):
            answer = client.post(path_, body, headers={"Idempotency-Key": "desk-1"})
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    def test_that_comes_in_pieces_without_its_length_is_not_taken_for_an_empty_one(self, client):
        invoice = client.post("/invoice/", bill(count=1)).json()
        pieces = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}

        answers = [
            client._client.generic("POST", "/patient/", b'{"family_name": "Kim"}', "application/json", **pieces),
            client._client.generic("POST", f"/invoice/{invoice['id']}/void", b"{}", "application/json", **pieces),
            client._client.generic("POST", "/o/token/", b"a=1", "application/x-www-form-urlencoded", **pieces),
        ]

        assert [answer.status_code for answer in answers] == [411, 411, 400]
        assert answers[0].json()["code"] == "length_required"
        assert client.get(f"/invoice/{invoice['id']}").json()["status"] == "DRAFT"

    def test_of_32_levels_is_read_and_of_33_refused(self, client):
        def nested(levels):
            return b'{"family_name":' + b'{"a":' * (levels - 1) + b"1" + b"}" * levels

        assert client.post("/patient/", nested(32)).json()["code"] != "malformed_json"
        assert client.post("/patient/", nested(33)).json()["code"] == "malformed_json"

    def test_of_500_items_is_read_and_of_501_refused(self, client):
        assert client.post("/invoice/", bill(count=500)).status_code == 201
        answer = client.post("/invoice/", bill(count=501))
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
    def test_full_of_anything_is_given_up_early(self, client, filling, code):
        room = site.MAX_BODY_BYTES - 100
        body = b'{"items": [' + filling * (room // len(filling)) + b"1]}"

        answer = client.post("/invoice/", body)

        assert answer.status_code == 400
        assert len(answer.content) < 20_000
        assert code in {answer.json()["code"], *codes_of(answer).values()}


class TestList:
    def test_is_500_rows_at_most_and_says_so(self, client):
        assert client.get("/patient/", limit=501).json()["limit"] == 500

    @pytest.mark.parametrize("fields", ["created_at", ",".join(["status", "-total_amount", "patient", "reg_number"])])
    def test_is_ordered_by_what_is_asked(self, client, fields):
        assert client.get("/invoice/", order_by=fields).status_code == 200

    def test_is_ordered_by_ten_fields_at_most(self, client):
        answer = client.get("/invoice/", order_by=",".join(["created_at"] * 11))

        assert (answer.status_code, codes_of(answer)) == (400, {"?order_by": "too_many"})

    def test_is_searched_for_twenty_words_at_most(self, client):
        assert client.get("/invoice/", search=" ".join(f"w{n}" for n in range(20))).status_code == 200
        assert client.get("/invoice/", search="a b " * 50).status_code == 200  # two words

        answer = client.get("/invoice/", search=" ".join(f"w{n}" for n in range(21)))
        assert (answer.status_code, codes_of(answer)) == (400, {"?search": "too_many"})

    def test_counts_the_words_that_one_sign_hides(self, client):
        signs = "".join(chr(code) for code in range(0xFDFA, 0xFDFC)) + " ".join(f"w{n}" for n in range(17))

        assert client.get("/patient/", search=signs).status_code == 400

    @pytest.mark.parametrize("name", ["patient_id", "patient_id[]", "appointment_id"])
    def test_is_of_200_ids_at_most(self, client, name):
        answer = client.get("/invoice/", **{name: [UUID] * 201})

        assert answer.status_code == 400
        assert set(codes_of(answer).values()) == {"too_many"}

    @pytest.mark.parametrize(("name", "count"), [("tags", 201), ("status", 201), ("tags_all", 21)])
    @pytest.mark.parametrize("comma", [True, False])
    def test_is_of_so_many_words_at_most(self, client, name, count, comma):
        words = ["paid"] * count
        answer = client.get("/invoice/", **{name: ",".join(words) if comma else words})

        assert (answer.status_code, codes_of(answer)) == (400, {f"?{name}": "too_many"})

    def test_with_all_of_twenty_tags_is_answered(self, client):
        assert client.get("/invoice/", tags_all=",".join(f"t{n}" for n in range(20))).status_code == 200

    @pytest.mark.parametrize(
        ("route", "name"), [("appointment", "practitioner"), ("service", "code"), ("invoice", "tags")]
    )
    def test_compares_with_200_characters_at_most(self, client, route, name):
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
    def test_is_refused_shortly_when_the_query_is_endless(self, client, query):
        answer = client._client.get(f"/invoice/?{query}")

        assert answer.status_code == 400
        assert len(answer.content) < 20_000

    def test_with_more_than_a_thousand_parameters_is_refused(self, client):
        answer = client._client.get("/invoice/?" + "&".join("status=PAID" for _ in range(1001)))

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.postgres
class TestQueryTime:
    """What PostgreSQL gives up after STATEMENT_TIMEOUT seconds."""

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

    def test_that_is_over_is_a_503_with_its_own_code(self, db, settings, anonymous):
        settings.ROOT_URLCONF = type("Site", (), {"urlpatterns": self.urlpatterns})

        answer = anonymous.get("/slow")

        assert (answer.status_code, answer.json()["code"]) == (503, "statement_timeout")
        assert answer["Retry-After"] == "2"

    def test_is_five_seconds_in_a_request(self):
        assert site.STATEMENT_TIMEOUT == 5
