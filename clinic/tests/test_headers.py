"""What every answer tells a browser, and who else may call."""

import re
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.test import Client

from clinic import checks
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

ELSEWHERE = "https://app.clinic.example"


@pytest.fixture
def client(api, supervisor):
    return api(supervisor)


def policy_of(answer):
    """The directives of an answer's Content-Security-Policy."""
    policy = answer["Content-Security-Policy"]
    return {name: " ".join(values) for name, *values in (part.split() for part in policy.split(";"))}


class TestEveryAnswer:
    @pytest.fixture(params=["/patient/", f"/patient/{uuid4()}", "/nothing", "/invoice/?limit=x", "/healthz", "/readyz"])
    def answer(self, request, client):
        return client.get(request.param)

    def test_is_kept_by_no_cache(self, answer):
        assert answer["Cache-Control"] == "no-store"

    def test_runs_loads_and_frames_nothing(self, answer):
        policy = policy_of(answer)

        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert set(policy.values()) == {"'none'"}
        assert answer["X-Frame-Options"] == "DENY"

    def test_is_what_it_says_it_is_and_tells_nobody_where_it_came_from(self, answer):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in answer["Permissions-Policy"]
        assert "geolocation=()" in answer["Permissions-Policy"]

    def test_sets_no_cookie(self, answer):
        assert not answer.cookies

    def test_that_refuses_a_token_or_a_host_says_so_too(self, anonymous, client, settings):
        refused = anonymous.get("/patient/")
        settings.ALLOWED_HOSTS = ["clinic.example"]
        lost = client.get("/patient/", headers={"Host": "evil.example"})

        for answer in (refused, lost):
            assert answer["Cache-Control"] == "no-store"
            assert policy_of(answer)["default-src"] == "'none'"

    def test_of_the_token_endpoint_is_kept_by_no_cache(self, db):
        answer = Client().post("/o/token/", {"grant_type": "password"})

        assert answer["Cache-Control"] == "no-store"
        assert policy_of(answer)["default-src"] == "'none'"


class TestHttps:
    def test_is_asked_for_again_for_a_year(self, client):
        answer = client._client.get("/patient/", secure=True)

        assert answer["Strict-Transport-Security"] == "max-age=31536000"

    def test_is_where_a_request_by_http_is_sent(self, settings, client):
        settings.SECURE_SSL_REDIRECT = True
        client = Client()

        answer = client.get("/patient/")

        assert (answer.status_code, answer["Location"]) == (301, "https://testserver/patient/")
        assert answer["Cache-Control"] == "no-store"

    def test_is_what_the_cookies_travel_by_and_no_script_reads_them(self, db, admin_user):
        browser = Client()
        browser.get("/admin/login/")
        browser.post("/admin/login/", {"username": "admin", "password": "password"})

        session, csrf = browser.cookies["__Host-sessionid"], browser.cookies["__Host-csrftoken"]
        for cookie in (session, csrf):
            assert cookie["secure"]
            assert cookie["httponly"]
            assert cookie["samesite"] == "Lax"
            assert (cookie["path"], cookie["domain"]) == ("/", "")
        assert session["expires"] == ""  # it ends with the browser


class TestAdmin:
    @pytest.fixture
    def browser(self, admin_client):
        return admin_client

    @pytest.mark.parametrize("path", ["/admin/", "/admin/patients/patient/", "/admin/patients/patient/add/"])
    def test_runs_and_shows_what_this_site_serves_and_nothing_else(self, browser, path):
        policy = policy_of(browser.get(path))

        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["form-action"] == policy["connect-src"] == policy["font-src"] == "'self'"
        assert policy["script-src"] == "'self' 'unsafe-eval'"  # the theme's Alpine
        assert policy["style-src"] == "'self' 'unsafe-inline'"  # the theme's colours and widths
        assert policy["img-src"] == "'self' data:"
        assert len(policy) == 9

    @pytest.mark.parametrize(
        "path", ["", "patients/patient/", "patients/patient/add/", "billing/invoice/", "auth/user/"]
    )
    def test_needs_no_inline_script_and_no_other_host(self, browser, path):
        page = browser.get(f"/admin/{path}").content.decode()

        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", page)
        assert not re.search(r"<[^>]*\son[a-z]+=", page)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)

    def test_pages_of_a_patient_are_kept_by_no_cache(self, browser):
        patient = PatientFactory()

        assert "no-store" in browser.get(f"/admin/patients/patient/{patient.pk}/change/")["Cache-Control"]

    def test_is_framed_by_nobody(self, browser):
        assert browser.get("/admin/")["X-Frame-Options"] == "DENY"


