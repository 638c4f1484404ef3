"""Scopes of applications, and applications that act as their own user."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from oauth2_provider.models import Application

from clinic.models import ApplicationScopes
from clinic.testing import ApiClient, in_role
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

SECRET = "between the two of us"
EVERY = {"invoice:read", "invoice:write", "payment:write", "writeoff:write", "patient:read", "patient:write"}


@pytest.fixture
def application(db):
    """A confidential application with its own user, who has no password."""
    return Application.objects.create(
        name="Laboratory",
        client_id="lab",
        client_secret=SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        user=in_role(User.objects.create_user("lab"), "integration"),
    )


@pytest.fixture
def request_token(db):
    """Return a function that requests a token with the secret of the application."""

    def post(**more):
        grant = {"grant_type": "client_credentials", "client_id": "lab", "client_secret": SECRET}
        return Client().post("/o/token/", {**grant, **more})

    return post


class TestScopes:
    def test_token_request_without_scope_gets_every_scope(self, application, request_token):
        assert set(request_token().json()["scope"].split()) == EVERY

    def test_token_request_gets_the_scopes_that_it_names(self, application, request_token):
        assert request_token(scope="invoice:read").json()["scope"] == "invoice:read"

    def test_application_gets_only_its_allowed_scopes(self, application, request_token):
        ApplicationScopes.objects.create(application=application, scopes="patient:read invoice:read")

        assert set(request_token().json()["scope"].split()) == {"invoice:read", "patient:read"}
        assert request_token(scope="payment:write").json()["error"] == "invalid_scope"

    def test_unknown_scope_cannot_be_allowed(self, application):
        with pytest.raises(ValidationError, match="Unknown scope: invoice:burn"):
            ApplicationScopes(application=application, scopes="invoice:read invoice:burn").full_clean()


class TestClientCredentials:
    def test_application_acts_as_its_own_user(self, application, request_token):
        patient = PatientFactory()

        answer = ApiClient(request_token().json()["access_token"]).post("/invoice/", {"patient_id": patient.pk})

        assert answer.status_code == 201
        events = ApiClient(request_token().json()["access_token"]).get(f"{answer['Location']}/events").json()["data"]
        assert [(event["by"], event["client"]) for event in events] == [("lab", "Laboratory")]

    def test_application_may_do_what_its_role_allows(self, application, request_token):
        api = ApiClient(request_token().json()["access_token"])

        assert api.post("/service/", {}).json()["code"] == "permission_denied"

        in_role(application.user, "supervisor")
        assert ApiClient(request_token().json()["access_token"]).post("/service/", {}).status_code == 400

    def test_application_may_do_what_its_scopes_allow(self, application, request_token):
        api = ApiClient(request_token(scope="patient:read").json()["access_token"])

        assert api.get("/patient/").status_code == 200
        assert api.get("/invoice/").json()["code"] == "insufficient_scope"

    def test_application_without_a_role_is_a_403(self, application, request_token):
        application.user.groups.clear()

        assert ApiClient(request_token().json()["access_token"]).get("/patient/").status_code == 403

    @pytest.mark.parametrize("change", [{"user": None}, {"client_type": Application.CLIENT_PUBLIC}])
    def test_application_needs_a_secret_and_a_user(self, application, request_token, change):
        token = request_token().json()["access_token"]
        Application.objects.filter(pk=application.pk).update(**change)

        assert "access_token" not in request_token().json()
        assert ApiClient(token).get("/patient/").status_code == 401
