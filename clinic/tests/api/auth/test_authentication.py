"""Bearer authentication, users without a role, and the audit context of a request."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken

from clinic.domain.audit_context import current_audit_context
from clinic.testing import ApiClient, token_for
from patients.api.resources import PatientResource

pytestmark = pytest.mark.neutral

ANY_PATIENT = "/patient/5f0c7e8a-2b1d-4c3e-9a6f-0d8b7c5e4a21"


def ask(header):
    return Client().get("/patient/", headers={"Authorization": header})


class TestToken:
    def test_token_of_a_clerk_is_accepted(self, api, clerk):
        assert api(clerk).get("/patient/").status_code == 200

    def test_request_without_a_token_is_a_401(self, anonymous, db):
        response = anonymous.get("/patient/")

        assert response.status_code == 401
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'
        assert response.json()["code"] == "not_authenticated"

    @pytest.mark.parametrize("slash", ["", "/"])
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "NONSENSE"])
    @pytest.mark.parametrize(
        "path", ["/patient", "/appointment", "/patient/no-id", ANY_PATIENT, f"{ANY_PATIENT}/merge"]
    )
    def test_token_is_required_on_every_route_before_any_other_check(self, anonymous, db, method, path, slash):
        response = anonymous.send(method, path + slash, b"[[[", content_type="text/plain")

        assert response.status_code == 401

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "Bearer",
            "Bearer ",
            "Bearer unknown",
            "Bearer two words",
            "Basic dXNlcjpwYXNz",
            "Token abc",
            "Bearer nul\0nul",
            "Bearer \ud800",
            "Bearer ünï",
            "Bearer １２３",
            "Bearer " + "a" * 256,
            "Bearer " + "a" * 100_000,
        ],
    )
    def test_malformed_or_unknown_token_is_a_401(self, db, header):
        response = ask(header)

        assert response.status_code == 401
        assert 'error="invalid_token"' in response["WWW-Authenticate"]
        assert response.json()["code"] == "invalid_token"

    def test_token_without_the_word_bearer_is_refused_as_such(self, clerk):
        response = ask(token_for(clerk))

        assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
        assert "“Bearer”" in response.json()["detail"]

    def test_expired_token_is_a_401(self, clerk):
        token = token_for(clerk, expires=timezone.now() - timedelta(seconds=1))

        assert ApiClient(token).get("/patient/").status_code == 401

    def test_token_of_an_inactive_user_is_a_401(self, api, clerk):
        client = api(clerk)
        clerk.is_active = False
        clerk.save()

        assert client.get("/patient/").status_code == 401

    def test_token_without_a_user_is_a_401(self, db):
        AccessToken.objects.create(user=None, token="of-nobody", expires=timezone.now() + timedelta(hours=1))

        assert ask("Bearer of-nobody").status_code == 401

    def test_token_in_the_query_or_the_body_is_ignored(self, clerk):
        token = token_for(clerk)

        in_query = Client().get(f"/patient/?access_token={token}")
        in_body = Client().post("/patient/", {"access_token": token})

        assert (in_query.status_code, in_body.status_code) == (401, 401)

    def test_authentication_scheme_is_case_insensitive(self, clerk):
        assert ask(f"bearer {token_for(clerk)}").status_code == 200

    def test_authentication_costs_one_query(self, api, clerk, django_assert_num_queries):
        client = api(clerk)

        with django_assert_num_queries(1):
            client.get("/patient/not-an-id")


class TestUserWithoutARole:
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
    @pytest.mark.parametrize(
        "path", ["/patient/", "/appointment/", "/patient/no-id", ANY_PATIENT, f"{ANY_PATIENT}/merge"]
    )
    def test_user_without_a_role_is_a_403_on_every_route(self, api, outsider, method, path):
        response = api(outsider).send(method, path, b"[[[", headers={"If-Match": '"stale"'})

        assert response.status_code == 403
        assert response.json()["code"] == "permission_denied"


class TestAuditContext:
    def test_audit_context_of_a_request_is_its_application_and_request_id(self, api, clerk, monkeypatch):
        seen = []
        monkeypatch.setattr(
            PatientResource, "represent", lambda self, patient: seen.append(current_audit_context()) or {}
        )

        api(clerk).post("/patient/", {"family_name": "Adeyemi"}, headers={"X-Request-Id": "request-0001"})

        assert seen == [("demo", "request-0001")]
        assert current_audit_context() == ("", "")
