"""What an application may be given: all scopes, or those that were set for it; and one that acts by itself."""

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
def machine(db):
    """A laboratory's program: a confidential application with a login of its own, which has no password."""
    return Application.objects.create(
        name="Laboratory",
        client_id="lab",
        client_secret=SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        user=in_role(User.objects.create_user("lab"), "integration"),
    )


@pytest.fixture
def ask(db):
    """Asks for a token by the application's secret."""

    def asked(**more):
        grant = {"grant_type": "client_credentials", "client_id": "lab", "client_secret": SECRET}
        return Client().post("/o/token/", {**grant, **more})

    return asked


class TestScopes:
    def test_that_are_not_asked_for_are_all_given(self, machine, ask):
        assert set(ask().json()["scope"].split()) == EVERY

    def test_that_are_asked_for_are_given_alone(self, machine, ask):
        assert ask(scope="invoice:read").json()["scope"] == "invoice:read"

    def test_end_with_those_that_the_application_has(self, machine, ask):
        ApplicationScopes.objects.create(application=machine, scopes="patient:read invoice:read")

        assert set(ask().json()["scope"].split()) == {"invoice:read", "patient:read"}
        assert ask(scope="payment:write").json()["error"] == "invalid_scope"

    def test_are_spelled_as_they_are_known(self, machine):
        with pytest.raises(ValidationError, match="No such scope: invoice:burn"):
            ApplicationScopes(application=machine, scopes="invoice:read invoice:burn").full_clean()


class TestApplicationThatActsByItself:
    def test_is_its_own_user(self, machine, ask):
        patient = PatientFactory()

        answer = ApiClient(ask().json()["access_token"]).post("/invoice/", {"patient_id": patient.pk})

        assert answer.status_code == 201
        events = ApiClient(ask().json()["access_token"]).get(f"{answer['Location']}/events").json()["data"]
        assert [(event["by"], event["client"]) for event in events] == [("lab", "Laboratory")]

    def test_does_what_its_role_allows(self, machine, ask):
        api = ApiClient(ask().json()["access_token"])

        assert api.post("/service/", {}).json()["code"] == "permission_denied"

        in_role(machine.user, "supervisor")
        assert ApiClient(ask().json()["access_token"]).post("/service/", {}).status_code == 400

    def test_does_what_its_scopes_allow(self, machine, ask):
        api = ApiClient(ask(scope="patient:read").json()["access_token"])

        assert api.get("/patient/").status_code == 200
        assert api.get("/invoice/").json()["code"] == "insufficient_scope"

    def test_is_nobody_without_a_role(self, machine, ask):
        machine.user.groups.clear()

        assert ApiClient(ask().json()["access_token"]).get("/patient/").status_code == 403

    @pytest.mark.parametrize("change", [{"user": None}, {"client_type": Application.CLIENT_PUBLIC}])
    def test_needs_a_secret_and_a_login(self, machine, ask, change):
        token = ask().json()["access_token"]
        Application.objects.filter(pk=machine.pk).update(**change)

        assert "access_token" not in ask().json()
        assert ApiClient(token).get("/patient/").status_code == 401
