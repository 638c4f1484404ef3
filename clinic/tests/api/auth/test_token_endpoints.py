"""The endpoints that issue and revoke tokens."""

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from oauth2_provider.models import AccessToken
from oauth2_provider.views import TokenView

from clinic.testing import ApiClient, in_role

pytestmark = pytest.mark.neutral


@pytest.fixture
def login(db, demo_application):
    in_role(User.objects.create_user("front-desk", password="open sesame", is_staff=True), "clerk")
    return {"grant_type": "password", "username": "front-desk", "password": "open sesame", "client_id": "demo"}


class TestTokenEndpoint:
    @pytest.mark.parametrize("path", ["/o/token", "/o/token/"])
    def test_password_grant_issues_a_token(self, login, path):
        answer = Client().post(path, login)

        assert answer.status_code == 200
        assert ApiClient(answer.json()["access_token"]).get("/patient/").status_code == 200

    def test_usable_tokens_are_not_stored(self, login):
        token = Client().post("/o/token/", login).json()["access_token"]

        assert not AccessToken.objects.filter(token=token).exists()

    def test_wrong_password_is_an_invalid_grant(self, login):
        answer = Client().post("/o/token/", {**login, "password": "wrong"})

        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_grant"

    @pytest.mark.parametrize("name", ["username", "password", "client_id", "grant_type", "scope", "refresh_token"])
    @pytest.mark.parametrize("value", ["nul\0nul", "a" * 100_000])
    def test_parameter_that_cannot_be_stored_is_an_invalid_request(self, login, name, value):
        answer = Client().post("/o/token/", {**login, name: value})

        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_request"

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (b"", "application/x-www-form-urlencoded"),
            (b"grant_type=password&username=%ff%fe", "application/x-www-form-urlencoded"),
            (b"grant_type=password", "application/x-www-form-urlencoded; charset=utf-16"),
            (b"grant_type=password", "application/x-www-form-urlencoded; charset=nonsense"),
            (b"broken", "multipart/form-data"),
            (b"broken", "multipart/form-data; boundary=x"),
            (b"{", "application/json"),
            (b"&".join(b"a=1" for _ in range(2000)), "application/x-www-form-urlencoded"),
        ],
    )
    @pytest.mark.parametrize("path", ["/o/token/", "/o/revoke_token/", "/o/token/?a=%ff&=%00&%", "/o/token/?a=%00"])
    def test_malformed_request_is_answered_in_json(self, db, path, body, content_type):
        answer = Client().generic("POST", path, body, content_type=content_type)

        assert answer.status_code in {400, 401}
        assert "error" in answer.json()

    @pytest.mark.parametrize("header", ["Basic !!!", "Basic AAAA", "Basic ZGVtbwA6eA==", "Basic \0", "Bearer x"])
    def test_malformed_authorization_header_is_answered_in_json(self, login, header):
        sent = {**login, "client_id": ""}

        answer = Client().post("/o/token/", sent, headers={"Authorization": header})

        assert answer.status_code in {400, 401}
        assert "error" in answer.json()

    @pytest.mark.parametrize(
        ("change", "status", "error", "described"),
        [
            ({"grant_type": "", "username": ""}, 400, "invalid_request", "grant_type=password"),
            ({"username": ""}, 400, "invalid_request", "Send username"),
            ({"password": ""}, 400, "invalid_request", "Send password"),
            ({"grant_type": "refresh_token"}, 400, "invalid_request", "Send refresh_token"),
            ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant", "Log in again"),
            ({"grant_type": "magic"}, 400, "unsupported_grant_type", "grant_type=password"),
            ({"grant_type": "client_credentials"}, 401, "invalid_client", "client_secret"),
            ({"password": "wrong"}, 400, "invalid_grant", "username or password"),
            ({"client_id": "nobody"}, 401, "invalid_client", "client_id"),
            ({"client_id": ""}, 401, "invalid_client", "client_id"),
            ({"scope": "everything"}, 400, "invalid_scope", "Omit “scope”"),
            ({"username": ["front-desk", "admin"]}, 400, "invalid_request", "more than once"),
        ],
    )
    def test_every_error_is_described(self, login, change, status, error, described):
        answer = Client().post("/o/token/", {**login, **change})

        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert described in answer.json()["error_description"]
        assert answer["Content-Type"] == "application/json"

    @pytest.mark.parametrize("path", ["/o/token/", "/o/revoke_token/"])
    def test_json_is_answered_with_the_type_that_is_taken(self, login, path):
        answer = Client().post(path, login, content_type="application/json")

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        assert "application/x-www-form-urlencoded" in answer.json()["error_description"]

    def test_unavailable_database_is_a_503_with_retry_after(self, login, monkeypatch):
        def down(*_args, **_kwargs):
            raise OperationalError

        monkeypatch.setattr(TokenView, "dispatch", down)

        answer = Client().post("/o/token/", login)

        assert (answer.status_code, answer["Retry-After"]) == (503, "2")

    def test_get_is_a_405(self, db):
        answer = Client().get("/o/token/")

        assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")
        assert "Content-Type" not in answer

    def test_repeated_parameter_is_an_invalid_request(self, login):
        answer = Client().post("/o/token/", {**login, "username": ["front-desk", "admin"]})

        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_request"

    @pytest.mark.parametrize(
        "path", ["/o/authorize/", "/o/introspect/", "/o/applications/", "/o/device-authorization/"]
    )
    def test_other_oauth_endpoints_do_not_exist(self, db, path):
        assert Client().post(path).status_code == 404


class TestRevocation:
    @pytest.mark.parametrize("path", ["/o/revoke_token", "/o/revoke_token/"])
    def test_revoked_token_is_a_401(self, login, path):
        token = Client().post("/o/token/", login).json()["access_token"]

        answer = Client().post(path, {"token": token, "client_id": "demo"})

        assert answer.status_code == 200
        assert ApiClient(token).get("/patient/").status_code == 401

    def test_revocation_answers_in_json(self, login):
        answer = Client().post("/o/revoke_token/", {"token": "unknown", "client_id": "demo"})

        assert (answer.status_code, answer["Content-Type"], answer.json()) == (200, "application/json", {})

    @pytest.mark.parametrize(
        ("form", "error", "described"),
        [
            ({"client_id": "demo"}, "invalid_request", "Send token"),
            ({"token": "x"}, "invalid_client", "client_id"),
        ],
    )
    def test_every_error_of_revocation_is_described(self, login, form, error, described):
        answer = Client().post("/o/revoke_token/", form)

        assert answer.status_code in {400, 401}
        assert answer.json()["error"] == error
        assert described in answer.json()["error_description"]

    def test_revocation_of_a_token_with_nul_is_a_400(self, login):
        answer = Client().post("/o/revoke_token/", {"token": "a\0", "client_id": "demo"})

        assert answer.status_code == 400
