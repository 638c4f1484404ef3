"""Endpoints for monitoring: liveness, readiness and metrics."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from django.conf import settings as site_settings
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from clinic.api import probes
from clinic.api.probes import may_read_metrics

pytestmark = pytest.mark.neutral

HERE = "127.0.0.1"


@pytest.fixture
def unavailable_database(monkeypatch):
    """A database that does not answer."""

    def refuse(*_, **__):
        raise OperationalError("connection refused")

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", refuse)


class TestEveryProbe:
    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/healthz/", "/readyz/", "/metrics/"])
    def test_probe_needs_no_token_https_or_host_name(self, db, settings, path):
        settings.SECURE_SSL_REDIRECT = True
        settings.ALLOWED_HOSTS = ["clinic.example"]

        answer = Client().get(path, headers={"Host": "10.0.0.7:8000"})

        assert answer.status_code == 200
        assert answer["X-Request-Id"]
        assert answer["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
    def test_probe_allows_only_get_and_head(self, db, path, method):
        answer = Client().generic(method, path)

        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
        assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("path", ["/healthzz", "/healthz/x", "/readyz//", "/admin/healthz"])
    def test_other_paths_are_no_probes(self, db, path):
        assert Client().get(path).status_code in {302, 404}


class TestLiveness:
    def test_liveness_makes_no_query_even_with_a_session(self, admin_client, django_assert_num_queries):
        with django_assert_num_queries(0):
            answer = admin_client.get("/healthz")

        assert answer.json() == {"status": "alive"}

    def test_process_is_alive_while_the_database_is_unavailable(self, unavailable_database):
        assert Client().get("/healthz").status_code == 200


class TestReadiness:
    def test_server_is_ready_when_the_database_has_every_migration(self, db):
        answer = Client().get("/readyz")

        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})

    def test_readiness_makes_few_queries(self, db, django_assert_max_num_queries):
        with django_assert_max_num_queries(9):
            Client().get("/readyz")

    def test_server_is_not_ready_while_a_migration_is_missing(self, db):
        newest = MigrationRecorder(connection).migration_qs.filter(app="billing").order_by("name").last()
        newest.delete()

        answer = Client().get("/readyz")

        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert answer.json() == {"status": "unready", "detail": "Migrations have not been applied."}

    def test_server_is_not_ready_when_the_database_is_newer(self, db):
        MigrationRecorder(connection).record_applied("billing", "9999_of_tomorrow")

        answer = Client().get("/readyz")

        assert (answer.status_code, answer.json()["detail"]) == (503, "The database is newer than this program.")

    def test_server_is_not_ready_while_the_database_is_read_only(self, db, monkeypatch):
        monkeypatch.setattr(probes, "reason_not_writable", lambda _: "The database is read-only.")

        answer = Client().get("/readyz")

        assert (answer.status_code, answer.json()["detail"]) == (503, "The database is read-only.")
        assert answer["Retry-After"]

    def test_server_is_not_ready_while_the_database_is_unavailable(self, unavailable_database):
        answer = Client().get("/readyz")

        assert (answer.status_code, answer.json()["detail"]) == (503, "The database is not responding.")
        assert "refused" not in answer.content.decode()


class TestMetrics:
    def test_metrics_count_requests_by_route_method_and_status(self, api, supervisor):
        client = api(supervisor)
        before = counted(Client().get("/metrics").content.decode(), view="patient-list", status="200")
        for _ in range(3):
            client.get("/patient/")

        text = Client().get("/metrics").content.decode()
        assert counted(text, view="patient-list", status="200") == before + 3
        assert 'django_http_requests_latency_seconds_by_view_method_bucket{le="0.005",method="GET"' in text

    def test_metrics_contain_nothing_that_a_client_made_up(self, api, supervisor):
        client = api(supervisor)
        client.send("QUIDDELBACHER", "/patient/")
        client.get("/quiddelbacher/")
        client.get("/patient/", headers={"Content-Length": "many"})

        assert "quiddelbacher" not in Client().get("/metrics").content.decode().lower()

    @pytest.mark.parametrize("address", ["10.0.0.7", "192.0.2.1", "::2", "", "not-an-address", "unix:"])
    def test_metrics_do_not_exist_for_other_addresses(self, db, address):
        answer = Client(REMOTE_ADDR=address).get("/metrics")

        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"

    @pytest.mark.parametrize("address", [HERE, "::1", "::ffff:127.0.0.1"])
    def test_this_machine_may_read_metrics(self, address):
        assert may_read_metrics({"REMOTE_ADDR": address})

    def test_addresses_of_the_setting_may_read_metrics(self, settings):
        settings.METRICS_ALLOWED = ["10.0.0.0/24"]

        assert may_read_metrics({"REMOTE_ADDR": "10.0.0.7"})
        assert not may_read_metrics({"REMOTE_ADDR": "10.0.1.7"})
        assert not may_read_metrics({"REMOTE_ADDR": HERE})

    def test_request_through_an_untrusted_proxy_may_not_read_metrics(self, settings):
        forwarded = {"REMOTE_ADDR": HERE, "HTTP_X_FORWARDED_FOR": HERE}

        settings.TRUSTED_PROXIES = []
        assert not may_read_metrics(forwarded)
        settings.TRUSTED_PROXIES = [HERE]  # clinic.web.server put the client's own address in place of the proxy's
        assert may_read_metrics(forwarded)
        assert not may_read_metrics({**forwarded, "REMOTE_ADDR": "203.0.113.5"})


def counted(metrics, **labels):
    """Return the number of responses with these labels."""
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
    command = [sys.executable, "manage.py", "serve", "--port", str(port), "--workers", "2"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=site_settings.BASE_DIR, env=environment, stdout=log, stderr=log)
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
    """Return status and body of a request on its own connection, which either worker may accept."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, headers={"Connection": "close"}), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="seen on SQLite")
class TestTwoWorkers:
    def test_metrics_of_both_workers_are_added_up(self, site):
        for _ in range(40):
            ask(f"{site}/nothing")

        seen = [counted(ask(f"{site}/metrics")[1], status="404") for _ in range(8)]

        assert seen == [40] * 8

    def test_server_without_tables_is_alive_but_not_ready(self, site):
        assert ask(f"{site}/healthz")[0] == 200
        assert ask(f"{site}/readyz")[0] == 503
