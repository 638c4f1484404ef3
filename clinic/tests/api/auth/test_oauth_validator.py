"""A token's life: had for a password or a secret, exchanged, used twice, given back."""

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
def front_desk(db, demo_application):
    return User.objects.create_user("front-desk", password=PASSWORD, is_staff=True)


@pytest.fixture
def robot(db):
    """The login that an integration acts as; nobody knows a password of it."""
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


def opens(token):
    """Whether the API knows who asks; what they may do there is another matter."""
    return ApiClient(token).get("/patient/").status_code != 401


@pytest.mark.usefixtures("front_desk")
class TestPassword:
    def test_gives_a_token_for_a_quarter_of_an_hour(self):
        with time_machine.travel(NOON, tick=False) as clock:
            answer = log_in().json()
            assert answer["expires_in"] == 900
            assert answer["token_type"] == "Bearer"

            clock.shift(timedelta(minutes=14, seconds=59))
            assert opens(answer["access_token"])
            clock.shift(timedelta(seconds=1))
            assert not opens(answer["access_token"])

    def test_gives_every_scope_when_none_is_asked_for(self):
        assert set(log_in().json()["scope"].split()) == SCOPES

    def test_gives_the_scopes_that_are_asked_for(self):
        assert log_in(scope="invoice:read patient:read").json()["scope"] == "invoice:read patient:read"

    def test_gives_no_scope_that_does_not_exist(self):
        answer = log_in(scope="invoice:read everything")

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")

    def test_is_kept_by_no_cache(self):
        assert log_in()["Cache-Control"] == "no-store"

    def test_leaves_only_checksums_in_the_database(self):
        tokens = {name: log_in().json()[name] for name in ("access_token", "refresh_token")}

        stored = everything_stored()
        assert [name for name, token in tokens.items() if token in stored] == []
        assert [name for name, token in tokens.items() if checksum(token) not in stored] == []

    @pytest.mark.parametrize("name", ["username", "password", "client_id", "grant_type", "access_token"])
    def test_is_not_taken_from_the_address(self, name):
        form = {"grant_type": "password", "username": "front-desk", "password": PASSWORD, "client_id": "demo"}
        in_address = form.pop(name, "token")

        answer = Client().post(f"/o/token/?{name}={in_address}", form)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")

    def test_is_not_for_an_application_of_another_kind(self, integration):
        answer = post(
            grant_type="password",
            username="front-desk",
            password=PASSWORD,
            client_id="laboratory",
            client_secret="s3cret",
        )

        assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")

    @pytest.mark.parametrize("secret", ["", "wrong"])
    def test_needs_the_secret_of_an_application_that_has_one(self, confidential, secret):
        answer = log_in_through("front", secret)

        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    def test_takes_the_secret_in_the_header_or_in_the_body(self, confidential):
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


