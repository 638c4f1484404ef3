"""What a machine may ask without a token, and what it is told."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from clinic.web.probes import may_read_metrics

pytestmark = pytest.mark.neutral

ROOT = Path(__file__).parents[2]
HERE = "127.0.0.1"


@pytest.fixture
def away(monkeypatch):
    """The database does not answer."""

    def refuse(*_, **__):
        raise OperationalError("connection refused")

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", refuse)


class TestEveryProbe:
    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/healthz/", "/readyz/", "/metrics/"])
    def test_answers_without_a_token_by_http_and_under_any_name(self, db, settings, path):
        settings.SECURE_SSL_REDIRECT = True
        settings.ALLOWED_HOSTS = ["clinic.example"]

        answer = Client().get(path, headers={"Host": "10.0.0.7:8000"})

        assert answer.status_code == 200
        assert answer["X-Request-Id"]
        assert answer["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
    def test_is_only_asked(self, db, path, method):
        answer = Client().generic(method, path)

        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
        assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("path", ["/healthzz", "/healthz/x", "/readyz//", "/admin/healthz"])
    def test_is_one_of_three_addresses(self, db, path):
        assert Client().get(path).status_code in {302, 404}


class TestAlive:
    def test_asks_no_database_not_even_for_whoever_is_logged_in(self, admin_client, django_assert_num_queries):
        with django_assert_num_queries(0):
            answer = admin_client.get("/healthz")

        assert answer.json() == {"status": "alive"}

    def test_even_when_the_database_is_away(self, away):
        assert Client().get("/healthz").status_code == 200


class TestReady:
    def test_when_the_database_has_every_migration(self, db):
        answer = Client().get("/readyz")

        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})

    def test_costs_few_statements(self, db, django_assert_max_num_queries):
        with django_assert_max_num_queries(3):
            Client().get("/readyz")

    def test_not_while_a_migration_is_missing(self, db):
        newest = MigrationRecorder(connection).migration_qs.filter(app="billing").order_by("name").last()
        newest.delete()

        answer = Client().get("/readyz")

        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert answer.json() == {"status": "unready", "detail": "Migrations are missing."}

    def test_not_while_the_database_is_away(self, away):
        answer = Client().get("/readyz")

        assert (answer.status_code, answer.json()["detail"]) == (503, "The database does not answer.")
        assert "refused" not in answer.content.decode()


class TestMetrics:
    def test_count_requests_by_route_method_and_status(self, api, supervisor):
        client = api(supervisor)
        before = counted(Client().get("/metrics").content.decode(), view="patient-list", status="200")
        for _ in range(3):
            client.get("/patient/")

        text = Client().get("/metrics").content.decode()
        assert counted(text, view="patient-list", status="200") == before + 3
        assert 'django_http_requests_latency_seconds_by_view_method_bucket{le="0.005",method="GET"' in text

    def test_do_not_grow_with_what_a_client_makes_up(self, api, supervisor):
        client = api(supervisor)
        client.send("QUIDDELBACHER", "/patient/")
        client.get("/quiddelbacher/")
        client.get("/patient/", headers={"Content-Length": "many"})

        assert "quiddelbacher" not in Client().get("/metrics").content.decode().lower()

    @pytest.mark.parametrize("address", ["10.0.0.7", "192.0.2.1", "::2", "", "not-an-address", "unix:"])
    def test_do_not_exist_for_other_addresses(self, db, address):
        answer = Client(REMOTE_ADDR=address).get("/metrics")

        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"

    @pytest.mark.parametrize("address", [HERE, "::1", "::ffff:127.0.0.1"])
    def test_are_told_to_this_machine(self, address):
        assert may_read_metrics({"REMOTE_ADDR": address})

    def test_are_told_to_the_addresses_of_the_setting(self, settings):
        settings.METRICS_ALLOWED = ["10.0.0.0/24"]

        assert may_read_metrics({"REMOTE_ADDR": "10.0.0.7"})
        assert not may_read_metrics({"REMOTE_ADDR": "10.0.1.7"})
        assert not may_read_metrics({"REMOTE_ADDR": HERE})

    def test_are_not_told_through_a_proxy_that_is_not_believed(self, settings):
        forwarded = {"REMOTE_ADDR": HERE, "HTTP_X_FORWARDED_FOR": HERE}

        settings.TRUSTED_PROXIES = []
        assert not may_read_metrics(forwarded)
        settings.TRUSTED_PROXIES = [HERE]  # clinic.web.server put the client's own address in place of the proxy's
        assert may_read_metrics(forwarded)
        assert not may_read_metrics({**forwarded, "REMOTE_ADDR": "203.0.113.5"})


def counted(metrics, **labels):
    """The sum of the answers that carry these labels."""
    total = 0
    for name, value in re.findall(
        r"^django_http_responses_total_by_status_view_method_total\{(.*)\} (\S+)$", metrics, re.MULTILINE
    ):
        if all(f'{label}="{wanted}"' in name for label, wanted in labels.items()):
            total += float(value)
    return total


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The address of a server with two workers, which has no tables."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "counts").mkdir()
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "CLINIC_DEMO": "1",
        "DATABASE_URL": f"sqlite:///{folder}/books.sqlite3",
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "counts"),
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HERE, "--port", str(port), "--no-ws"]
    command += ["--workers", "2", "--blocking-threads", "1", "clinic.wsgi:application"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://{HERE}:{port}/healthz", folder / "log")
        yield f"http://{HERE}:{port}"
    finally:
        server.terminate()
        server.wait(20)


def wait_for(url, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return ask(url)
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def ask(url):
    """What is answered on a connection of its own, so that either worker may take it."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, headers={"Connection": "close"}), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="seen on SQLite")
class TestTwoWorkers:
    def test_add_up_what_they_count_whichever_is_asked(self, site):
        for _ in range(40):
            ask(f"{site}/nothing")

        seen = [counted(ask(f"{site}/metrics")[1], status="404") for _ in range(8)]

        assert seen == [40] * 8

    def test_are_alive_but_not_ready_without_tables(self, site):
        assert ask(f"{site}/healthz")[0] == 200
        assert ask(f"{site}/readyz")[0] == 503
