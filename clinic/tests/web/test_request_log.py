"""Request log: the members of a line, and that it contains no data of a patient."""

import io
import json
import logging
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError
from django.test import Client, RequestFactory

from clinic.testing import ApiClient
from clinic.web.request_log import is_static_file, json_formatter, readable_route
from patients.api.resources import PatientResource
from patients.models import Patient

pytestmark = pytest.mark.neutral

# Words that occur nowhere in the program; each is sent somewhere during the workday.
SECRETS = {
    "given name": "Zebulonia",
    "family name": "Quiddelbacher",
    "phone": "0171 5559473",
    "digits of the phone": "01715559473",
    "mail": "zq@brontosaurus.example",
    "street": "Xylophonweg",
    "record number": "KJ-88213",
    "tag": "hypochonder",
    "note": "Weltschmerz",
    "item": "Trepanation",
    "password": "correcthorsebatterystaple",
    "wrong password": "wrongzebra",
    "made-up token": "tokentokentoken",
    "search in the admin": "Umlautzwang",
}


@pytest.fixture
def log():
    """The lines that the handlers of the settings write during a test."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(json_formatter())
    loggers = [logging.getLogger(), logging.getLogger("django")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
    yield written
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def lines(log, logger="clinic.requests"):
    return [line for line in map(json.loads, log.getvalue().splitlines()) if line["logger"] == logger]


class TestLine:
    def test_line_has_request_user_route_status_and_cost(self, log, api, supervisor):
        patient = Patient.objects.register(family_name="Kim")

        api(supervisor).get(f"/patient/{patient.pk}", headers={"X-Request-Id": "request-4711"})

        [line] = lines(log)
        assert line.pop("timestamp").endswith("Z")
        assert 0 < line.pop("ms") < 10_000
        assert line.pop("statements") in range(2, 6)
        assert line == {
            "level": "info",
            "logger": "clinic.requests",
            "event": "request",
            "request_id": "request-4711",
            "client": "demo",
            "user_id": supervisor.pk,
            "method": "GET",
            "route": "/patient/{key}",
            "status": 200,
        }

    def test_line_has_the_request_id_of_the_response(self, log, anonymous):
        answer = anonymous.get("/patient/")

        assert lines(log)[0]["request_id"] == answer["X-Request-Id"] == answer.json()["request_id"]

    def test_line_of_an_admin_page_names_the_admin_and_the_user(self, log, admin_client, admin_user):
        admin_client.get("/admin/patients/patient/", {"q": "Kim"})

        [line] = lines(log)
        assert (line["client"], line["user_id"]) == ("admin", admin_user.pk)
        assert line["route"] == "/admin/patients/patient/"

    @pytest.mark.parametrize("path", ["/nothing/Quiddelbacher", "/patient/x/Quiddelbacher", "/%00", "/o/Quiddelbacher"])
    def test_line_of_an_unknown_path_has_no_route(self, log, anonymous, path):
        anonymous.get(path)

        [line] = lines(log)
        assert (line["route"], line["status"]) == ("", 404)

    @pytest.mark.parametrize(
        ("path", "status", "left_out"),
        [("/static/clinic/logo.svg", 200, True), ("/static/nothing.svg", 404, False), ("/admin/", 200, False)],
    )
    def test_static_file_is_not_logged_unless_it_is_missing(self, path, status, left_out):
        assert is_static_file(RequestFactory().get(path), status) == left_out

    def test_unknown_method_is_logged_as_other(self, log, api, supervisor):
        api(supervisor).send("QUIDDELBACHER", "/patient/")

        assert lines(log)[0]["method"] == "OTHER"

    def test_invalid_request_gets_one_line(self, log, api, clerk, settings):
        client = api(clerk)
        client.post("/patient/", b"{")
        client.get("/patient/", limit="x")
        client.send("DELETE", "/patient/")
        settings.ALLOWED_HOSTS = ["clinic.example"]
        client.get("/patient/")

        assert [line["status"] for line in lines(log)] == [400, 400, 405, 400]
        assert len(log.getvalue().splitlines()) == 4

    def test_exception_is_logged_with_its_traceback_without_its_message(self, log, api, supervisor, monkeypatch):
        def rows(self):
            try:
                raise IntegrityError("Failing row contains (Quiddelbacher)")
            except IntegrityError as error:
                raise KeyError("Zebulonia") from error

        monkeypatch.setattr(PatientResource, "get_queryset", rows)
        client = api(supervisor)
        client.django_client.raise_request_exception = False
        client.get("/patient/")

        [line] = lines(log)
        assert (line["status"], line["level"]) == (500, "error")
        assert [each["type"] for each in line["exception"]] == ["builtins.KeyError", "django.db.utils.IntegrityError"]
        assert "test_request_log.py" in line["exception"][0]["at"][-1]
        assert len(log.getvalue().splitlines()) == 1
        assert "Quiddelbacher" not in log.getvalue()
        assert "Zebulonia" not in log.getvalue()

    def test_unavailable_database_is_logged_with_the_drivers_message(self, log, api, supervisor, monkeypatch):
        def rows(self):
            raise OperationalError("connection refused")

        monkeypatch.setattr(PatientResource, "get_queryset", rows)
        answer = api(supervisor).get("/patient/")

        [line] = lines(log, "clinic.api.responses.errors")
        assert line["exception"][0]["said"] == "connection refused"
        assert line["request_id"] == answer["X-Request-Id"]
        assert lines(log)[0]["status"] == 503

    def test_refused_row_is_logged_without_its_message(self, log, api, supervisor, monkeypatch):
        def rows(self):
            raise IntegrityError("CHECK constraint failed: Quiddelbacher")

        monkeypatch.setattr(PatientResource, "get_queryset", rows)
        api(supervisor).get("/patient/")

        assert lines(log, "clinic.api.responses.errors")
        assert "Quiddelbacher" not in log.getvalue()

    @pytest.mark.parametrize(
        ("route", "readable"),
        [
            (r"^invoice/?\Z", "/invoice"),
            (r"^invoice/(?P<key>[^/]+)/credit-notes/?\Z", "/invoice/{key}/credit-notes"),
            ("admin/patients/patient/<path:object_id>/change/", "/admin/patients/patient/{object_id}/change/"),
            (r"admin/^(?P<url>.*)$", "/admin/^{url}"),
        ],
    )
    def test_route_is_readable(self, route, readable):
        assert readable_route(route) == readable


class TestWorkday:
    """Requests of a workday, to the API and to the admin, with words that are easy to find."""

    @pytest.fixture
    def secrets(self, log, demo_application, supervisor):
        supervisor.set_password(SECRETS["password"])
        supervisor.is_superuser = True
        supervisor.save()
        tokens = self.use_the_api()
        self.use_the_admin()
        return {**SECRETS, **tokens}

    def use_the_api(self):
        tokens = self.tokens(SECRETS["password"])
        client = ApiClient(tokens["access_token"])
        patient = self.register(client).json()
        self.bill(client, patient["id"])
        self.look(client)
        self.fail(client, patient)
        form = {"token": tokens["refresh_token"], "client_id": "demo"}
        assert Client().post("/o/revoke_token/", form).status_code == 200
        return {name: tokens[name] for name in ("access_token", "refresh_token")}

    def tokens(self, password):
        form = {"grant_type": "password", "client_id": "demo", "username": "supervisor", "password": password}
        return Client().post("/o/token/", form).json()

    def register(self, client):
        return client.post(
            "/patient/",
            {
                "given_name": SECRETS["given name"],
                "family_name": SECRETS["family name"],
                "phone": SECRETS["phone"],
                "email": SECRETS["mail"],
                "address": f"{SECRETS['street']} 3",
                "record_number": SECRETS["record number"],
            },
            headers={"Idempotency-Key": "key-1"},
        )

    def bill(self, client, patient_id):
        items = [{"description": SECRETS["item"], "unit_price": 80}]
        body = {"patient_id": patient_id, "notes": SECRETS["note"], "tags": [SECRETS["tag"]], "items": items}
        invoice = client.post("/invoice/", body).json()
        assert client.post(f"/invoice/{invoice['id']}/issue").status_code == 200
        assert client.post(f"/invoice/{invoice['id']}/payments", {"amount": 80, "method": "cash"}).status_code == 201
        assert client.post(f"/invoice/{invoice['id']}/void", {"reason": SECRETS["note"]}).status_code == 409
        assert client.get(f"/invoice/{invoice['id']}/events").status_code == 200

    def look(self, client):
        for query in (
            {"search": SECRETS["family name"]},
            {"search": SECRETS["digits of the phone"]},
            {"tags": SECRETS["tag"]},
            {"order_by": SECRETS["given name"]},
            {SECRETS["family name"]: "1"},
            {"patient_id": SECRETS["record number"]},
        ):
            assert client.get("/invoice/", **query).status_code in {200, 400}
        assert client.get("/patient/", record_number=SECRETS["record number"]).json()["total"] == 1

    def fail(self, client, patient):
        assert self.register(client).status_code == 201  # a replay
        again = {key: patient[key] for key in ("given_name", "family_name", "record_number")}
        assert client.post("/patient/", again).status_code == 409
        assert client.post("/patient/", {"family_name": [SECRETS["family name"]]}).status_code == 400
        assert client.post("/patient/", f'{{"{SECRETS["given name"]}'.encode()).status_code == 400
        assert client.get(f"/patient/{SECRETS['family name']}").status_code == 404
        assert client.get(f"/{SECRETS['family name']}/").status_code == 404
        assert client.get(f"/patient/{uuid4()}").status_code == 404
        assert ApiClient(SECRETS["made-up token"]).get("/patient/").status_code == 401
        assert "error" in self.tokens(SECRETS["wrong password"])

    def use_the_admin(self):
        browser = Client(raise_request_exception=False)
        login = {"username": "supervisor", "password": SECRETS["wrong password"]}
        assert browser.post("/admin/login/", login).status_code == 200
        assert browser.post("/admin/login/", {**login, "password": SECRETS["password"]}).status_code == 302
        patient = Patient.objects.get()
        form = {"given_name": SECRETS["given name"], "family_name": SECRETS["search in the admin"]}
        for path in (
            f"/admin/patients/patient/?q={SECRETS['search in the admin']}",
            f"/admin/patients/patient/{patient.pk}/change/",
            f"/admin/patients/patient/{SECRETS['family name']}/change/",
            f"/admin/{SECRETS['family name']}/",
        ):
            assert browser.get(path).status_code in {200, 302, 404}
        assert browser.post("/admin/patients/patient/add/", form).status_code in {200, 302}
        assert Client().post("/admin/patients/patient/add/", form).status_code == 403
        assert Client(enforce_csrf_checks=True).post("/admin/patients/patient/add/", form).status_code == 403

    @pytest.mark.slow
    def test_workday_leaves_a_line_for_each_request(self, secrets, log):
        assert len(lines(log)) >= 30
        assert all(line["request_id"] for line in lines(log))

    def test_workday_leaves_no_secret_in_the_log(self, secrets, log):
        text = log.getvalue().casefold()

        assert [name for name, secret in secrets.items() if secret.casefold() in text] == []

    def test_workday_leaves_only_lines_of_json(self, secrets, log):
        assert all(json.loads(line)["timestamp"] for line in log.getvalue().splitlines())


class TestSettings:
    def test_every_handler_writes_json(self, settings):
        assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"json"}

    def test_user_is_logged_by_id_and_not_by_name(self, log, api, supervisor):
        User.objects.filter(pk=supervisor.pk).update(username="quiddelbacher")
        supervisor.refresh_from_db()

        api(supervisor).get("/patient/")

        assert "quiddelbacher" not in log.getvalue()
