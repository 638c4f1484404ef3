"""Responses of a server whose PostgreSQL is frozen, read-only, or replaced by its replica."""

import json
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlencode

import psycopg
import pytest

from billing.tests.live_server import LOGIN
from clinic.tests.clusters import free_port, pgbouncer, wait_until
from clinic.tests.served_clusters import STATEMENT_TIMEOUT, clinic_at, filled_cluster

pytestmark = [pytest.mark.long, pytest.mark.neutral]

LONGEST = STATEMENT_TIMEOUT + 3  # seconds of an answer: 2 for the wait of the client, 1 for this machine
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATIENT = json.dumps({"given_name": "Ada", "family_name": "Kim"}).encode()


@pytest.fixture(scope="module")
def primary():
    with filled_cluster() as cluster:
        yield cluster


def requests_of_each_kind(clinic):
    """By name, a function that sends a request and returns status, headers and body."""
    login = urlencode(LOGIN).encode()
    german = {"Cookie": "sessionid=abcdefghijklmnopqrstuvwxyz123456", "Accept-Language": "de"}
    return {
        "list": lambda: clinic.ask("GET", "/invoice/", headers=clinic.headers),
        "post": lambda: clinic.ask("POST", "/patient/", PATIENT, clinic.headers),
        "token": lambda: clinic.ask("POST", "/o/token/", login, FORM),
        "admin": lambda: clinic.ask("GET", "/admin/billing/invoice/", headers=german),
        "readyz": lambda: clinic.ask("GET", "/readyz"),
    }


def timed(send):
    began = time.monotonic()
    status, headers, body = send()
    return status, headers, body, time.monotonic() - began


def status_of_post(clinic):
    return clinic.ask("POST", "/patient/", PATIENT, clinic.headers)[0]


class TestSeveralHosts:
    def test_host_that_is_dead_is_passed_over(self, primary, tmp_path):
        url = f"postgresql://clinic@127.0.0.1:{free_port()},127.0.0.1:{primary.port}/clinic"

        with clinic_at(f"{url}?target_session_attrs=read-write", tmp_path) as clinic:
            assert status_of_post(clinic) == 201


class TestFrozenServer:
    @pytest.fixture(scope="class", params=["directly", "through PgBouncer"])
    @staticmethod
    def clinic(request, primary, tmp_path_factory):
        folder = tmp_path_factory.mktemp("clinic")
        if request.param == "directly":
            with clinic_at(primary.url, folder) as clinic:
                yield clinic
        else:
            with pgbouncer(primary) as url, clinic_at(url, folder, DATABASE_POOLER="1") as clinic:
                yield clinic

    @pytest.mark.parametrize("kind", ["list", "post", "token", "admin", "readyz"])
    def test_request_is_answered_in_time_and_the_next_one_after_the_thaw(self, clinic, primary, kind):
        send = requests_of_each_kind(clinic)[kind]
        assert send()[0] in {200, 201, 302}

        primary.freeze()
        try:
            answers = [timed(send) for _ in range(2)]  # the first has a connection, the second opens one
        finally:
            primary.thaw()

        for status, headers, _, seconds in answers:
            assert (status, headers["retry-after"]) == (503, "2")
            assert seconds < LONGEST
        wait_until(lambda: send()[0] in {200, 201, 302}, seconds=5)


class TestSlowStatement:
    def test_server_ends_it_and_the_connection_is_kept(self, primary, tmp_path):
        clients = "SELECT pid FROM pg_stat_activity WHERE datname = 'clinic' AND application_name = 'worker'"
        url = f"{primary.url}?application_name=worker"
        with clinic_at(url, tmp_path) as clinic, psycopg.connect(primary.url) as other:
            assert clinic.ask("GET", "/patient/", headers=clinic.headers)[0] == 200
            assert status_of_post(clinic) == 201
            before = primary.execute(clients)
            other.execute("LOCK TABLE patients_patient")

            status, _, body = clinic.ask("GET", "/patient/", headers=clinic.headers)

            assert (status, json.loads(body)["code"]) == (503, "statement_timeout")
            other.rollback()
            assert status_of_post(clinic) == 201
            assert primary.execute(clients) == before


@contextmanager
def read_only(cluster):
    """A server that refuses to write, as one that became a replica does."""
    set_read_only(cluster, "on")
    try:
        yield
    finally:
        set_read_only(cluster, "off")


def set_read_only(cluster, value):
    cluster.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
    cluster.execute("SELECT pg_reload_conf()")
    wait_until(lambda: cluster.execute("SHOW default_transaction_read_only") == [(value,)])


class TestReadOnlyServer:
    @pytest.fixture(scope="class")
    @staticmethod
    def clinic(primary, tmp_path_factory):
        with clinic_at(primary.url, tmp_path_factory.mktemp("clinic")) as clinic:
            yield clinic

    @pytest.mark.parametrize("kind", ["post", "token", "readyz"])
    def test_request_that_writes_is_answered_with_503(self, primary, clinic, kind):
        send = requests_of_each_kind(clinic)[kind]
        assert send()[0] in {200, 201}

        with read_only(primary):
            status, headers, _ = send()

        assert (status, headers["retry-after"]) == (503, "2")
        assert send()[0] in {200, 201}

    def test_page_of_the_admin_is_in_the_language_of_the_person(self, primary, clinic):
        _, headers, page = clinic.ask("GET", "/admin/login/")
        cookie = headers["set-cookie"].partition(";")[0]
        form = {"csrfmiddlewaretoken": cookie.partition("=")[2], "username": "clerk", "password": "demo"}
        sent = {**FORM, "Cookie": cookie, "Accept-Language": "de"}

        with read_only(primary):
            status, headers, page = clinic.ask("POST", "/admin/login/", urlencode(form), sent)

        assert (status, headers["retry-after"]) == (503, "2")
        assert "Die Datenbank ist nicht verfügbar" in page.decode()


class TestFailOver:
    def test_next_request_finds_the_new_primary(self, primary, tmp_path):
        replica = primary.make_replica()
        replica.copy_from(primary)
        hosts = f"127.0.0.1:{primary.port},127.0.0.1:{replica.port}"
        url = f"postgresql://clinic@{hosts}/clinic?target_session_attrs=read-write"

        with clinic_at(url, tmp_path) as clinic:
            assert status_of_post(clinic) == 201
            replica.promote()
            with read_only(primary):
                assert [status_of_post(clinic), status_of_post(clinic)] == [503, 201]

    def test_primary_that_ends_is_replaced_by_its_replica(self, primary, tmp_path):
        """Prints the time without a successful write."""
        replica = primary.make_replica()
        replica.copy_from(primary)
        hosts = f"127.0.0.1:{primary.port},127.0.0.1:{replica.port}"
        url = f"postgresql://clinic@{hosts}/clinic?target_session_attrs=read-write"

        with clinic_at(url, tmp_path) as clinic, ThreadPoolExecutor(1) as other:
            assert status_of_post(clinic) == 201
            try:
                primary.stop(signal.SIGQUIT)
                began = time.monotonic()
                promoted = other.submit(replica.promote)
                seen = []
                while not seen or seen[-1] != 201:
                    seen.append(status_of_post(clinic))
                gap = time.monotonic() - began
                sys.stdout.write(f"\nfail-over: {gap:.1f} s without a write, {len(seen) - 1} refused\n")
                promoted.result()
            finally:
                replica.stop()
                primary.start()

        assert set(seen) <= {201, 503}
