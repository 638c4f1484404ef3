"""Grants: password, refresh token (exchanged, reused), client credentials; and revocation."""

import base64
import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from oauth2_provider.models import AccessToken, Application, RefreshToken

from clinic.api.auth import oauth_validator
from clinic.api.auth.tokens import find_token
from clinic.testing import NOON, ApiClient

PASSWORD = "open sesame"
SCOPES = {"invoice:read", "invoice:write", "payment:write", "writeoff:write", "patient:read", "patient:write"}


@pytest.fixture
def user(db, demo_application):
    return User.objects.create_user("front-desk", password=PASSWORD, is_staff=True)


@pytest.fixture
def robot(db):
    """The user of the integration, without a password."""
    return User.objects.create_user("laboratory", is_staff=True)


@pytest.fixture
def integration(robot):
    return Application.objects.create(
        name="Laboratory",
        client_id="laboratory",
        client_secret="s3cret",
        user=robot,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )


def post(path="/o/token/", *, headers=None, **form):
    return Client().post(path, form, headers=headers)


def log_in(**more):
    return post(grant_type="password", username="front-desk", password=PASSWORD, client_id="demo", **more)


def refresh(token, **more):
    return post(**{"grant_type": "refresh_token", "refresh_token": token, "client_id": "demo", **more})


def as_client(**more):
    form = {"grant_type": "client_credentials", "client_id": "laboratory", "client_secret": "s3cret", **more}
    return post(**form)


def is_accepted(token):
    """Return whether the API accepts a token, whatever the permissions of its user."""
    return ApiClient(token).get("/patient/").status_code != 401


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


def log_in_through(client_id, secret):
    form = {"grant_type": "password", "username": "front-desk", "password": PASSWORD, "client_id": client_id}
    return post(**form, client_secret=secret)


def checksum(token):
    return hashlib.sha256(token.encode()).hexdigest()


