"""What the security log says of refused attempts, and what it never says."""

import json
import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from clinic.testing import ApiClient, token_for
from clinic.web.request_log import json_formatter

pytestmark = pytest.mark.neutral

PASSWORD = "open sesame"
HERE = "198.51.100.7"
META = {"timestamp", "level", "logger", "event"}


@pytest.fixture
def lines(caplog):
    """The lines so far, as they were written."""
    caplog.set_level(logging.INFO, logger="clinic.security")

    def lines():
        records = [record for record in caplog.records if record.name == "clinic.security"]
        written = [json.loads(json_formatter().format(record)) for record in records]
        return [{name: line[name] for name in line if name not in META} for line in written]

    return lines


@pytest.fixture
def front_desk(db):
    return User.objects.create_user("front-desk", password=PASSWORD, is_staff=True)


def ask(password="wrong", name="front-desk", **form):
    return Client(REMOTE_ADDR=HERE).post(
        "/o/token/",
        {"grant_type": "password", "username": name, "password": password, "client_id": "demo", **form},
        headers={"X-Request-Id": "request-1"},
    )


class TestAtTheApi:
    def test_a_token_that_opens_nothing(self, lines, db):
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

    def test_an_expired_token(self, lines, clerk):
        ApiClient(token_for(clerk, expires=timezone.now() - timedelta(seconds=1))).get("/patient/")

        assert [line["code"] for line in lines()] == ["invalid_token"]

    def test_no_token_is_no_attempt(self, lines, anonymous, db):
        anonymous.get("/patient/")

        assert lines() == []

    def test_what_a_person_may_not_do(self, lines, api, outsider):
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

    def test_what_is_allowed_is_not_in_it(self, lines, api, clerk):
        api(clerk).get("/patient/")
        api(clerk).get("/patient/not-an-id")
        api(clerk).get("/patient/", nonsense="1")

        assert lines() == []

    def test_an_unknown_path_is_no_attempt(self, lines, db):
        ApiClient("unknown").get("/no/such/path")

        assert lines() == []


class TestAtTheTokenEndpoint:
    def test_a_wrong_password(self, lines, front_desk, demo_application):
        ask()

        assert lines() == [
            {
                "code": "login_failed",
                "user_id": front_desk.pk,
                "client_id": "demo",
                "route": "/o/token",
                "request_id": "request-1",
                "address": HERE,
            }
        ]

    def test_a_name_that_nobody_has(self, lines, demo_application):
        ask(name="nobody")

        (line,) = lines()
        assert (line["code"], line["user_id"]) == ("login_failed", None)

    def test_a_closed_door(self, lines, front_desk, demo_application):
        for _ in range(6):
            ask()
        ask(PASSWORD)

        assert [line["code"] for line in lines()] == ["login_failed"] * 5 + ["locked_out"] * 2

    def test_a_right_password_is_not_in_it(self, lines, front_desk, demo_application):
        assert ask(PASSWORD).status_code == 200

        assert lines() == []

    def test_an_application_with_a_wrong_secret(self, lines, confidential):
        ask(client_id=confidential.client_id, client_secret="guessed")

        (line,) = lines()
        assert (line["code"], line["client_id"]) == ("invalid_client", confidential.client_id)

    def test_an_application_that_does_not_exist_under_no_name(self, lines, db):
        ask(client_id="Mrs Adeyemi", client_secret="guessed")

        (line,) = lines()
        assert (line["code"], line["client_id"]) == ("invalid_client", "")

    def test_a_refresh_token_used_twice(self, lines, front_desk, demo_application):
        token = ask(PASSWORD).json()["refresh_token"]
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "demo"}
        Client().post("/o/token/", form)
        assert lines() == []

        Client(REMOTE_ADDR=HERE).post("/o/token/", form, headers={"X-Request-Id": "request-9"})

        assert lines() == [
            {
                "code": "refresh_token_reused",
                "user_id": front_desk.pk,
                "client_id": "demo",
                "route": "/o/token",
                "request_id": "request-9",
                "address": HERE,
            }
        ]


class TestAtTheAdmin:
    def test_a_wrong_password(self, lines, front_desk):
        Client().post("/admin/login/", {"username": "front-desk", "password": "wrong"})

        (line,) = lines()
        assert (line["code"], line["user_id"], line["client_id"]) == ("login_failed", front_desk.pk, "admin")
        assert line["route"] == "/admin/login/"

    def test_a_page_that_is_not_for_everyone(self, lines, front_desk):
        client = Client()
        client.force_login(front_desk)

        assert client.get("/admin/auth/user/").status_code == 403

        (line,) = lines()
        assert (line["code"], line["user_id"]) == ("permission_denied", front_desk.pk)
        assert line["route"] == "/admin/auth/user/"

    def test_a_form_from_elsewhere(self, lines, db):
        answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x", "password": "y"})

        assert answer.status_code == 403
        assert [line["code"] for line in lines()] == ["permission_denied"]


class TestNever:
    def test_is_a_name_a_password_a_token_or_a_body_in_it(self, caplog, api, outsider, front_desk, confidential):
        caplog.set_level(logging.INFO)
        secrets = ["front-desk", "Adeyemi", "hunter2", "sesame", "stranger", "s3cret", "0170 555", "bearer-of-nothing"]
        for _ in range(6):
            ask("hunter2")
            ask("hunter2", name="Adeyemi")
            Client().post("/admin/login/?next=/0170 555", {"username": "front-desk", "password": "hunter2"})
        ask(client_id="stranger", client_secret="s3cret")
        ask(client_id=confidential.client_id, client_secret="s3cret")
        ApiClient("bearer-of-nothing").get("/patient/", search="Adeyemi")
        api(outsider).post("/patient/?search=Adeyemi", {"family_name": "Adeyemi", "phone": "0170 555"})
        token = api(outsider).token
        ApiClient(token).get("/patient/")

        said = "\n".join(json_formatter().format(record) for record in caplog.records)
        assert said
        assert [secret for secret in [*secrets, token] if secret in said] == []
