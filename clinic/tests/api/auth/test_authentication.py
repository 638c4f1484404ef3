"""Who may speak to the API at all."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken

from clinic.domain.audit import current_audit_context
from clinic.testing import ApiClient, token_for
from patients.api.resources import PatientResource

pytestmark = pytest.mark.neutral

ANY_PATIENT = "/patient/5f0c7e8a-2b1d-4c3e-9a6f-0d8b7c5e4a21"


def ask(header):
    return Client().get("/patient/", headers={"Authorization": header})


class TestToken:
    def test_of_a_clerk_opens_the_api(self, api, clerk):
        assert api(clerk).get("/patient/").status_code == 200

    def test_is_asked_for(self, anonymous, db):
        response = anonymous.get("/patient/")

        assert response.status_code == 401
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'
        assert response.json()["code"] == "not_authenticated"

    @pytest.mark.parametrize("slash", ["", "/"])
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "NONSENSE"])
    @pytest.mark.parametrize(
        "path", ["/patient", "/appointment", "/patient/no-id", ANY_PATIENT, f"{ANY_PATIENT}/merge"]
    )
    def test_is_asked_for_everywhere_before_anything_else(self, anonymous, db, method, path, slash):
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
    def test_that_is_none_is_refused_not_stumbled_over(self, db, header):
        response = ask(header)

        assert response.status_code == 401
        assert 'error="invalid_token"' in response["WWW-Authenticate"]
        assert response.json()["code"] == "invalid_token"

    def test_that_expired_is_refused(self, clerk):
        token = token_for(clerk, expires=timezone.now() - timedelta(seconds=1))

        assert ApiClient(token).get("/patient/").status_code == 401

    def test_of_somebody_who_left_is_refused(self, api, clerk):
        client = api(clerk)
        clerk.is_active = False
        clerk.save()

        assert client.get("/patient/").status_code == 401

    def test_of_nobody_is_refused(self, db):
        AccessToken.objects.create(user=None, token="nobodys", expires=timezone.now() + timedelta(hours=1))

        assert ask("Bearer nobodys").status_code == 401

    def test_is_not_taken_from_the_query_or_the_body(self, clerk):
        token = token_for(clerk)

        in_query = Client().get(f"/patient/?access_token={token}")
        in_body = Client().post("/patient/", {"access_token": token})

        assert (in_query.status_code, in_body.status_code) == (401, 401)

    def test_may_be_announced_in_any_case(self, clerk):
        assert ask(f"bearer {token_for(clerk)}").status_code == 200

    def test_costs_one_statement(self, api, clerk, django_assert_num_queries):
        client = api(clerk)

        with django_assert_num_queries(1):
            client.get("/patient/not-an-id")


class TestOutsider:
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
    @pytest.mark.parametrize(
        "path", ["/patient/", "/appointment/", "/patient/no-id", ANY_PATIENT, f"{ANY_PATIENT}/merge"]
    )
    def test_is_refused_everywhere(self, api, outsider, method, path):
        response = api(outsider).send(method, path, b"[[[", headers={"If-Match": '"stale"'})

        assert response.status_code == 403
        assert response.json()["code"] == "permission_denied"


class TestSource:
    def test_of_a_change_is_the_application_and_the_request(self, api, clerk, monkeypatch):
        seen = []
        monkeypatch.setattr(
            PatientResource, "represent", lambda self, patient: seen.append(current_audit_context()) or {}
        )

        api(clerk).post("/patient/", {"family_name": "Adeyemi"}, headers={"X-Request-Id": "desk-0001"})

        assert seen == [("demo", "desk-0001")]
        assert current_audit_context() == ("", "")
