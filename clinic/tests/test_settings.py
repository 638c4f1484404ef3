"""Settings: defaults, the environment variables that change them, and `.env.example`."""

import re
import runpy
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv

SETTINGS = Path(__file__).parents[1] / "settings.py"
EXAMPLE = SETTINGS.parents[1] / ".env.example"
READ = re.findall(r"\b(?:text|flag|whole|words)\(\"([A-Z_]+)\"", SETTINGS.read_text())


@pytest.fixture
def settings_of(tmp_path, monkeypatch):
    """`settings_of(NAME=value)`: the settings of an installation in its own folder, with only these variables."""
    (tmp_path / "clinic").mkdir()
    copy = tmp_path / "clinic" / "settings.py"
    copy.write_text(SETTINGS.read_text())

    def settings_of(**environment):
        FileAwareEnv.ENVIRON.files_cache.clear()
        for name in READ:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(copy))

    yield settings_of
    FileAwareEnv.ENVIRON.files_cache.clear()


class TestDefaults:
    def test_demo_and_debug_are_off(self, settings_of):
        settings = settings_of()

        assert settings["CLINIC_DEMO"] is False
        assert settings["DEBUG"] is False
        assert settings["ALLOWED_HOSTS"] == []

    def test_https_is_required(self, settings_of):
        settings = settings_of()

        assert settings["SECURE_SSL_REDIRECT"] is True
        assert settings["SESSION_COOKIE_SECURE"] is True
        assert settings["CSRF_COOKIE_SECURE"] is True
        assert settings["SECURE_HSTS_SECONDS"] > 0

    def test_start_is_refused_with_the_setting_to_set(self, settings_of):
        settings = settings_of()

        assert "Set SECRET_KEY, or SECRET_KEY_FILE" in settings["START_REFUSED"]
        assert "CLINIC_DEMO=1" in settings["START_REFUSED"]

    def test_each_process_has_a_random_secret(self, settings_of):
        assert settings_of()["SECRET_KEY"] != settings_of()["SECRET_KEY"]

    def test_datetimes_are_stored_in_utc(self, settings_of):
        settings = settings_of(TZ="America/Chicago")

        assert settings["USE_TZ"] is True
        assert settings["TIME_ZONE"] == "UTC"


class TestSecret:
    def test_secret_is_read_from_the_environment_unchanged(self, settings_of):
        settings = settings_of(SECRET_KEY="$begins-like-the-name-of-another-variable")

        assert settings["SECRET_KEY"] == "$begins-like-the-name-of-another-variable"
        assert settings["START_REFUSED"] == ""

    def test_secret_is_read_from_a_file_without_its_line_end(self, settings_of, tmp_path):
        (tmp_path / "secret").write_text("out-of-a-file\n")

        settings = settings_of(SECRET_KEY_FILE=str(tmp_path / "secret"))

        assert settings["SECRET_KEY"] == "out-of-a-file"

    def test_missing_secret_file_is_refused(self, settings_of, tmp_path):
        with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE names a file that cannot be read"):
            settings_of(SECRET_KEY_FILE=str(tmp_path / "nowhere"))

    def test_secret_of_spaces_is_no_secret(self, settings_of):
        assert settings_of(SECRET_KEY="  ")["START_REFUSED"]


class TestDemo:
    def test_demo_is_served_on_this_machine_over_http(self, settings_of):
        settings = settings_of(CLINIC_DEMO="1")

        assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
        assert settings["SECURE_SSL_REDIRECT"] is False
        assert settings["SESSION_COOKIE_SECURE"] is False
        assert settings["DEBUG"] is False

    def test_demo_secret_is_made_once_and_readable_by_its_owner_only(self, settings_of, tmp_path):
        first = settings_of(CLINIC_DEMO="1")["SECRET_KEY"]
        second = settings_of(CLINIC_DEMO="1")["SECRET_KEY"]

        mode = (tmp_path / "var" / "demo-secret").stat().st_mode
        assert first == second
        assert len(first) >= 50
        assert stat.S_IMODE(mode) == 0o600

    def test_workers_that_start_at_once_share_the_demo_secret(self, settings_of, tmp_path):
        demo_secret = settings_of()["demo_secret"]

        for turn in range(20):
            path = tmp_path / "var" / f"secret-{turn}"
            with ThreadPoolExecutor(8) as workers:
                secrets = set(workers.map(demo_secret, [path] * 8))
            assert secrets == {path.read_text()}

    def test_demo_secret_leaves_no_temporary_file(self, settings_of, tmp_path):
        settings_of(CLINIC_DEMO="1")

        assert [path.name for path in (tmp_path / "var").iterdir()] == ["demo-secret"]

    def test_given_secret_is_used_in_the_demo(self, settings_of, tmp_path):
        settings = settings_of(CLINIC_DEMO="1", SECRET_KEY="given")

        assert settings["SECRET_KEY"] == "given"
        assert not (tmp_path / "var" / "demo-secret").exists()


