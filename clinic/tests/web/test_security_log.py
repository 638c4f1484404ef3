"""Security log: a line for each refused attempt, without names, tokens and bodies."""

import json
import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from clinic.api.auth.throttles import token_users
from clinic.testing import ApiClient, token_for
from clinic.web.request_log import json_formatter

pytestmark = pytest.mark.neutral

PASSWORD = "open sesame"
HERE = "198.51.100.7"
META = {"timestamp", "level", "logger", "event"}


@pytest.fixture
def lines(caplog):
    """`lines()`: the lines that were logged so far."""
    caplog.set_level(logging.INFO, logger="clinic.security")

    def lines():
        records = [record for record in caplog.records if record.name == "clinic.security"]
        written = [json.loads(json_formatter().format(record)) for record in records]
        return [{name: line[name] for name in line if name not in META} for line in written]

    return lines


@pytest.fixture
def receptionist(db):
    return User.objects.create_user("receptionist", password=PASSWORD, is_staff=True)


def ask(password="wrong", name="receptionist", **form):
    return Client(REMOTE_ADDR=HERE).post(
        "/o/token/",
        {"grant_type": "password", "username": name, "password": password, "client_id": "demo", **form},
        headers={"X-Request-Id": "request-1"},
    )


class TestApi:
    def test_unknown_token_is_logged(self, lines, db):
        ApiClient("unknown").get("/patient/", headers={"X-Request-Id": "request-1"})

        assert lines() == [
            {
                "code": "invalid_token",
                "user_id": None,
                "client_id": "",
                "route": "/patient",
                "request_id": "request-1",
                "address": "127.0.0.1",
            }
        ]

    def test_expired_token_is_logged(self, lines, clerk):
        ApiClient(token_for(clerk, expires=timezone.now() - timedelta(seconds=1))).get("/patient/")

        assert [line["code"] for line in lines()] == ["invalid_token"]

    def test_request_without_a_token_is_not_logged(self, lines, anonymous, db):
        anonymous.get("/patient/")

        assert lines() == []

    def test_missing_permission_is_logged(self, lines, api, outsider):
        api(outsider).post("/tag/", {"name": "x"}, headers={"X-Request-Id": "request-2"})

        (line,) = lines()
        assert line == {
            "code": "permission_denied",
            "user_id": outsider.pk,
            "client_id": "demo",
            "route": "/tag",
            "request_id": "request-2",
            "address": "127.0.0.1",
        }

    def test_allowed_requests_are_not_logged(self, lines, api, clerk):
        api(clerk).get("/patient/")
        api(clerk).get("/patient/not-an-id")
        api(clerk).get("/patient/", nonsense="1")

        assert lines() == []

    def test_unknown_path_is_not_logged(self, lines, db):
        ApiClient("unknown").get("/no/such/path")

        assert lines() == []


class TestTokenEndpoint:
    def test_wrong_password_is_logged(self, lines, receptionist, demo_application):
        ask()

        assert lines() == [
            {
                "code": "login_failed",
                "user_id": receptionist.pk,
                "client_id": "demo",
                "route": "/o/token",
                "request_id": "request-1",
                "address": HERE,
            }
        ]

    def test_unknown_username_is_logged_without_a_user(self, lines, demo_application):
        ask(name="nobody")

        (line,) = lines()
        assert (line["code"], line["user_id"]) == ("login_failed", None)

    def test_lockout_is_logged(self, lines, receptionist, demo_application):
        for _ in range(6):
            ask()
        ask(PASSWORD)

        assert [line["code"] for line in lines()] == ["login_failed"] * 5 + ["locked_out"] * 2

    def test_login_beyond_a_budget_is_logged(self, lines, receptionist, demo_application, settings):
        settings.LOGIN_NAMES_PER_ADDRESS = 1
        ask(name="nobody")
        ask(PASSWORD)

        assert [(line["code"], line["user_id"]) for line in lines()] == [
            ("login_failed", None),
            ("address_budget", receptionist.pk),
        ]

    def test_throttled_token_request_is_logged(self, lines, receptionist, demo_application, settings):
        settings.THROTTLE_TOKEN_USER = 1
        token_users.clear()
        ask(PASSWORD)
        ask(PASSWORD)

        assert [(line["code"], line["user_id"]) for line in lines()] == [("throttled", receptionist.pk)]

    def test_right_password_is_not_logged(self, lines, receptionist, demo_application):
        assert ask(PASSWORD).status_code == 200

        assert lines() == []

    def test_wrong_client_secret_is_logged(self, lines, confidential):
        ask(client_id=confidential.client_id, client_secret="guessed")

        (line,) = lines()
        assert (line["code"], line["client_id"]) == ("invalid_client", confidential.client_id)

    def test_unknown_application_is_logged_without_its_name(self, lines, db):
        ask(client_id="Mrs Adeyemi", client_secret="guessed")

        (line,) = lines()
        assert (line["code"], line["client_id"]) == ("invalid_client", "")

    def test_refresh_token_used_twice_is_logged(self, lines, receptionist, demo_application, settings):
        settings.REFRESH_GRACE_SECONDS = 0
        token = ask(PASSWORD).json()["refresh_token"]
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "demo"}
        Client().post("/o/token/", form)
        assert lines() == []

        Client(REMOTE_ADDR=HERE).post("/o/token/", form, headers={"X-Request-Id": "request-9"})

        assert lines() == [
            {
                "code": "refresh_token_reused",
                "user_id": receptionist.pk,
                "client_id": "demo",
                "route": "/o/token",
                "request_id": "request-9",
                "address": HERE,
            }
        ]


class TestAdmin:
    def test_wrong_password_in_the_admin_is_logged(self, lines, receptionist):
        Client().post("/admin/login/", {"username": "receptionist", "password": "wrong"})

        (line,) = lines()
        assert (line["code"], line["user_id"], line["client_id"]) == ("login_failed", receptionist.pk, "admin")
        assert line["route"] == "/admin/login/"

    def test_forbidden_page_is_logged(self, lines, receptionist):
        client = Client()
        client.force_login(receptionist)

        assert client.get("/admin/auth/user/").status_code == 403

        (line,) = lines()
        assert (line["code"], line["user_id"]) == ("permission_denied", receptionist.pk)
        assert line["route"] == "/admin/auth/user/"

    def test_form_without_csrf_token_is_logged(self, lines, db):
        answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x", "password": "y"})

        assert answer.status_code == 403
        assert [line["code"] for line in lines()] == ["permission_denied"]


class TestPrivacy:
    @pytest.mark.slow
    def test_log_has_no_name_password_token_or_body(self, caplog, api, outsider, receptionist, confidential):
        caplog.set_level(logging.INFO)
        secrets = [
            "receptionist",
            "Adeyemi",
            "hunter2",
            "sesame",
            "unknown-client",
            "s3cret",
            "0170 555",
            "unknown-token",
        ]
        for _ in range(6):
            ask("hunter2")
            ask("hunter2", name="Adeyemi")
            Client().post("/admin/login/?next=/0170 555", {"username": "receptionist", "password": "hunter2"})
        ask(client_id="unknown-client", client_secret="s3cret")
        ask(client_id=confidential.client_id, client_secret="s3cret")
        ApiClient("unknown-token").get("/patient/", search="Adeyemi")
        api(outsider).post("/patient/?search=Adeyemi", {"family_name": "Adeyemi", "phone": "0170 555"})
        token = api(outsider).token
        ApiClient(token).get("/patient/")

        log = "\n".join(json_formatter().format(record) for record in caplog.records)
        assert log
        assert [secret for secret in [*secrets, token] if secret in log] == []
