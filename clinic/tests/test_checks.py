"""What a deployment must have right, and what it is told when it has not."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.db import connection, connections
from django.db.utils import OperationalError
from django.test.utils import CaptureQueriesContext

from clinic import checks, door

ROOT = Path(__file__).parents[2]
STRONG = "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789"


def ids(found):
    return [finding.id for finding in found]


@pytest.fixture
def clinic(settings, tmp_path):
    """An installation that has everything right."""
    (tmp_path / "admin").mkdir()
    settings.CLINIC_DEMO = False
    settings.START_REFUSED = ""
    settings.SECRET_KEY = STRONG
    settings.ALLOWED_HOSTS = ["billing.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    settings.STATIC_ROOT = tmp_path
    settings.PROMETHEUS_MULTIPROC_DIR = str(tmp_path)
    return settings


class TestEveryCheck:
    def test_has_nothing_to_say_of_a_clinic_that_is_set_up(self, clinic, db):
        assert ids(checks.findings_at_start()) == []

    def test_says_what_to_do_about_what_it_finds(self, clinic):
        clinic.CLINIC_CURRENCY = "JPY"
        clinic.CLINIC_TIME_ZONE = "Europe/Nowhere"
        clinic.TIME_ZONE = "America/Chicago"
        clinic.SECRET_KEY = "short"
        clinic.ALLOWED_HOSTS = []
        clinic.SECURE_SSL_REDIRECT = False
        clinic.TRUSTED_PROXIES = ["proxy"]

        found = [finding for finding in run_checks(include_deployment_checks=True) if "clinic." in finding.id]

        assert len(found) == 7
        assert all(finding.hint for finding in found)


class TestTime:
    def test_utc_is_stored(self, clinic):
        assert checks.check_time() == []

    def test_another_zone_is_refused(self, clinic):
        clinic.TIME_ZONE = "America/Chicago"

        assert ids(checks.check_time()) == ["clinic.E001"]

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
    def test_the_clinic_has_a_zone_of_its_own(self, clinic, zone):
        clinic.CLINIC_TIME_ZONE = zone

        assert checks.check_time() == []

    @pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../../etc/passwd", "Europe", "Berlin\x00"])
    def test_a_zone_that_does_not_exist_is_refused(self, clinic, zone):
        clinic.CLINIC_TIME_ZONE = zone

        assert ids(checks.check_time()) == ["clinic.E002"]


class TestCurrency:
    @pytest.mark.parametrize("code", ["EUR", "USD", "GBP", "CHF", "INR"])
    def test_with_two_decimals_is_fine(self, clinic, code):
        clinic.CLINIC_CURRENCY = code

        assert checks.check_currency() == []

    @pytest.mark.parametrize("code", ["JPY", "KWD", "CLP"])
    def test_with_another_number_of_decimals_is_refused(self, clinic, code):
        clinic.CLINIC_CURRENCY = code

        [found] = checks.check_currency()

        assert found.id == "clinic.E003"
        assert "does not have two decimals" in found.msg

    @pytest.mark.parametrize("code", ["eur", "EURO", "€", "DEM", "XXX", ""])
    def test_that_nobody_has_is_refused(self, clinic, code):
        clinic.CLINIC_CURRENCY = code

        [found] = checks.check_currency()

        assert found.id == "clinic.E003"
        assert "ISO 4217" in found.msg

    def test_is_in_one_list_only(self):
        assert not checks.TWO_DECIMALS & checks.OTHER_DECIMALS
        assert all(len(code) == 3 and code.isupper() for code in checks.TWO_DECIMALS | checks.OTHER_DECIMALS)


class TestDatabaseKind:
    @pytest.mark.parametrize("engine", ["sqlite3", "postgresql"])
    def test_that_the_triggers_are_written_for_is_fine(self, clinic, monkeypatch, engine):
        monkeypatch.setitem(clinic.DATABASES["default"], "ENGINE", f"django.db.backends.{engine}")

        assert checks.check_database_kind() == []

    def test_without_them_is_refused(self, clinic, monkeypatch):
        monkeypatch.setitem(clinic.DATABASES["default"], "ENGINE", "django.db.backends.mysql")

        assert ids(checks.check_database_kind()) == ["clinic.E004"]


class TestTrustedProxies:
    def test_are_addresses_or_networks(self, clinic):
        clinic.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.0/24", "::1"]

        assert checks.check_addresses() == []

    @pytest.mark.parametrize("proxy", ["*", "nginx", "10.0.0.1/24", "300.0.0.1"])
    def test_are_not_whoever_says_so(self, clinic, proxy):
        clinic.TRUSTED_PROXIES = [proxy]

        assert ids(checks.check_addresses()) == ["clinic.E005"]


class TestMetrics:
    def test_are_for_addresses_or_networks(self, clinic):
        clinic.METRICS_ALLOWED = ["127.0.0.1", "10.0.0.0/24"]
        assert checks.check_addresses() == []

        clinic.METRICS_ALLOWED = ["prometheus"]
        assert ids(checks.check_addresses()) == ["clinic.E012"]

    def test_of_several_workers_want_a_folder(self, clinic):
        assert checks.check_metrics_folder() == []

        clinic.PROMETHEUS_MULTIPROC_DIR = ""
        assert ids(checks.check_metrics_folder()) == ["clinic.W003"]

    def test_want_a_folder_that_is_there(self, clinic, tmp_path):
        clinic.PROMETHEUS_MULTIPROC_DIR = str(tmp_path / "nowhere")

        assert ids(checks.check_metrics_folder()) == ["clinic.E015"]


class TestSecret:
    def test_long_and_random_is_fine(self, clinic):
        assert checks.check_secret() == []

    def test_missing_is_refused(self, clinic):
        clinic.START_REFUSED = "SECRET_KEY is not set."

        assert ids(checks.check_secret()) == ["clinic.E006"]

    @pytest.mark.parametrize("secret", ["short", "ab" * 40, "django-insecure-" + STRONG])
    def test_easy_to_guess_is_refused(self, clinic, secret):
        clinic.SECRET_KEY = secret

        assert ids(checks.check_secret()) == ["clinic.E007"]


class TestHosts:
    def test_named_are_fine(self, clinic):
        assert checks.check_hosts() == []

    @pytest.mark.parametrize("hosts", [[], ["*"], ["billing.example.org", "*"]])
    def test_not_named_are_refused(self, clinic, hosts):
        clinic.ALLOWED_HOSTS = hosts

        assert ids(checks.check_hosts()) == ["clinic.E008"]


class TestHttps:
    @pytest.mark.parametrize(
        "name", ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS"]
    )
    def test_switched_off_is_refused(self, clinic, name):
        setattr(clinic, name, 0)

        [found] = checks.check_https()

        assert found.id == "clinic.E009"
        assert name in found.msg

    def test_debug_is_refused(self, clinic):
        clinic.DEBUG = True

        assert ids(checks.check_https()) == ["clinic.E009"]

    def test_the_demo_does_without(self, clinic):
        clinic.CLINIC_DEMO = True
        clinic.SECURE_SSL_REDIRECT = False

        assert checks.check_https() == []

    def test_without_a_known_proxy_the_clinic_is_warned(self, clinic):
        clinic.TRUSTED_PROXIES = []

        assert ids(checks.check_https()) == ["clinic.W001"]


class TestStaticFiles:
    def test_collected_are_fine(self, clinic):
        assert checks.check_static_files() == []

    def test_not_collected_are_missed(self, clinic, tmp_path):
        clinic.STATIC_ROOT = tmp_path / "nowhere"

        assert ids(checks.check_static_files()) == ["clinic.W002"]


@pytest.mark.django_db
class TestDemoLogins:
    @pytest.mark.parametrize("name", checks.DEMO_LOGINS)
    def test_with_the_password_that_everyone_knows_are_refused(self, clinic, name):
        User.objects.create_user(name, password="demo")

        [found] = checks.check_demo_logins(databases=["default"])

        assert found.id == "clinic.E010"
        assert f"“{name}”" in found.msg

    def test_are_those_that_the_demo_makes(self):
        from billing.demo.logins import LOGINS

        assert {login.username for login in LOGINS} <= set(checks.DEMO_LOGINS)

    def test_with_a_password_of_their_own_are_fine(self, clinic):
        User.objects.create_user("admin", password="a long way from a demo")

        assert checks.check_demo_logins(databases=["default"]) == []

    def test_that_cannot_log_in_are_fine(self, clinic):
        User.objects.create_user("system")
        User.objects.create_user("clerk", password="demo", is_active=False)

        assert checks.check_demo_logins(databases=["default"]) == []

    def test_belong_into_the_demo(self, clinic):
        clinic.CLINIC_DEMO = True
        User.objects.create_user("admin", password="demo")

        assert checks.check_demo_logins(databases=["default"]) == []

    def test_are_not_looked_for_unless_a_database_is_named(self, clinic, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert checks.check_demo_logins(databases=None) == []

    def test_are_sought_before_the_first_migration_too(self, clinic, monkeypatch):
        monkeypatch.setattr(connection.introspection, "table_names", list)

        assert checks.check_demo_logins(databases=["default"]) == []

    def test_leave_the_stored_hash_as_it_is(self, clinic):
        clerk = User.objects.create_user("clerk", password="demo")

        checks.check_demo_logins(databases=["default"])

        assert User.objects.get(pk=clerk.pk).password == clerk.password


@pytest.mark.django_db
class TestSqliteGuards:
    def test_are_up(self, clinic):
        assert checks.check_sqlite_guards(databases=["default"]) == []

    def test_missing_are_refused(self, clinic):
        if connection.vendor != "sqlite":
            pytest.skip("of SQLite")
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers=OFF")

        found = checks.check_sqlite_guards(databases=["default"])

        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers=ON")
        assert ids(found) == ["clinic.E011"]


class TestTheDoor:
    """What happens when a server starts."""

    @pytest.fixture(autouse=True)
    def _stays_connected(self, monkeypatch):
        monkeypatch.setattr(connections, "close_all", lambda: None)

    def test_opens_for_a_clinic_that_is_set_up(self, clinic, db):
        door.stop_unless_sound()

    def test_stays_shut_without_a_secret(self, clinic):
        clinic.START_REFUSED = "SECRET_KEY is not set."

        with pytest.raises(SystemExit, match="SECRET_KEY is not set"):
            door.stop_unless_sound()

    def test_stays_shut_for_a_serious_finding_and_says_which(self, clinic, db):
        clinic.ALLOWED_HOSTS = []

        with pytest.raises(SystemExit, match=r"does not start:[^$]*ALLOWED_HOSTS does not name"):
            door.stop_unless_sound()

    def test_stays_shut_for_demo_logins(self, clinic, db):
        User.objects.create_user("supervisor", password="demo")

        with pytest.raises(SystemExit, match="“supervisor” has the password of the demo"):
            door.stop_unless_sound()

    def test_stays_shut_when_the_database_does_not_answer(self, clinic, monkeypatch):
        def no_answer():
            raise OperationalError("connection refused")

        monkeypatch.setattr(checks, "findings_at_start", no_answer)

        with pytest.raises(SystemExit, match="The database does not answer: connection refused"):
            door.stop_unless_sound()

    def test_opens_with_a_warning_in_the_log(self, clinic, db, caplog):
        clinic.TRUSTED_PROXIES = []

        door.stop_unless_sound()

        assert "TRUSTED_PROXIES is empty" in caplog.text

    def test_asks_the_demo_for_nothing_but_what_is_always_needed(self, clinic, db):
        clinic.CLINIC_DEMO = True
        clinic.ALLOWED_HOSTS = []
        clinic.SECRET_KEY = "short"

        door.stop_unless_sound()


class TestStatementTimeout:
    @pytest.mark.postgres
    @pytest.mark.django_db
    def test_of_a_request_is_set_on_its_connection(self, clinic):
        clinic.STATEMENT_TIMEOUT = 7

        door.limit_statements(connection)

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
            door.limit_statements(connection)

        assert [statement["sql"] for statement in statements] == ["SELECT set_config('jit', 'off', false)"]

    @pytest.mark.postgres
    @pytest.mark.django_db
    def test_is_left_alone_behind_a_pooler(self, clinic):
        clinic.STATEMENT_TIMEOUT = 7
        clinic.DATABASE_POOLER = True

        with CaptureQueriesContext(connection) as statements:
            door.limit_statements(connection)

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
        door.behind_proxies(handler)(request, None)
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

        door.with_length(handler)({"wsgi.input": io.BytesIO(body), **environ}, None)
        return seen.get("CONTENT_LENGTH"), seen["wsgi.input"].read()

    def test_is_given_its_length(self, clinic):
        assert self.seen(b"{}", HTTP_TRANSFER_ENCODING="chunked") == ("2", b"{}")

    def test_that_is_too_large_is_read_no_further(self, clinic):
        clinic.DATA_UPLOAD_MAX_MEMORY_SIZE = 3

        assert self.seen(b"12345", HTTP_TRANSFER_ENCODING="Chunked") == ("4", b"1234")

    def test_leaves_any_other_alone(self, clinic):
        assert self.seen(b"12345", CONTENT_LENGTH="2") == ("2", b"12345")
        assert self.seen(b"") == (None, b"")


class TestCommandLine:
    """`manage.py` in a clone with nothing set."""

    @pytest.fixture
    def manage(self, tmp_path):
        def manage(*arguments, **environment):
            environment = {"PATH": os.environ["PATH"], **environment}
            command = [sys.executable, ROOT / "manage.py", *arguments]
            return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

        return manage

    def test_checks_the_code(self, manage):
        answer = manage("check")

        assert answer.returncode == 0, answer.stderr

    def test_has_no_migration_to_make(self, manage):
        answer = manage("makemigrations", "--check", "--dry-run")

        assert answer.returncode == 0, answer.stdout

    @pytest.mark.parametrize("command", ["migrate", "runserver", "createsuperuser", "demo"])
    def test_touches_no_records_without_a_secret(self, manage, command):
        answer = manage(command)

        assert answer.returncode == 1
        assert answer.stderr.startswith("SECRET_KEY is not set. Set SECRET_KEY")

    def test_explains_a_command_without_a_secret(self, manage):
        assert manage("migrate", "--help").returncode == 0

    def test_ends_with_a_sentence_when_a_setting_cannot_be_right(self, manage):
        answer = manage("check", BACKDATE_DAYS="many")

        assert answer.returncode == 1
        assert answer.stderr == "BACKDATE_DAYS must be a whole number from 0 to 36500, not “many”.\n"

    def test_tells_before_the_deployment_what_is_missing(self, manage):
        answer = manage("check", "--deploy")

        assert answer.returncode == 1
        assert "clinic.E006" in answer.stderr
        assert "clinic.E008" in answer.stderr