def stored_values():
    """Return all values in the OAuth tables, as text."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name.startswith("oauth2_provider")]
        rows = []
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            rows += cursor.fetchall()
    return str(rows)


def refresh_twice_at_once(token, monkeypatch):
    """Return two answers: between the check of the token and its lock, another request has exchanged it."""
    between = []
    lock = oauth_validator.ClinicOAuth2Validator._lock_refresh_token

    def lock_late(self, request):
        if not between:
            between.append(None)
            between[0] = refresh(token)
        return lock(self, request)

    monkeypatch.setattr(oauth_validator.ClinicOAuth2Validator, "_lock_refresh_token", lock_late)
    return refresh(token), between[0]


@pytest.mark.usefixtures("user")
class TestRefresh:
    def test_refresh_issues_new_tokens_and_ends_the_old_ones(self):
        old = log_in().json()

        new = refresh(old["refresh_token"]).json()

        assert is_accepted(new["access_token"])
        assert not is_accepted(old["access_token"])
        assert new["refresh_token"] != old["refresh_token"]

    def test_refresh_keeps_the_scopes_or_narrows_them(self):
        old = log_in(scope="invoice:read patient:read").json()

        same = refresh(old["refresh_token"]).json()
        fewer = refresh(same["refresh_token"], scope="invoice:read").json()

        assert (same["scope"], fewer["scope"]) == ("invoice:read patient:read", "invoice:read")

    def test_refresh_cannot_add_a_scope(self):
        old = log_in(scope="invoice:read").json()

        answer = refresh(old["refresh_token"], scope="invoice:read writeoff:write")

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")

    def test_reused_refresh_token_ends_its_family(self):
        first = log_in().json()
        second = refresh(first["refresh_token"]).json()
        third = refresh(second["refresh_token"]).json()

        answer = refresh(first["refresh_token"])

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert not is_accepted(third["access_token"])
        assert refresh(third["refresh_token"]).status_code == 400

    def test_reused_refresh_token_does_not_end_other_families(self):
        other = log_in().json()
        first = log_in().json()
        refresh(first["refresh_token"])
        refresh(first["refresh_token"])

        assert is_accepted(other["access_token"])
        assert refresh(other["refresh_token"]).status_code == 200

    def test_refresh_whose_answer_was_lost_may_be_repeated_for_ten_seconds(self):
        with time_machine.travel(NOON, tick=False) as clock:
            first = log_in(scope="invoice:read patient:read").json()
            lost = refresh(first["refresh_token"]).json()
            clock.shift(timedelta(seconds=9))

            again = refresh(first["refresh_token"]).json()

            assert again["scope"] == "invoice:read patient:read"
            assert is_accepted(lost["access_token"])
            assert is_accepted(again["access_token"])
            assert refresh(again["refresh_token"]).status_code == 200

    def test_refresh_token_used_again_after_ten_seconds_ends_its_family(self):
        with time_machine.travel(NOON, tick=False) as clock:
            first = log_in().json()
            second = refresh(first["refresh_token"]).json()
            clock.shift(timedelta(seconds=10))

            answer = refresh(first["refresh_token"])

            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
            assert not is_accepted(second["access_token"])
            assert refresh(second["refresh_token"]).status_code == 400

    def test_grace_of_a_refresh_token_ends_with_the_revocation_of_its_pair(self):
        first = log_in().json()
        second = refresh(first["refresh_token"]).json()
        post("/o/revoke_token/", token=second["refresh_token"], client_id="demo")

        assert refresh(first["refresh_token"]).status_code == 400

    def test_refresh_token_used_by_two_tabs_at_once_gives_both_a_session(self, monkeypatch):
        """One request finds the token unused; before it stores its own, another one has exchanged it."""
        first = log_in().json()
        one, other = (answer.json() for answer in refresh_twice_at_once(first["refresh_token"], monkeypatch))

        for pair in (one, other):
            assert is_accepted(pair["access_token"])
        for pair in (one, other):
            assert refresh(refresh(pair["refresh_token"]).json()["refresh_token"]).status_code == 200

    def test_family_of_two_tabs_ends_as_a_whole(self, monkeypatch):
        first = log_in().json()
        other, one = (answer.json() for answer in refresh_twice_at_once(first["refresh_token"], monkeypatch))
        refresh(one["refresh_token"])

        assert refresh(first["refresh_token"]).status_code == 400
        assert not is_accepted(other["access_token"])
        assert AccessToken.objects.count() == 0

    def test_refresh_token_used_twice_at_once_without_grace_ends_its_family(self, monkeypatch, settings):
        settings.REFRESH_GRACE_SECONDS = 0
        first = log_in().json()

        late, early = refresh_twice_at_once(first["refresh_token"], monkeypatch)

        assert early.status_code == 200
        assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")
        assert not is_accepted(early.json()["access_token"])
        assert refresh(early.json()["refresh_token"]).status_code == 400
        assert AccessToken.objects.count() == 0

    def test_refresh_token_of_another_application_is_an_invalid_grant(self, confidential):
        token = log_in().json()["refresh_token"]

        answer = refresh(token, client_id="front", client_secret="kept to itself")

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    def test_refresh_token_of_an_inactive_user_is_an_invalid_grant(self, user):
        token = log_in().json()["refresh_token"]
        user.is_active = False
        user.save()

        answer = refresh(token)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    def test_refresh_token_expires_after_14_days(self):
        with time_machine.travel(NOON, tick=False) as clock:
            token = log_in().json()["refresh_token"]

            clock.shift(timedelta(days=14, minutes=15))

            assert refresh(token).status_code == 400

    @pytest.mark.parametrize("token", ["", "unknown", "a" * 5000, "n\0l", "ü" * 10])
    def test_malformed_or_unknown_refresh_token_is_a_400(self, token):
        assert refresh(token).status_code == 400

    def test_refresh_stores_only_checksums_of_tokens(self):
        pair = refresh(log_in().json()["refresh_token"]).json()

        stored = stored_values()
        assert pair["access_token"] not in stored
        assert pair["refresh_token"] not in stored

    def test_refresh_token_in_the_query_is_a_400(self):
        token = log_in().json()["refresh_token"]

        answer = Client().post(f"/o/token/?refresh_token={token}", {"grant_type": "refresh_token", "client_id": "demo"})

        assert answer.status_code == 400
        assert RefreshToken.objects.filter(revoked=None).count() == 1


@pytest.mark.usefixtures("user")
class TestRevocation:
    @pytest.mark.parametrize("which", ["access_token", "refresh_token"])
    @pytest.mark.parametrize("hint", ["", "access_token", "refresh_token", "nonsense"])
    def test_revocation_of_one_token_ends_the_pair(self, which, hint):
        pair = log_in().json()

        answer = post("/o/revoke_token/", token=pair[which], client_id="demo", token_type_hint=hint)

        if hint == "nonsense":
            assert answer.status_code in {200, 400}
            return
        assert answer.status_code == 200
        assert not is_accepted(pair["access_token"])
        assert refresh(pair["refresh_token"]).status_code == 400

    def test_revocation_of_an_unknown_token_is_a_200(self):
        assert post("/o/revoke_token/", token="unknown", client_id="demo").status_code == 200

    def test_revocation_by_another_application_does_nothing(self, confidential):
        pair = log_in().json()

        answer = post("/o/revoke_token/", token=pair["access_token"], client_id="front", client_secret="kept to itself")

        assert answer.status_code == 200
        assert is_accepted(pair["access_token"])

    def test_revocation_without_an_application_is_a_401(self):
        pair = log_in().json()

        assert post("/o/revoke_token/", token=pair["access_token"]).status_code == 401
        assert is_accepted(pair["access_token"])

    def test_token_to_revoke_in_the_query_is_a_400(self):
        pair = log_in().json()

        answer = Client().post(f"/o/revoke_token/?token={pair['access_token']}", {"client_id": "demo"})

        assert answer.status_code == 400
        assert is_accepted(pair["access_token"])


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
