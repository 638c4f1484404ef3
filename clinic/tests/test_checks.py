"""System checks of a deployment, and `manage.py` without settings."""

import os
import subprocess
import sys

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.db import connection

from clinic import checks
from clinic.tests.check_messages import ROOT, STRONG, ids

pytestmark = pytest.mark.neutral


class TestAllChecks:
    def test_complete_deployment_passes_every_check(self, clinic, db):
        assert ids(checks.startup_findings()) == []

    def test_every_message_has_a_hint(self, clinic):
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
    def test_utc_passes(self, clinic):
        assert checks.check_time() == []

    def test_another_zone_for_stored_datetimes_is_an_error(self, clinic):
        clinic.TIME_ZONE = "America/Chicago"

        assert ids(checks.check_time()) == ["clinic.E001"]

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
    def test_clinic_may_have_its_own_time_zone(self, clinic, zone):
        clinic.CLINIC_TIME_ZONE = zone

        assert checks.check_time() == []

    @pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../../etc/passwd", "Europe", "Berlin\x00"])
    def test_unknown_time_zone_is_an_error(self, clinic, zone):
        clinic.CLINIC_TIME_ZONE = zone

        assert ids(checks.check_time()) == ["clinic.E002"]


class TestCountry:
    @pytest.mark.parametrize("code", ["", "DE", "GB"])
    def test_known_country_passes(self, clinic, code):
        clinic.CLINIC_COUNTRY = code

        assert checks.check_country() == []

    def test_unknown_country_is_an_error(self, clinic):
        clinic.CLINIC_COUNTRY = "Germany"

        [found] = checks.check_country()
        assert found.id == "clinic.E018"


class TestCurrency:
    @pytest.mark.parametrize("code", ["EUR", "USD", "GBP", "CHF", "INR"])
    def test_currency_with_two_decimals_passes(self, clinic, code):
        clinic.CLINIC_CURRENCY = code

        assert checks.check_currency() == []

    @pytest.mark.parametrize("code", ["JPY", "KWD", "CLP"])
    def test_currency_with_another_number_of_decimals_is_an_error(self, clinic, code):
        clinic.CLINIC_CURRENCY = code

        [found] = checks.check_currency()

        assert found.id == "clinic.E003"
        assert "does not have two decimals" in found.msg

    @pytest.mark.parametrize("code", ["eur", "EURO", "€", "DEM", "XXX", ""])
    def test_unknown_currency_is_an_error(self, clinic, code):
        clinic.CLINIC_CURRENCY = code

        [found] = checks.check_currency()

        assert found.id == "clinic.E003"
        assert "ISO 4217" in found.msg

    def test_every_currency_is_in_one_list_only(self):
        assert not checks.TWO_DECIMALS & checks.OTHER_DECIMALS
        assert all(len(code) == 3 and code.isupper() for code in checks.TWO_DECIMALS | checks.OTHER_DECIMALS)


class TestDatabaseKind:
    @pytest.mark.parametrize("engine", ["sqlite3", "postgresql"])
    def test_sqlite_and_postgresql_pass(self, clinic, monkeypatch, engine):
        monkeypatch.setitem(clinic.DATABASES["default"], "ENGINE", f"clinic.db.backends.{engine}")

        assert checks.check_database_kind() == []

    def test_another_database_is_an_error(self, clinic, monkeypatch):
        monkeypatch.setitem(clinic.DATABASES["default"], "ENGINE", "django.db.backends.mysql")

        assert ids(checks.check_database_kind()) == ["clinic.E004"]


class TestTrustedProxies:
    def test_trusted_proxies_may_be_addresses_and_networks(self, clinic):
        clinic.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.0/24", "::1"]

        assert checks.check_addresses() == []

    @pytest.mark.parametrize("proxy", ["*", "nginx", "10.0.0.1/24", "300.0.0.1"])
    def test_trusted_proxy_that_is_no_address_is_an_error(self, clinic, proxy):
        clinic.TRUSTED_PROXIES = [proxy]

        assert ids(checks.check_addresses()) == ["clinic.E005"]