def everything_stored():
    """Every value of every row of the OAuth tables, as text."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name.startswith("oauth2_provider")]
        rows = []
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            rows += cursor.fetchall()
    return str(rows)


@pytest.mark.usefixtures("front_desk")
class TestRefresh:
    def test_gives_a_new_pair_and_ends_the_old_one(self):
        old = log_in().json()

        new = refresh(old["refresh_token"]).json()

        assert opens(new["access_token"])
        assert not opens(old["access_token"])
        assert new["refresh_token"] != old["refresh_token"]

    def test_keeps_the_scopes_and_may_ask_for_fewer(self):
        old = log_in(scope="invoice:read patient:read").json()

        same = refresh(old["refresh_token"]).json()
        fewer = refresh(same["refresh_token"], scope="invoice:read").json()

        assert (same["scope"], fewer["scope"]) == ("invoice:read patient:read", "invoice:read")

    def test_gives_no_scope_more(self):
        old = log_in(scope="invoice:read").json()

        answer = refresh(old["refresh_token"], scope="invoice:read writeoff:write")

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")

    def test_used_twice_ends_the_whole_family(self):
        first = log_in().json()
        second = refresh(first["refresh_token"]).json()
        third = refresh(second["refresh_token"]).json()

        answer = refresh(first["refresh_token"])

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert not opens(third["access_token"])
        assert refresh(third["refresh_token"]).status_code == 400

    def test_used_twice_leaves_other_families_alone(self):
        other = log_in().json()
        first = log_in().json()
        refresh(first["refresh_token"])
        refresh(first["refresh_token"])

        assert opens(other["access_token"])
        assert refresh(other["refresh_token"]).status_code == 200

    def test_used_twice_at_once_ends_the_whole_family(self, monkeypatch):
        """The second request has found the token unused; before it stores its own, the first has exchanged it."""
        first = log_in().json()
        between = []
        claim = oauth_validator.ClinicOAuth2Validator._lock_refresh_token

        def claim_late(self, request):
            if not between:
                between.append(None)
                between[0] = refresh(first["refresh_token"])
            claim(self, request)

        monkeypatch.setattr(oauth_validator.ClinicOAuth2Validator, "_lock_refresh_token", claim_late)

        late = refresh(first["refresh_token"])

        assert between[0].status_code == 200
        assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")
        assert not opens(between[0].json()["access_token"])
        assert refresh(between[0].json()["refresh_token"]).status_code == 400
        assert AccessToken.objects.count() == 0

    def test_is_for_the_application_that_had_the_token(self, confidential):
        token = log_in().json()["refresh_token"]

        answer = refresh(token, client_id="front", client_secret="kept to itself")

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    def test_ends_when_the_person_leaves(self, front_desk):
        token = log_in().json()["refresh_token"]
        front_desk.is_active = False
        front_desk.save()

        answer = refresh(token)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    def test_ends_after_a_fortnight_without_use(self):
        with time_machine.travel(NOON, tick=False) as clock:
            token = log_in().json()["refresh_token"]

            clock.shift(timedelta(days=14, minutes=15))

            assert refresh(token).status_code == 400

    @pytest.mark.parametrize("token", ["", "unknown", "a" * 5000, "n\0l", "ü" * 10])
    def test_refuses_what_is_none(self, token):
        assert refresh(token).status_code == 400

    def test_leaves_only_checksums_in_the_database(self):
        pair = refresh(log_in().json()["refresh_token"]).json()

        stored = everything_stored()
        assert pair["access_token"] not in stored
        assert pair["refresh_token"] not in stored

    def test_is_not_taken_from_the_address(self):
        token = log_in().json()["refresh_token"]

        answer = Client().post(f"/o/token/?refresh_token={token}", {"grant_type": "refresh_token", "client_id": "demo"})

        assert answer.status_code == 400
        assert RefreshToken.objects.filter(revoked=None).count() == 1


@pytest.mark.usefixtures("front_desk")
class TestRevocation:
    @pytest.mark.parametrize("which", ["access_token", "refresh_token"])
    @pytest.mark.parametrize("hint", ["", "access_token", "refresh_token", "nonsense"])
    def test_ends_both_tokens(self, which, hint):
        pair = log_in().json()

        answer = post("/o/revoke_token/", token=pair[which], client_id="demo", token_type_hint=hint)

        if hint == "nonsense":
            assert answer.status_code in {200, 400}
            return
        assert answer.status_code == 200
        assert not opens(pair["access_token"])
        assert refresh(pair["refresh_token"]).status_code == 400

    def test_says_nothing_of_a_token_that_does_not_exist(self):
        assert post("/o/revoke_token/", token="unknown", client_id="demo").status_code == 200

    def test_is_for_the_application_that_had_the_token(self, confidential):
        pair = log_in().json()

        answer = post("/o/revoke_token/", token=pair["access_token"], client_id="front", client_secret="kept to itself")

        assert answer.status_code == 200
        assert opens(pair["access_token"])

    def test_needs_an_application(self):
        pair = log_in().json()

        assert post("/o/revoke_token/", token=pair["access_token"]).status_code == 401
        assert opens(pair["access_token"])

    def test_is_not_taken_from_the_address(self):
        pair = log_in().json()

        answer = Client().post(f"/o/revoke_token/?token={pair['access_token']}", {"client_id": "demo"})

        assert answer.status_code == 400
        assert opens(pair["access_token"])


class TestClientCredentials:
    def test_give_a_token_of_the_application_s_own_login(self, integration, robot):
        answer = as_client().json()

        assert opens(answer["access_token"])
        assert find_token(answer["access_token"]).user == robot
        assert answer["expires_in"] == 900

    def test_give_no_refresh_token(self, integration):
        assert "refresh_token" not in as_client().json()

    @pytest.mark.parametrize("secret", ["", "wrong"])
    def test_are_the_secret(self, integration, secret):
        answer = as_client(client_secret=secret)

        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    def test_are_for_confidential_applications(self, integration):
        integration.client_type = Application.CLIENT_PUBLIC
        integration.save()

        assert as_client().json()["error"] == "unauthorized_client"

    def test_are_for_applications_with_a_login(self, integration):
        integration.user = None
        integration.save()

        assert as_client().json()["error"] == "unauthorized_client"

    def test_end_when_the_login_is_closed(self, integration, robot):
        token = as_client().json()["access_token"]
        robot.is_active = False
        robot.save()

        assert not opens(token)
        assert as_client().json()["error"] == "unauthorized_client"

    def test_are_not_for_an_application_of_another_kind(self, demo_application, confidential):
        answer = post(grant_type="client_credentials", client_id="front", client_secret="kept to itself")

        assert answer.json()["error"] == "unauthorized_client"

    def test_are_not_stored(self, integration):
        as_client()

        assert "s3cret" not in everything_stored()


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
    def test_give_nothing(self, demo_application, grant):
        answer = post(grant_type=grant, client_id="demo", code="x", device_code="x", redirect_uri="https://a.example")

        assert 400 <= answer.status_code < 500
        assert "error" in answer.json()
        assert "access_token" not in answer.json()
