"""What a deployment must have right, and what it is told when it has not."""

import os
import subprocess
import sys

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.db import connection

from clinic import checks
from clinic.tests.findings import ROOT, STRONG, ids

pytestmark = pytest.mark.neutral


class TestEveryCheck:
    def test_has_nothing_to_say_of_a_clinic_that_is_set_up(self, clinic, db):
        assert ids(checks.startup_findings()) == []

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
