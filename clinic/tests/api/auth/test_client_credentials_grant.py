"""The grant by client credentials, and the grants that are not offered."""

import pytest
from oauth2_provider.models import Application

from clinic.api.auth.token_lookup import find_token
from clinic.tests.api.auth.oauth_requests import as_client, is_accepted, post, stored_values


class TestClientCredentials:
    def test_client_credentials_give_a_token_of_the_applications_user(self, integration, robot):
        answer = as_client().json()

        assert is_accepted(answer["access_token"])
        assert find_token(answer["access_token"]).user == robot
        assert answer["expires_in"] == 900

    def test_client_credentials_give_no_refresh_token(self, integration):
        assert "refresh_token" not in as_client().json()

    @pytest.mark.parametrize("secret", ["", "wrong"])
    def test_wrong_secret_is_an_invalid_client(self, integration, secret):
        answer = as_client(client_secret=secret)

        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    def test_client_credentials_are_refused_for_a_public_application(self, integration):
        integration.client_type = Application.CLIENT_PUBLIC
        integration.save()

        assert as_client().json()["error"] == "unauthorized_client"

    def test_client_credentials_are_refused_for_an_application_without_a_user(self, integration):
        integration.user = None
        integration.save()

        assert as_client().json()["error"] == "unauthorized_client"

    def test_tokens_of_an_inactive_application_user_are_refused(self, integration, robot):
        token = as_client().json()["access_token"]
        robot.is_active = False
        robot.save()

        assert not is_accepted(token)
        assert as_client().json()["error"] == "unauthorized_client"

    def test_client_credentials_are_refused_for_an_application_of_another_grant(self, demo_application, confidential):
        answer = post(grant_type="client_credentials", client_id="front", client_secret="kept to itself")

        assert answer.json()["error"] == "unauthorized_client"

    def test_client_secret_is_stored_as_a_hash(self, integration):
        as_client()

        assert "s3cret" not in stored_values()


class TestOtherGrants:
    @pytest.mark.parametrize(
        "grant",
        [
            "authorization_code",
            "implicit",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "nonsense",
        ],
    )
    def test_other_grants_are_refused(self, demo_application, grant):
        answer = post(grant_type=grant, client_id="demo", code="x", device_code="x", redirect_uri="https://a.example")

        assert 400 <= answer.status_code < 500
        assert "error" in answer.json()
        assert "access_token" not in answer.json()