class TestReaders:
    @pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
    def test_words_for_yes_are_true(self, settings_of, value):
        assert settings_of(CLINIC_DEMO=value)["CLINIC_DEMO"] is True

    @pytest.mark.parametrize("value", ["0", "false", "No", "off", ""])
    def test_words_for_no_are_false(self, settings_of, value):
        assert settings_of(CLINIC_DEMO=value)["CLINIC_DEMO"] is False

    def test_misspelt_word_is_refused(self, settings_of):
        with pytest.raises(ImproperlyConfigured, match="CLINIC_DEMO must be 1 or 0, not “ture”"):
            settings_of(CLINIC_DEMO="ture")

    @pytest.mark.parametrize("value", ["-1", "1.5", "thirty", "٣٠", "1_0", "3651", "9" * 5000])
    def test_number_outside_its_bounds_is_refused(self, settings_of, value):
        with pytest.raises(ImproperlyConfigured, match="PAYMENT_TERMS_DAYS must be a whole number from 0 to 3650"):
            settings_of(PAYMENT_TERMS_DAYS=value)

    def test_list_has_commas_and_may_have_spaces(self, settings_of):
        settings = settings_of(ALLOWED_HOSTS="a.example, b.example,")

        assert settings["ALLOWED_HOSTS"] == ["a.example", "b.example"]

    def test_address_may_have_several_lines(self, settings_of):
        assert settings_of(CLINIC_ADDRESS=r"High Street 1\nOxford")["CLINIC_ADDRESS"] == "High Street 1\nOxford"


class TestDatabase:
    def test_default_database_is_a_file_in_var(self, settings_of, tmp_path):
        database = settings_of()["DATABASES"]["default"]

        assert database["ENGINE"] == "clinic.db.backends.sqlite3"
        assert database["NAME"] == str(tmp_path / "var" / "clinic.sqlite3")

    def test_folder_of_the_database_is_private(self, settings_of, tmp_path):
        settings_of()

        assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700

    @pytest.mark.parametrize(
        "url", ["", "sqlite:///books.sqlite3?timeout=1", "sqlite:////srv/books.sqlite3", "sqlite://:memory:"]
    )
    def test_every_sqlite_database_has_the_options_of_durability(self, settings_of, url):
        options = settings_of(DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]

        assert options["transaction_mode"] == "IMMEDIATE"
        assert options["timeout"] == 20
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "recursive_triggers=ON", "foreign_keys=ON"):
            assert pragma in options["init_command"]

    def test_relative_path_is_the_same_file_from_any_folder(self, settings_of, tmp_path):
        database = settings_of(DATABASE_URL="sqlite:///books.sqlite3")["DATABASES"]["default"]

        assert database["NAME"] == str(tmp_path / "books.sqlite3")

    def test_postgresql_keeps_connections_and_prepares_statements(self, settings_of):
        database = settings_of(DATABASE_URL="postgresql://u:p%40ss@db:5433/books")["DATABASES"]["default"]

        assert database["ENGINE"] == "clinic.db.backends.postgresql"
        assert (database["HOST"], database["PORT"], database["NAME"]) == ("db", 5433, "books")
        assert database["PASSWORD"] == "p@ss"
        assert database["CONN_MAX_AGE"] is None
        assert database["CONN_HEALTH_CHECKS"] is True
        assert database["OPTIONS"] == {
            "server_side_binding": True,
            "prepare_threshold": 1,
            "connect_timeout": 2,
            "tcp_user_timeout": 10_000,
        }

    def test_options_of_the_url_win(self, settings_of):
        url = (
            "postgresql://db/books?connect_timeout=9&tcp_user_timeout=700&keepalives=0&sslmode=require"
            "&target_session_attrs=read-write&application_name=desk&prepare_threshold=5"
        )

        options = settings_of(DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]

        assert options == {
            "server_side_binding": True,
            "prepare_threshold": 5,
            "connect_timeout": 9,
            "tcp_user_timeout": 700,
            "keepalives": 0,
            "sslmode": "require",
            "target_session_attrs": "read-write",
            "application_name": "desk",
        }

    def test_url_may_name_several_hosts(self, settings_of):
        database = settings_of(DATABASE_URL="postgresql://u:p@a:1,b:2,c:3/books")["DATABASES"]["default"]

        assert (database["HOST"], database["PORT"]) == ("a,b,c", "1,2,3")

    def test_pooler_turns_off_prepared_statements_and_server_side_cursors(self, settings_of):
        settings = settings_of(DATABASE_URL="postgresql://db/books", DATABASE_POOLER="1")

        assert settings["DATABASES"]["default"]["OPTIONS"]["prepare_threshold"] is None
        assert settings["DATABASES"]["default"]["DISABLE_SERVER_SIDE_CURSORS"] is True

    def test_database_url_may_be_in_a_file(self, settings_of, tmp_path):
        (tmp_path / "url").write_text("postgresql://u:p@db/books\n")

        database = settings_of(DATABASE_URL_FILE=str(tmp_path / "url"))["DATABASES"]["default"]

        assert database["NAME"] == "books"

    @pytest.mark.parametrize("url", ["mysql://db/books", "books.sqlite3", "postgresql://db:port/books"])
    def test_another_kind_of_database_is_refused(self, settings_of, url):
        with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
            settings_of(DATABASE_URL=url)

    def test_replica_is_a_second_database(self, settings_of):
        settings = settings_of(
            DATABASE_URL="postgresql://a/books", REPLICA_DATABASE_URL="postgresql://b/books?application_name=lists"
        )

        assert set(settings["DATABASES"]) == {"default", "replica"}
        assert settings["DATABASES"]["replica"]["HOST"] == "b"
        assert settings["DATABASES"]["replica"]["OPTIONS"]["application_name"] == "lists"

    def test_there_is_no_replica_by_default(self, settings_of):
        assert set(settings_of(DATABASE_URL="postgresql://a/books")["DATABASES"]) == {"default"}

    @pytest.mark.parametrize(
        ("url", "replica"), [("", "postgresql://b/books"), ("postgresql://a/books", "sqlite:///b")]
    )
    def test_replica_of_another_kind_is_refused(self, settings_of, url, replica):
        with pytest.raises(ImproperlyConfigured, match="REPLICA_DATABASE_URL"):
            settings_of(DATABASE_URL=url, REPLICA_DATABASE_URL=replica)

    def test_requests_are_not_wrapped_in_transactions(self, settings_of):
        assert settings_of()["DATABASES"]["default"]["ATOMIC_REQUESTS"] is False


