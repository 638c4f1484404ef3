"""Response headers: caching, security policies, HTTPS and CORS."""

import re
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.test import Client

from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

ELSEWHERE = "https://app.clinic.example"


@pytest.fixture
def client(api, supervisor):
    return api(supervisor)


def policy_of(answer):
    """Return the directives of a response's Content-Security-Policy."""
    policy = answer["Content-Security-Policy"]
    return {name: " ".join(values) for name, *values in (part.split() for part in policy.split(";"))}


class TestEveryResponse:
    @pytest.fixture(params=["/patient/", f"/patient/{uuid4()}", "/nothing", "/invoice/?limit=x", "/healthz", "/readyz"])
    def answer(self, request, client):
        return client.get(request.param)

    def test_response_is_not_cached(self, answer):
        assert answer["Cache-Control"] == "no-store"

    def test_response_may_load_nothing_and_be_framed_by_no_page(self, answer):
        policy = policy_of(answer)

        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert set(policy.values()) == {"'none'"}
        assert answer["X-Frame-Options"] == "DENY"

    def test_response_has_the_other_security_headers(self, answer):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in answer["Permissions-Policy"]
        assert "geolocation=()" in answer["Permissions-Policy"]

    def test_response_sets_no_cookie(self, answer):
        assert not answer.cookies

    def test_refused_token_and_host_get_the_headers_too(self, anonymous, client, settings):
        without_token = anonymous.get("/patient/")
        settings.ALLOWED_HOSTS = ["clinic.example"]
        with_wrong_host = client.get("/patient/", headers={"Host": "evil.example"})

        for answer in (without_token, with_wrong_host):
            assert answer["Cache-Control"] == "no-store"
            assert policy_of(answer)["default-src"] == "'none'"

    def test_response_of_the_token_endpoint_gets_the_headers_too(self, db):
        answer = Client().post("/o/token/", {"grant_type": "password"})

        assert answer["Cache-Control"] == "no-store"
        assert policy_of(answer)["default-src"] == "'none'"


class TestHttps:
    def test_hsts_lasts_a_year(self, client):
        answer = client.django_client.get("/patient/", secure=True)

        assert answer["Strict-Transport-Security"] == "max-age=31536000"

    def test_http_is_redirected_to_https(self, settings, client):
        settings.SECURE_SSL_REDIRECT = True
        client = Client()

        answer = client.get("/patient/")

        assert (answer.status_code, answer["Location"]) == (301, "https://testserver/patient/")
        assert answer["Cache-Control"] == "no-store"

    def test_cookies_need_https_and_are_hidden_from_scripts(self, db, admin_user):
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
    def test_page_may_load_files_of_this_site_only(self, browser, path):
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
    def test_page_has_no_inline_script_and_no_link_to_another_host(self, browser, path):
        page = browser.get(f"/admin/{path}").content.decode()

        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", page)
        assert not re.search(r"<[^>]*\son[a-z]+=", page)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)

    def test_page_of_a_patient_is_not_cached(self, browser):
        patient = PatientFactory()

        assert "no-store" in browser.get(f"/admin/patients/patient/{patient.pk}/change/")["Cache-Control"]

    def test_page_may_be_framed_by_no_page(self, browser):
        assert browser.get("/admin/")["X-Frame-Options"] == "DENY"


class TestCors:
    PREFLIGHT = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "PUT"}

    def test_no_origin_is_allowed_by_default(self, client):
        answers = [
            client.get("/patient/", headers={"Origin": ELSEWHERE}),
            client.send("OPTIONS", "/patient/", headers=self.PREFLIGHT),
        ]

        for answer in answers:
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        assert site.CORS_ALLOWED_ORIGINS == []

    @pytest.fixture
    def configured(self, settings):
        settings.CORS_ALLOWED_ORIGINS = [ELSEWHERE]

    def test_listed_origin_is_allowed(self, configured, client):
        answer = client.get("/patient/", headers={"Origin": ELSEWHERE})

        assert answer.status_code == 200
        assert answer["Access-Control-Allow-Origin"] == ELSEWHERE
        assert "ETag" in answer["Access-Control-Expose-Headers"]
        assert "Origin" in answer["Vary"]

    def test_listed_origin_may_read_an_error(self, configured, anonymous):
        answer = anonymous.get("/patient/", headers={"Origin": ELSEWHERE})

        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (401, ELSEWHERE)

    def test_cookies_are_never_allowed(self, configured, client):
        answers = [
            client.get("/patient/", headers={"Origin": ELSEWHERE}),
            client.send("OPTIONS", "/patient/", headers=self.PREFLIGHT),
        ]

        assert all("Access-Control-Allow-Credentials" not in answer for answer in answers)

    def test_preflight_request_needs_no_token(self, configured, anonymous):
        answer = anonymous.send("OPTIONS", "/patient/", headers=self.PREFLIGHT)

        assert (answer.status_code, answer.content) == (204, b"")
        assert {"PUT", "PATCH"} <= set(answer["Access-Control-Allow-Methods"].split(", "))
        assert "DELETE" not in answer["Access-Control-Allow-Methods"]
        assert {"Authorization", "Idempotency-Key", "If-Match", "If-None-Match"} <= set(
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
    def test_origin_that_differs_from_the_list_is_not_allowed(self, configured, client, origin):
        answers = [
            client.get("/patient/", headers={"Origin": origin}),
            client.send("OPTIONS", "/patient/", headers={**self.PREFLIGHT, "Origin": origin}),
        ]

        for answer in answers:
            assert "Access-Control-Allow-Origin" not in answer
            assert "Origin" in answer["Vary"]

    @pytest.mark.parametrize("path", ["/admin/", "/metrics"])
    def test_admin_and_metrics_allow_no_origin(self, configured, path, db):
        answer = Client().get(path, headers={"Origin": ELSEWHERE})

        assert "Access-Control-Allow-Origin" not in answer
