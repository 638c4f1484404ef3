"""The password grant."""

import base64
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from clinic.testing import NOON
from clinic.tests.api.auth.oauth_requests import (
    PASSWORD,
    SCOPES,
    checksum,
    is_accepted,
    log_in,
    log_in_through,
    post,
    refresh,
    stored_values,
)


@pytest.mark.usefixtures("user")
class TestPassword:
    @pytest.mark.parametrize("grant", [{}, {"grant_type": ""}, {"grant_type": "password"}])
    def test_form_of_a_client_for_the_contract_gets_a_token_of_the_default_client(self, grant, settings):
        settings.DEFAULT_OAUTH_CLIENT = "demo"
        form = {"username": "front-desk", "password": PASSWORD, "scope": "", "client_id": "", "client_secret": ""}

        answer = post(**form, **grant)

        assert answer.status_code == 200, answer.content
        assert set(answer.json()["scope"].split()) == SCOPES
        assert refresh(answer.json()["refresh_token"], client_id="").status_code == 200
        assert post("/o/revoke_token/", token=answer.json()["access_token"]).status_code == 200
        assert not is_accepted(answer.json()["access_token"])

    def test_request_without_an_application_is_an_invalid_client_without_a_default(self):
        answer = post(username="front-desk", password=PASSWORD, scope="")

        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert "client_id" in answer.json()["error_description"]

    def test_default_client_does_not_replace_the_one_that_is_named(self, confidential, settings):
        settings.DEFAULT_OAUTH_CLIENT = "demo"

        assert log_in_through("front", "wrong").status_code == 401
        assert post(username="front-desk", password=PASSWORD, client_secret="kept to itself").status_code == 401

    def test_access_token_is_valid_for_15_minutes(self):
        with time_machine.travel(NOON, tick=False) as clock:
            answer = log_in().json()
            assert answer["expires_in"] == 900
            assert answer["token_type"] == "Bearer"

            clock.shift(timedelta(minutes=14, seconds=59))
            assert is_accepted(answer["access_token"])
            clock.shift(timedelta(seconds=1))
            assert not is_accepted(answer["access_token"])

    def test_password_grant_without_scope_gets_every_scope(self):
        assert set(log_in().json()["scope"].split()) == SCOPES

    def test_password_grant_gets_the_scopes_that_it_names(self):
        assert log_in(scope="invoice:read patient:read").json()["scope"] == "invoice:read patient:read"

    def test_unknown_scope_is_an_invalid_scope(self):
        answer = log_in(scope="invoice:read everything")

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")

    def test_token_response_is_not_cacheable(self):
        assert log_in()["Cache-Control"] == "no-store"

    def test_password_grant_stores_only_checksums_of_tokens(self):
        tokens = {name: log_in().json()[name] for name in ("access_token", "refresh_token")}

        stored = stored_values()
        assert [name for name, token in tokens.items() if token in stored] == []
        assert [name for name, token in tokens.items() if checksum(token) not in stored] == []

    @pytest.mark.parametrize("name", ["username", "password", "client_id", "grant_type", "access_token"])
    def test_credentials_in_the_query_are_an_invalid_request(self, name):
        form = {"grant_type": "password", "username": "front-desk", "password": PASSWORD, "client_id": "demo"}
        in_address = form.pop(name, "token")

        answer = Client().post(f"/o/token/?{name}={in_address}", form)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")

    def test_password_grant_is_refused_for_an_application_of_another_grant(self, integration):
        answer = post(
            grant_type="password",
            username="front-desk",
            password=PASSWORD,
            client_id="laboratory",
            client_secret="s3cret",
        )

        assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")

    @pytest.mark.parametrize("secret", ["", "wrong"])
    def test_wrong_secret_of_a_confidential_application_is_an_invalid_client(self, confidential, secret):
        answer = log_in_through("front", secret)

        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    def test_client_secret_is_accepted_in_the_header_and_in_the_body(self, confidential):
        in_header = base64.b64encode(b"front:kept to itself").decode()

        answers = [
            log_in_through("front", "kept to itself"),
            post(
                grant_type="password",
                username="front-desk",
                password=PASSWORD,
                headers={"Authorization": f"Basic {in_header}"},
            ),
        ]

        assert [answer.status_code for answer in answers] == [200, 200]
