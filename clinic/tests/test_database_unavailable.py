"""Responses while the database is unavailable, from a process whose database does not exist."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRY = """
import json, sys, django
django.setup()
from django.test import Client

def ask(method, path, body=b"", content_type="application/json", **headers):
    client = Client(headers={"Host": "localhost", **headers}, raise_request_exception=False)
    answer = client.generic(method, path, body, content_type=content_type)
    return [answer.status_code, dict(answer.headers), answer.content.decode()]

form = "application/x-www-form-urlencoded"
print(json.dumps({
    "list": ask("GET", "/invoice/", Authorization="Bearer abc"),
    "post": ask("POST", "/invoice/", b"{}", Authorization="Bearer abc"),
    "token": ask("POST", "/o/token/", b"grant_type=password&client_id=demo&username=x&password=y", form),
    "admin": ask("GET", "/admin/", Cookie="sessionid=abcdefghijklmnopqrstuvwxyz123456"),
    "anonymous": ask("GET", "/invoice/"),
    "unknown": ask("GET", "/nothing"),
    "healthz": ask("GET", "/healthz"),
    "readyz": ask("GET", "/readyz"),
}))
"""


@pytest.fixture(scope="module", params=["postgresql://nobody@127.0.0.1:1/none", "sqlite:////nowhere/at/all.sqlite3"])
def answers(request):
    """The responses to one request of each kind."""
    environment = {
        "PATH": os.environ["PATH"],
        "CLINIC_DEMO": "1",
        "DATABASE_URL": request.param,
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", TRY], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class TestUnavailableDatabase:
    @pytest.mark.parametrize("request_", ["list", "post", "token", "admin", "readyz"])
    @pytest.mark.slow
    def test_request_is_answered_with_503_and_retry_after(self, answers, request_):
        status, headers, _ = answers[request_]

        assert (status, headers["Retry-After"]) == (503, "2")

    @pytest.mark.parametrize("request_", ["list", "post"])
    def test_api_answers_with_a_problem(self, answers, request_):
        _, headers, body = answers[request_]

        assert headers["Content-Type"] == "application/problem+json"
        assert json.loads(body)["code"] == "unavailable"
        assert json.loads(body)["request_id"] == headers["X-Request-Id"]

    def test_token_endpoint_answers_as_rfc_6749_requires(self, answers):
        assert json.loads(answers["token"][2])["error"] == "temporarily_unavailable"

    @pytest.mark.parametrize(("request_", "status"), [("anonymous", 401), ("unknown", 404), ("healthz", 200)])
    def test_request_without_database_access_is_answered(self, answers, request_, status):
        assert answers[request_][0] == status

    def test_no_response_names_the_database(self, answers):
        for _, headers, body in answers.values():
            assert "127.0.0.1" not in body + str(headers)
            assert "nowhere" not in body + str(headers)
