"""Problems: their members, the errors that become one, and errors outside the API."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.test import Client

from clinic.api.responses.error_codes import all_entries, status_of
from clinic.domain.errors import FieldError, InvalidValue, NotAllowed, RuleBroken, StaleVersion
from patients.api.resources import PatientResource

pytestmark = pytest.mark.neutral

MEMBERS = ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"]


@pytest.fixture
def raising(client, monkeypatch):
    """Return a function: the response of a list whose queryset raises an error."""

    def answer(error):
        def raises(self):
            raise error

        monkeypatch.setattr(PatientResource, "get_queryset", raises)
        client.django_client.raise_request_exception = False
        return client.get("/patient/")

    return answer


class TestProblem:
    def test_problem_has_the_members_of_rfc_9457_and_the_request_id(self, client):
        answer = client.get(f"/patient/{uuid4()}", headers={"X-Request-Id": "desk-4711"})

        assert answer["Content-Type"] == "application/problem+json"
        assert list(answer.json()) == MEMBERS
        assert answer.json()["request_id"] == answer["X-Request-Id"] == "desk-4711"
        assert answer.json()["status"] == answer.status_code == 404

    def test_problem_has_the_members_of_its_rule_as_numbers(self, raising):
        error = RuleBroken("Too much.", errors=[FieldError("/amount", "overpayment", "x")], room=Decimal("54.99"))

        answer = raising(error)

        assert answer.status_code == 409
        assert answer.json()["room"] == 54.99
        assert answer.json()["errors"] == [{"pointer": "/amount", "code": "overpayment", "detail": "x"}]

    @pytest.mark.parametrize(
        ("error", "status"),
        [(RuleBroken("x"), 409), (InvalidValue("x"), 400), (NotAllowed("x"), 403), (StaleVersion("x"), 412)],
    )
    def test_status_of_an_error_is_that_of_its_family(self, error, status):
        class Nearer(type(error)):
            pass

        assert (status_of(type(error)), status_of(Nearer)) == (status, status)

    def test_problem_has_at_most_fifty_errors(self, raising):
        errors = [FieldError(f"/{place}", "x", "x") for place in range(60)]

        assert len(raising(InvalidValue("x", errors=errors)).json()["errors"]) == 50

    def test_code_of_a_problem_is_in_the_registry(self, client):
        listed = {entry.code: entry.meaning for entry in all_entries()}

        assert {"not_found", "malformed_json", "merge_refused", "stale_version"} <= set(listed)
        assert all(listed.values())


class TestDatabase:
    @pytest.mark.parametrize("error", [OperationalError("database is locked"), InterfaceError("connection closed")])
    def test_unavailable_database_is_a_503(self, raising, error):
        answer = raising(error)

        assert answer.status_code == 503
        assert answer["Retry-After"] == "2"
        assert "locked" not in answer.content.decode()

    def test_duplicate_in_the_database_is_a_conflict(self, raising):
        answer = raising(IntegrityError("UNIQUE constraint failed: patients_patient.record_number"))

        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")

    def test_value_refused_by_the_database_is_a_conflict(self, raising):
        assert raising(IntegrityError("CHECK constraint failed: patient_has_a_name")).status_code == 409

    @pytest.mark.parametrize("error", [IntegrityError("FOREIGN KEY constraint failed"), DataError("x"), KeyError("x")])
    def test_internal_error_is_a_500_without_details(self, raising, error):
        answer = raising(error)

        assert answer.status_code == 500
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "server_error"
        assert answer.json()["request_id"] == answer["X-Request-Id"]


class TestMethods:
    @pytest.mark.parametrize("method", ["DELETE", "TRACE", "NONSENSE"])
    def test_unsupported_method_is_a_405_with_allow(self, client, method):
        answer = client.send(method, f"/patient/{uuid4()}/")

        assert answer.status_code == 405
        assert answer["Allow"] == "GET, PUT, PATCH, HEAD, OPTIONS"

    def test_detail_of_a_405_lists_the_methods_that_are_allowed(self, client):
        answer = client.send("DELETE", "/patient/", b"{}")

        assert answer.json()["detail"] == "DELETE is not allowed here. Use GET, POST, HEAD, OPTIONS."

    def test_get_of_a_verb_is_a_405(self, client):
        assert client.get(f"/patient/{uuid4()}/merge")["Allow"] == "POST, OPTIONS"

    def test_options_has_allow_and_no_body(self, client):
        answer = client.send("OPTIONS", "/patient")

        assert (answer.status_code, answer["Allow"], answer.content) == (204, "GET, POST, HEAD, OPTIONS", b"")

    def test_head_is_get_without_the_body(self, client):
        answer = client.send("HEAD", "/patient/")

        assert (answer.status_code, answer.content) == (200, b"")


class TestOutsideTheApi:
    @pytest.mark.parametrize("path", ["/nothing", "/patients/", "/patient//", "/patient/x/y/z", "/patient/%00", "/%ff"])
    def test_unknown_path_is_a_problem(self, client, path):
        answer = client.get(path)

        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "not_found"

    def test_unknown_page_of_the_admin_is_a_page(self, db):
        assert Client().get("/admin/nothing/").status_code in {302, 404}
        assert "html" in Client().get("/admin")["Content-Type"]

    @pytest.mark.parametrize("path", ["/administrator", "/static/nothing.css"])
    def test_path_that_only_looks_like_the_admin_is_a_problem(self, db, path):
        assert Client().get(path)["Content-Type"] == "application/problem+json"

    def test_error_of_the_token_endpoint_has_the_form_of_rfc_6749(self, db, settings):
        settings.ALLOWED_HOSTS = ["clinic.example"]

        answers = [
            Client().get("/o/nothing", headers={"Host": "clinic.example"}),
            Client().post("/o/token/", headers={"Host": "evil.example"}),
        ]

        assert [answer.status_code for answer in answers] == [404, 400]
        assert {answer["Content-Type"] for answer in answers} == {"application/json"}
        assert {answer.json()["error"] for answer in answers} == {"invalid_request"}

    def test_unknown_host_is_a_problem(self, settings, client):
        settings.ALLOWED_HOSTS = ["clinic.example"]

        answer = client.get("/patient/", headers={"Host": "evil.example"})

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


class TestRequestId:
    def test_request_id_is_created_if_none_was_sent(self, client):
        assert len(client.get("/patient/")["X-Request-Id"]) == 32

    @pytest.mark.parametrize("sent", ["", "short", "a b c d e f", "a" * 65, "line\tfeed", "üüüüüüüüü"])
    def test_malformed_request_id_is_replaced(self, client, sent):
        assert client.get("/patient/", headers={"X-Request-Id": sent})["X-Request-Id"] != sent

    def test_every_response_has_the_request_id(self, client, anonymous):
        answers = [
            client.get("/nothing"),
            anonymous.get("/patient/"),
            Client().get("/admin/"),
            Client().get("/o/token/"),
        ]

        assert all(answer["X-Request-Id"] for answer in answers)