class TestCorsOrigins:
    @pytest.mark.parametrize("origin", ["https://app.clinic.example", "https://localhost:3000", "https://10.0.0.7"])
    def test_origin_as_a_browser_sends_it_passes(self, clinic, origin):
        clinic.CORS_ALLOWED_ORIGINS = [origin]

        assert checks.check_origins() == []

    @pytest.mark.parametrize(
        "origin", ["*", "app.clinic.example", "https://*.clinic.example", "https://app.clinic.example/", "null"]
    )
    def test_value_that_is_no_origin_is_an_error(self, clinic, origin):
        clinic.CORS_ALLOWED_ORIGINS = [origin]

        assert ids(checks.check_origins()) == ["clinic.E013"]

    def test_origin_without_https_is_an_error_outside_the_demo(self, clinic):
        clinic.CORS_ALLOWED_ORIGINS = ["http://localhost:3000"]

        assert ids(checks.check_origins()) == ["clinic.E014"]
        clinic.CLINIC_DEMO = True
        assert checks.check_origins() == []


class TestMetrics:
    def test_readers_of_metrics_must_be_addresses_or_networks(self, clinic):
        clinic.METRICS_ALLOWED = ["127.0.0.1", "10.0.0.0/24"]
        assert checks.check_addresses() == []

        clinic.METRICS_ALLOWED = ["prometheus"]
        assert ids(checks.check_addresses()) == ["clinic.E012"]

    def test_missing_folder_setting_for_metrics_is_a_warning(self, clinic):
        assert checks.check_metrics_folder() == []

        clinic.PROMETHEUS_MULTIPROC_DIR = ""
        assert ids(checks.check_metrics_folder()) == ["clinic.W003"]

    def test_folder_for_metrics_must_exist(self, clinic, tmp_path):
        clinic.PROMETHEUS_MULTIPROC_DIR = str(tmp_path / "nowhere")

        assert ids(checks.check_metrics_folder()) == ["clinic.E015"]


class TestSecret:
    def test_long_random_secret_passes(self, clinic):
        assert checks.check_secret() == []

    def test_missing_secret_is_an_error(self, clinic):
        clinic.START_REFUSED = "SECRET_KEY is not set."

        assert ids(checks.check_secret()) == ["clinic.E006"]

    @pytest.mark.parametrize("secret", ["short", "ab" * 40, "django-insecure-" + STRONG])
    def test_secret_that_is_easy_to_guess_is_an_error(self, clinic, secret):
        clinic.SECRET_KEY = secret

        assert ids(checks.check_secret()) == ["clinic.E007"]


class TestHosts:
    def test_named_hosts_pass(self, clinic):
        assert checks.check_hosts() == []

    @pytest.mark.parametrize("hosts", [[], ["*"], ["billing.example.org", "*"]])
    def test_missing_hosts_and_wildcards_are_an_error(self, clinic, hosts):
        clinic.ALLOWED_HOSTS = hosts

        assert ids(checks.check_hosts()) == ["clinic.E008"]


class TestHttps:
    @pytest.mark.parametrize(
        "name", ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS"]
    )
    def test_https_setting_that_is_off_is_an_error(self, clinic, name):
        setattr(clinic, name, 0)

        [found] = checks.check_https()

        assert found.id == "clinic.E009"
        assert name in found.msg

    def test_debug_is_an_error(self, clinic):
        clinic.DEBUG = True

        assert ids(checks.check_https()) == ["clinic.E009"]

    def test_demo_passes_without_https(self, clinic):
        clinic.CLINIC_DEMO = True
        clinic.SECURE_SSL_REDIRECT = False

        assert checks.check_https() == []

    def test_missing_trusted_proxy_is_a_warning(self, clinic):
        clinic.TRUSTED_PROXIES = []

        assert ids(checks.check_https()) == ["clinic.W001"]


class TestStaticFiles:
    def test_collected_static_files_pass(self, clinic):
        assert checks.check_static_files() == []

    def test_static_files_that_are_not_collected_are_a_warning(self, clinic, tmp_path):
        clinic.STATIC_ROOT = tmp_path / "nowhere"

        assert ids(checks.check_static_files()) == ["clinic.W002"]


