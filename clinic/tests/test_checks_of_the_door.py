"""What is checked of the connection and of whatever stands before the workers."""

import gc
import io

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.db.utils import OperationalError
from django.test.utils import CaptureQueriesContext

from clinic import checks
from clinic.web import server


class TestTheDoor:
    """What happens when a server starts."""

    @pytest.fixture(autouse=True)
    def _stays_connected(self, monkeypatch):
        monkeypatch.setattr(connections, "close_all", lambda: None)

    def test_opens_for_a_clinic_that_is_set_up(self, clinic, db):
        server.run_startup_checks()

    def test_stays_shut_without_a_secret(self, clinic):
        clinic.START_REFUSED = "SECRET_KEY is not set."

        with pytest.raises(SystemExit, match="SECRET_KEY is not set"):
            server.run_startup_checks()

    def test_stays_shut_for_a_serious_finding_and_says_which(self, clinic, db):
        clinic.ALLOWED_HOSTS = []

        with pytest.raises(SystemExit, match=r"does not start:[^$]*ALLOWED_HOSTS does not name"):
            server.run_startup_checks()

    def test_stays_shut_for_demo_logins(self, clinic, db):
        User.objects.create_user("supervisor", password="demo")

        with pytest.raises(SystemExit, match="“supervisor” has the password of the demo"):
            server.run_startup_checks()

    def test_stays_shut_when_the_database_does_not_answer(self, clinic, monkeypatch):
        def no_answer():
            raise OperationalError("connection refused")

        monkeypatch.setattr(checks, "startup_findings", no_answer)

        with pytest.raises(SystemExit, match="The database does not answer: connection refused"):
            server.run_startup_checks()

    def test_opens_with_a_warning_in_the_log(self, clinic, db, caplog):
        clinic.TRUSTED_PROXIES = []

        server.run_startup_checks()

        assert "TRUSTED_PROXIES is empty" in caplog.text

    def test_keeps_what_it_loaded_out_of_the_way_of_the_collector_of_garbage(self, monkeypatch):
        monkeypatch.setattr(server, "run_startup_checks", lambda: None)
        monkeypatch.setattr(server.django, "setup", lambda: None)
        monkeypatch.setattr(server.connection_created, "connect", lambda *_: None)
        frozen = gc.get_freeze_count()
        try:
            server.build_application()
            assert gc.get_freeze_count() > frozen + 10_000
        finally:
            gc.unfreeze()

    def test_asks_the_demo_for_nothing_but_what_is_always_needed(self, clinic, db):
        clinic.CLINIC_DEMO = True
        clinic.ALLOWED_HOSTS = []
        clinic.SECRET_KEY = "short"

        server.run_startup_checks()


class TestStatementTimeout:
    @pytest.mark.postgres
    @pytest.mark.django_db
    def test_of_a_request_is_set_on_its_connection(self, clinic):
        clinic.STATEMENT_TIMEOUT = 7

        server.set_statement_timeout(connection)

        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("7s",)
            cursor.execute("SHOW jit")
            assert cursor.fetchone() == ("off",)

    @pytest.mark.postgres
    @pytest.mark.django_db
    def test_is_the_roles_own_when_none_is_wanted(self, clinic):
        clinic.STATEMENT_TIMEOUT = 0

        with CaptureQueriesContext(connection) as statements:
            server.set_statement_timeout(connection)

        assert [statement["sql"] for statement in statements] == ["SELECT set_config('jit', 'off', false)"]

    @pytest.mark.postgres
    @pytest.mark.django_db
    def test_is_left_alone_behind_a_pooler(self, clinic):
        clinic.STATEMENT_TIMEOUT = 7
        clinic.DATABASE_POOLER = True

        with CaptureQueriesContext(connection) as statements:
            server.set_statement_timeout(connection)

        assert len(statements) == 0


class TestProxies:
    """Whose word is taken for the client's address and for https."""

    SENT = {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 198.51.100.7", "HTTP_X_FORWARDED_PROTO": "https"}

    def came(self, address):
        seen = {}

        def handler(environ, start_response):
            seen.update(environ)
            return []

        request = {**self.SENT, "REMOTE_ADDR": address, "wsgi.url_scheme": "http"}
        server.trust_proxy_headers(handler)(request, None)
        return seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]

    def test_a_trusted_one_is_believed_about_the_last_hop(self, clinic):
        assert self.came("127.0.0.1") == ("198.51.100.7", "https")

    def test_anyone_else_is_not(self, clinic):
        assert self.came("203.0.113.9") == ("203.0.113.9", "http")

    def test_nobody_is_when_none_is_named(self, clinic):
        clinic.TRUSTED_PROXIES = []

        assert self.came("127.0.0.1") == ("127.0.0.1", "http")


class TestChunkedBody:
    """A body that comes in chunks has no length, and is read all the same."""

    def seen(self, body, **environ):
        seen = {}

        def handler(environ, start_response):
            seen.update(environ)
            return []

        server.buffer_chunked_body(handler)({"wsgi.input": io.BytesIO(body), **environ}, None)
        return seen.get("CONTENT_LENGTH"), seen["wsgi.input"].read()

    def test_is_given_its_length(self, clinic):
        assert self.seen(b"{}", HTTP_TRANSFER_ENCODING="chunked") == ("2", b"{}")

    def test_that_is_too_large_is_read_no_further(self, clinic):
        clinic.DATA_UPLOAD_MAX_MEMORY_SIZE = 3

        assert self.seen(b"12345", HTTP_TRANSFER_ENCODING="Chunked") == ("4", b"1234")

    def test_leaves_any_other_alone(self, clinic):
        assert self.seen(b"12345", CONTENT_LENGTH="2") == ("2", b"12345")
        assert self.seen(b"") == (None, b"")