class TestTokens:
    def test_scopes_are_those_of_the_api(self, settings_of):
        scopes = settings_of()["OAUTH2_PROVIDER"]["SCOPES"]

        assert set(scopes) == {
            "invoice:read",
            "invoice:write",
            "payment:write",
            "writeoff:write",
            "patient:read",
            "patient:write",
        }

    def test_tokens_last_fifteen_minutes_and_refresh_tokens_expire(self, settings_of):
        provider = settings_of()["OAUTH2_PROVIDER"]

        assert provider["ACCESS_TOKEN_EXPIRE_SECONDS"] == 900
        assert provider["REFRESH_TOKEN_EXPIRE_SECONDS"] > 0
        assert provider["REFRESH_TOKEN_REUSE_PROTECTION"] is True

    def test_rfc_9700_is_followed_except_for_the_password_grant(self, settings_of):
        from oauth2_provider.settings import DEFAULTS

        provider = settings_of()["OAUTH2_PROVIDER"]

        gates = {name for name in DEFAULTS if name.startswith("COMPLIANT_")}
        assert {name for name in gates if not provider.get(name)} == {"COMPLIANT_BCP_RFC9700_PASSWORD_GRANT"}


class TestLimits:
    def test_rate_limits_are_off_in_the_demo_only(self, settings_of):
        clinic, demo = settings_of(), settings_of(CLINIC_DEMO="1", THROTTLE_USER="5")

        assert clinic["THROTTLE_USER"] > 0
        assert clinic["THROTTLE_CLIENT"] > 0
        assert (demo["THROTTLE_USER"], demo["THROTTLE_CLIENT"]) == (0, 0)

    def test_tokens_are_not_cached_by_default(self, settings_of):
        assert settings_of()["TOKEN_CACHE_SECONDS"] == 0

    def test_tokens_are_cached_for_five_seconds_at_most(self, settings_of):
        with pytest.raises(ImproperlyConfigured, match="TOKEN_CACHE_SECONDS must be a whole number from 0 to 5"):
            settings_of(TOKEN_CACHE_SECONDS="6")

    @pytest.mark.parametrize("demo", ["0", "1"])
    def test_lockout_after_five_failures_lasts_fifteen_minutes_in_the_demo_too(self, settings_of, demo):
        settings = settings_of(CLINIC_DEMO=demo)

        assert settings["AXES_FAILURE_LIMIT"] == 5
        assert settings["AXES_COOLOFF_TIME"].total_seconds() == 900
        assert settings["AXES_LOCKOUT_PARAMETERS"] == [["username", "ip_address"]]
        assert settings["AUTHENTICATION_BACKENDS"][0] == "axes.backends.AxesStandaloneBackend"


class TestExample:
    """`.env.example` lists every variable."""

    def test_example_names_every_variable_and_no_other(self):
        named = re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE)

        assert sorted(named) == sorted(set(READ))

    def test_example_describes_each_variable(self):
        paragraphs = EXAMPLE.read_text().strip().split("\n\n")

        for paragraph in paragraphs[1:]:
            assert paragraph.startswith("# "), paragraph

    @pytest.mark.parametrize(("name", "value"), re.findall(r"^#([A-Z_]+)=(.+)$", EXAMPLE.read_text(), re.MULTILINE))
    def test_commented_value_is_the_default(self, settings_of, name, value):
        assert settings_of(**{name: value})[name] == settings_of()[name]