@pytest.mark.django_db
class TestDemoLogins:
    @pytest.mark.parametrize("name", checks.DEMO_LOGINS)
    def test_login_with_the_demo_password_is_an_error(self, clinic, name):
        User.objects.create_user(name, password="demo")

        [found] = checks.check_demo_logins(databases=["default"])

        assert found.id == "clinic.E010"
        assert f"“{name}”" in found.msg

    def test_every_login_of_the_demo_is_looked_for(self):
        from billing.demo.logins import LOGINS

        assert {login.username for login in LOGINS} <= set(checks.DEMO_LOGINS)

    def test_login_with_another_password_passes(self, clinic):
        User.objects.create_user("admin", password="a long way from a demo")

        assert checks.check_demo_logins(databases=["default"]) == []

    def test_logins_without_password_or_inactive_pass(self, clinic):
        User.objects.create_user("system")
        User.objects.create_user("clerk", password="demo", is_active=False)

        assert checks.check_demo_logins(databases=["default"]) == []

    def test_demo_may_have_its_logins(self, clinic):
        clinic.CLINIC_DEMO = True
        User.objects.create_user("admin", password="demo")

        assert checks.check_demo_logins(databases=["default"]) == []

    def test_check_without_a_database_makes_no_query(self, clinic, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert checks.check_demo_logins(databases=None) == []

    def test_check_passes_before_the_first_migration(self, clinic, monkeypatch):
        monkeypatch.setattr(connection.introspection, "table_names", list)

        assert checks.check_demo_logins(databases=["default"]) == []

    def test_check_leaves_the_stored_hash_as_it_is(self, clinic):
        clerk = User.objects.create_user("clerk", password="demo")

        checks.check_demo_logins(databases=["default"])

        assert User.objects.get(pk=clerk.pk).password == clerk.password


@pytest.mark.django_db
class TestSqliteGuards:
    def test_connection_of_the_settings_passes(self, clinic):
        assert checks.check_sqlite_guards(databases=["default"]) == []

    def test_sqlite_without_recursive_triggers_is_an_error(self, clinic):
        if connection.vendor != "sqlite":
            pytest.skip("only SQLite has pragmas")
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers=OFF")

        found = checks.check_sqlite_guards(databases=["default"])

        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers=ON")
        assert ids(found) == ["clinic.E011"]


class TestCommandLine:
    """`manage.py` without any setting."""

    @pytest.fixture
    def manage(self, tmp_path):
        def manage(*arguments, **environment):
            environment = {"PATH": os.environ["PATH"], **environment}
            command = [sys.executable, ROOT / "manage.py", *arguments]
            return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

        return manage

    @pytest.mark.slow
    def test_check_runs_without_settings(self, manage):
        answer = manage("check")

        assert answer.returncode == 0, answer.stderr

    @pytest.mark.slow
    def test_migrations_are_complete(self, manage):
        answer = manage("makemigrations", "--check", "--dry-run")

        assert answer.returncode == 0, answer.stdout

    @pytest.mark.parametrize("command", ["migrate", "runserver", "createsuperuser", "demo"])
    def test_command_on_records_is_refused_without_a_secret(self, manage, command):
        answer = manage(command)

        assert answer.returncode == 1
        assert answer.stderr.startswith("SECRET_KEY is not set. Set SECRET_KEY")

    @pytest.mark.slow
    def test_help_is_shown_without_a_secret(self, manage):
        assert manage("migrate", "--help").returncode == 0

    def test_invalid_setting_ends_with_a_sentence(self, manage):
        answer = manage("check", BACKDATE_DAYS="many")

        assert answer.returncode == 1
        assert answer.stderr == "BACKDATE_DAYS must be a whole number from 0 to 36500, not “many”.\n"

    @pytest.mark.slow
    def test_deployment_check_lists_missing_settings(self, manage):
        answer = manage("check", "--deploy")

        assert answer.returncode == 1
        assert "clinic.E006" in answer.stderr
        assert "clinic.E008" in answer.stderr
