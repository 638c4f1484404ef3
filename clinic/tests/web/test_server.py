"""The WSGI application: startup checks, statement timeout, trusted proxies and chunked bodies."""

import gc
import io

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.db.utils import OperationalError
from django.test.utils import CaptureQueriesContext

from clinic import checks
from clinic.web import server


class TestStartupChecks:
    @pytest.fixture(autouse=True)
    def _open_connection(self, monkeypatch):
        monkeypatch.setattr(connections, "close_all", lambda: None)

    def test_complete_deployment_starts(self, clinic, db):
        server.run_startup_checks()

    def test_server_does_not_start_without_a_secret(self, clinic):
        clinic.START_REFUSED = "SECRET_KEY is not set."

        with pytest.raises(SystemExit, match="SECRET_KEY is not set"):
            server.run_startup_checks()

    def test_server_does_not_start_with_an_error_and_prints_it(self, clinic, db):
        clinic.ALLOWED_HOSTS = []

        with pytest.raises(SystemExit, match=r"cannot start:[^$]*ALLOWED_HOSTS does not name"):
            server.run_startup_checks()

    def test_server_does_not_start_with_logins_of_the_demo(self, clinic, db):
        User.objects.create_user("supervisor", password="demo")

        with pytest.raises(SystemExit, match="“supervisor” has the demo password"):
            server.run_startup_checks()

    def test_server_does_not_start_when_the_database_does_not_answer(self, clinic, monkeypatch):
        def no_answer():
            raise OperationalError("connection refused")

        monkeypatch.setattr(checks, "startup_findings", no_answer)

        with pytest.raises(SystemExit, match="The database is not responding: connection refused"):
            server.run_startup_checks()

    def test_server_starts_with_a_warning_in_the_log(self, clinic, db, caplog):
        clinic.TRUSTED_PROXIES = []

        server.run_startup_checks()

        assert "TRUSTED_PROXIES is empty" in caplog.text

    def test_loaded_modules_are_frozen_for_the_garbage_collector(self, monkeypatch):
        monkeypatch.setattr(server, "run_startup_checks", lambda: None)
        monkeypatch.setattr(server.django, "setup", lambda: None)
        monkeypatch.setattr(server.connection_created, "connect", lambda *_: None)
        monkeypatch.setattr(server, "limit_waits", lambda: None)
        monkeypatch.setattr(server, "start_steady_clock", lambda: None)
        frozen = gc.get_freeze_count()
        try:
            server.build_application()
            assert gc.get_freeze_count() > frozen + 10_000
        finally:
            gc.unfreeze()

    def test_demo_starts_without_the_settings_of_a_deployment(self, clinic, db):
        clinic.CLINIC_DEMO = True
        clinic.ALLOWED_HOSTS = []
        clinic.SECRET_KEY = "short"

        server.run_startup_checks()


class TestStatementTimeout:
    @pytest.mark.postgres
    @pytest.mark.django_db
    def test_timeout_is_set_on_the_connection(self, clinic):
        clinic.STATEMENT_TIMEOUT = 7

        server.set_statement_timeout(connection)

        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("7s",)
            cursor.execute("SHOW jit")
            assert cursor.fetchone() == ("off",)

    @pytest.mark.postgres
    @pytest.mark.django_db
    def test_timeout_of_zero_leaves_that_of_the_role(self, clinic):
        clinic.STATEMENT_TIMEOUT = 0

        with CaptureQueriesContext(connection) as statements:
            server.set_statement_timeout(connection)

        assert [statement["sql"] for statement in statements] == ["SELECT set_config('jit', 'off', false)"]

    @pytest.mark.postgres
    @pytest.mark.django_db
    def test_connection_behind_a_pooler_is_left_alone(self, clinic):
        clinic.STATEMENT_TIMEOUT = 7
        clinic.DATABASE_POOLER = True

        with CaptureQueriesContext(connection) as statements:
            server.set_statement_timeout(connection)

        assert len(statements) == 0


class TestProxies:
    FORWARDED = {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 198.51.100.7", "HTTP_X_FORWARDED_PROTO": "https"}

    def address_and_scheme(self, peer):
        """Return the client's address and the scheme that the application sees of a request from a peer."""
        seen = {}

        def handler(environ, start_response):
            seen.update(environ)
            return []

        request = {**self.FORWARDED, "REMOTE_ADDR": peer, "wsgi.url_scheme": "http"}
        server.trust_proxy_headers(handler)(request, None)
        return seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]

    def test_headers_of_a_trusted_proxy_set_address_and_scheme(self, clinic):
        assert self.address_and_scheme("127.0.0.1") == ("198.51.100.7", "https")

    def test_headers_of_another_address_are_ignored(self, clinic):
        assert self.address_and_scheme("203.0.113.9") == ("203.0.113.9", "http")

    def test_headers_are_ignored_without_trusted_proxies(self, clinic):
        clinic.TRUSTED_PROXIES = []

        assert self.address_and_scheme("127.0.0.1") == ("127.0.0.1", "http")


class TestChunkedBody:
    def length_and_body(self, body, **environ):
        """Return the length and the body that the application sees."""
        seen = {}

        def handler(environ, start_response):
            seen.update(environ)
            return []

        server.buffer_chunked_body(handler)({"wsgi.input": io.BytesIO(body), **environ}, None)
        return seen.get("CONTENT_LENGTH"), seen["wsgi.input"].read()

    def test_chunked_body_gets_a_length(self, clinic):
        assert self.length_and_body(b"{}", HTTP_TRANSFER_ENCODING="chunked") == ("2", b"{}")

    def test_large_chunked_body_is_read_one_byte_beyond_the_limit(self, clinic):
        clinic.DATA_UPLOAD_MAX_MEMORY_SIZE = 3

        assert self.length_and_body(b"12345", HTTP_TRANSFER_ENCODING="Chunked") == ("4", b"1234")

    def test_other_bodies_are_left_alone(self, clinic):
        assert self.length_and_body(b"12345", CONTENT_LENGTH="2") == ("2", b"12345")
        assert self.length_and_body(b"") == (None, b"")