class TestOtherOrigins:
    """Pages of other sites, in a browser."""

    ASKING = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "PUT"}

    def test_are_told_nothing_when_none_is_configured(self, client):
        answers = [
            client.get("/patient/", headers={"Origin": ELSEWHERE}),
            client.send("OPTIONS", "/patient/", headers=self.ASKING),
        ]

        for answer in answers:
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        assert site.CORS_ALLOWED_ORIGINS == []

    @pytest.fixture
    def configured(self, settings):
        settings.CORS_ALLOWED_ORIGINS = [ELSEWHERE]

    def test_may_call_when_they_are_listed(self, configured, client):
        answer = client.get("/patient/", headers={"Origin": ELSEWHERE})

        assert answer.status_code == 200
        assert answer["Access-Control-Allow-Origin"] == ELSEWHERE
        assert "ETag" in answer["Access-Control-Expose-Headers"]
        assert "Origin" in answer["Vary"]

    def test_read_a_refusal_too(self, configured, anonymous):
        answer = anonymous.get("/patient/", headers={"Origin": ELSEWHERE})

        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (401, ELSEWHERE)

    def test_are_never_sent_cookies(self, configured, client):
        answers = [
            client.get("/patient/", headers={"Origin": ELSEWHERE}),
            client.send("OPTIONS", "/patient/", headers=self.ASKING),
        ]

        assert all("Access-Control-Allow-Credentials" not in answer for answer in answers)

    def test_ask_first_and_are_told_the_methods_and_headers_without_a_token(self, configured, anonymous):
        answer = anonymous.send("OPTIONS", "/patient/", headers=self.ASKING)

        assert (answer.status_code, answer.content) == (204, b"")
        assert "PUT" in answer["Access-Control-Allow-Methods"]
        assert "DELETE" not in answer["Access-Control-Allow-Methods"]
        assert {"Authorization", "Idempotency-Key", "If-Match"} <= set(
            answer["Access-Control-Allow-Headers"].split(", ")
        )

    @pytest.mark.parametrize(
        "origin",
        [
            "https://app.clinic.example.evil.example",
            "https://evil.example",
            "http://app.clinic.example",
            "https://app.clinic.example:8443",
            "https://APP.clinic.example",
            "https://app.clinic.example/",
            "null",
            "*",
            "",
        ],
    )
    def test_that_are_not_listed_letter_by_letter_are_told_nothing(self, configured, client, origin):
        answers = [
            client.get("/patient/", headers={"Origin": origin}),
            client.send("OPTIONS", "/patient/", headers={**self.ASKING, "Origin": origin}),
        ]

        for answer in answers:
            assert "Access-Control-Allow-Origin" not in answer
            assert "Origin" in answer["Vary"]

    @pytest.mark.parametrize("path", ["/admin/", "/metrics"])
    def test_have_no_business_with_the_admin_and_the_counts(self, configured, path, db):
        answer = Client().get(path, headers={"Origin": ELSEWHERE})

        assert "Access-Control-Allow-Origin" not in answer

    @pytest.mark.parametrize("origin", ["https://app.clinic.example", "https://localhost:3000", "https://10.0.0.7"])
    def test_are_listed_as_a_browser_spells_them(self, settings, origin):
        settings.CORS_ALLOWED_ORIGINS = [origin]

        assert checks.check_origins() == []

    @pytest.mark.parametrize(
        "origin", ["*", "app.clinic.example", "https://*.clinic.example", "https://app.clinic.example/", "null"]
    )
    def test_that_are_none_stop_the_start(self, settings, origin):
        settings.CORS_ALLOWED_ORIGINS = [origin]

        assert [finding.id for finding in checks.check_origins()] == ["clinic.E013"]

    def test_by_http_are_for_the_demo_alone(self, settings):
        settings.CORS_ALLOWED_ORIGINS = ["http://localhost:3000"]

        settings.CLINIC_DEMO = False
        assert [finding.id for finding in checks.check_origins()] == ["clinic.E014"]
        settings.CLINIC_DEMO = True
        assert checks.check_origins() == []
