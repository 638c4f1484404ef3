"""Scripts in script/: wrong options, missing programs, a second run, and the server that they start."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(path for path in (ROOT / "script").iterdir() if path.is_file())

pytestmark = pytest.mark.skipif(
    os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="seen on SQLite; scripts bring their own database"
)


def run(script, *arguments, cwd=None, **environment):
    """Run a script in an environment of PATH, HOME and the given variables, and return its result."""
    inherited = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **inherited, **environment}
    return subprocess.run([script, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


class TestEveryScript:
    @pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
    def test_script_is_plain_sh_and_stops_at_the_first_error(self, script):
        text = script.read_text()

        assert text.startswith("#!/bin/sh\n# ")
        assert "\nset -eu\n" in text
        assert run("sh", "-n", script).returncode == 0

    @pytest.mark.parametrize("script", [*SCRIPTS, ROOT / ".ci" / "run"], ids=lambda path: path.name)
    def test_script_is_executable(self, script):
        assert os.access(script, os.X_OK)


class TestServer:
    def test_server_fills_no_database_of_the_environment_unless_it_is_a_demo(self, tmp_path):
        answer = run(ROOT / "script" / "server", DATABASE_URL=f"sqlite:///{tmp_path}/books.sqlite3")

        assert answer.returncode == 1
        assert "Set CLINIC_DEMO=1 by hand" in answer.stderr
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("port", ["eighty", "-1", "80 80", "123456"])
    def test_port_must_be_a_number(self, port):
        answer = run(ROOT / "script" / "server", PORT=port)

        assert answer.returncode == 1
        assert "PORT must be a number" in answer.stderr


class TestUnknownOption:
    @pytest.mark.parametrize("script", ["setup", "test"])
    def test_unknown_option_is_refused_with_the_usage(self, script):
        answer = run(ROOT / "script" / script, "--fast")

        assert answer.returncode == 2
        assert answer.stderr.startswith(f"usage: script/{script}")


class TestFuzzSchema:
    @pytest.mark.parametrize("seconds", ["many", "-1", "1 1", "123456"])
    def test_seconds_must_be_a_number(self, seconds):
        answer = run(ROOT / "script" / "fuzz-schema", seconds)

        assert answer.returncode == 2
        assert answer.stderr.startswith("usage: script/fuzz-schema")


class TestSetup:
    @pytest.fixture
    def house(self, tmp_path):
        """A product without requirements, in a folder whose name has a space."""
        house = tmp_path / "the clinic"
        (house / "script").mkdir(parents=True)
        shutil.copy(ROOT / "script" / "setup", house / "script" / "setup")
        (house / "requirements-pip.txt").write_text("# none\n")
        (house / "requirements.txt").write_text("# none\n")
        (house / "requirements-dev.txt").write_text("# none\n")
        return house

    def test_missing_python_ends_with_a_sentence(self, house, tmp_path):
        (tmp_path / "old-python").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "old-python").chmod(0o755)

        answer = run(house / "script" / "setup", PYTHON=str(tmp_path / "old-python"))

        assert answer.returncode == 1
        assert "no Python 3.11 or later was found" in answer.stderr
        assert not (house / ".venv").exists()

    def test_python_without_venv_ends_with_the_package_to_install(self, house, tmp_path):
        (tmp_path / "lame-python").write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n')
        (tmp_path / "lame-python").chmod(0o755)

        answer = run(house / "script" / "setup", PYTHON=str(tmp_path / "lame-python"))

        assert answer.returncode == 1
        assert "install its venv package" in answer.stderr

    @pytest.mark.slow
    def test_setup_works_from_any_folder_and_only_once(self, house, tmp_path):
        first = run(house / "script" / "setup", "--dev", cwd=tmp_path, PYTHON=sys.executable)
        second = run(house / "script" / "setup", "--dev", cwd="/", PYTHON=sys.executable)

        assert first.returncode == 0, first.stderr
        assert "Installing requirements-dev.txt" in first.stdout
        assert (second.returncode, second.stdout) == (0, "")

    @pytest.mark.slow
    def test_changed_requirements_are_installed(self, house):
        run(house / "script" / "setup", PYTHON=sys.executable)
        (house / "requirements.txt").write_text("# still none\n")

        answer = run(house / "script" / "setup", PYTHON=sys.executable)

        assert answer.stdout == "Installing requirements.txt\n"

    @pytest.mark.slow
    def test_environment_that_was_moved_is_made_again(self, house, tmp_path):
        run(house / "script" / "setup", PYTHON=sys.executable)
        house.rename(tmp_path / "moved")

        answer = run(tmp_path / "moved" / "script" / "setup", PYTHON=sys.executable)

        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.startswith("Making .venv")

    @pytest.mark.slow
    def test_settings_of_pip_are_ignored(self, house):
        answer = run(
            house / "script" / "setup",
            PYTHON=sys.executable,
            PIP_REQUIRE_VIRTUALENV="1",
            PIP_USER="1",
            PIP_TARGET="/nowhere",
        )

        assert answer.returncode == 0, answer.stderr


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def port():
    """The port of the running server."""
    return free_port()


@pytest.fixture(scope="module")
def environment(port, tmp_path_factory):
    books = tmp_path_factory.mktemp("books") / "clinic.sqlite3"
    inherited = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return {**inherited, "PORT": str(port), "CLINIC_DEMO": "1", "DATABASE_URL": f"sqlite:///{books}"}


@pytest.fixture(scope="module")
def greeting(environment, tmp_path_factory):
    """The output of a running server, which is ended after the tests."""
    manage = [sys.executable, ROOT / "manage.py"]
    subprocess.run([*manage, "migrate", "-v", "0"], env=environment, check=True)
    subprocess.run([*manage, "demo", "--invoices", "30"], env=environment, check=True, capture_output=True)
    output = tmp_path_factory.mktemp("log") / "server.log"
    with output.open("w") as log:
        server = subprocess.Popen([ROOT / "script" / "server"], env=environment, stdout=log, stderr=log, cwd="/")
    try:
        deadline = time.monotonic() + 300  # a busy machine needs long to start it
        while "prints 201" not in output.read_text():
            assert server.poll() is None, output.read_text()
            assert time.monotonic() < deadline, "The server does not answer."
            time.sleep(0.2)
        yield output.read_text()
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.slow
@pytest.mark.skipif(
    Path(sys.prefix) != ROOT / ".venv" or not shutil.which("curl"), reason="needs curl, and script/setup's .venv"
)
class TestRunningServer:
    """`script/server` with its own database."""

    def test_server_prints_its_addresses_and_logins(self, greeting, port):
        assert f"http://127.0.0.1:{port}/invoice/" in greeting
        assert f"http://127.0.0.1:{port}/admin/" in greeting
        assert "admin, supervisor, clerk, auditor, patient; password demo" in greeting

    def test_server_prints_one_line_that_posts_an_invoice(self, greeting):
        [line] = [line for line in greeting.splitlines() if line.startswith("TOKEN=$(curl")]

        answer = run("sh", "-c", line)

        assert answer.stdout == "201\n", answer.stderr

    def test_request_without_a_token_is_refused(self, greeting, port):
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/invoice/", timeout=10)

        assert error.value.code == 401

    def test_second_server_ends_because_the_port_is_taken(self, greeting, environment):
        answer = run(ROOT / "script" / "server", **environment)

        assert answer.returncode == 1
        assert f"cannot listen on port {environment['PORT']}" in answer.stderr


@pytest.mark.slow
@pytest.mark.skipif(Path(sys.prefix) != ROOT / ".venv", reason="needs script/setup's .venv")
class TestDatabaseOfAnotherVersion:
    def test_database_of_another_version_is_kept_and_the_server_ends(self, environment, tmp_path):
        path = tmp_path / "clinic.sqlite3"
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE django_migrations (id integer PRIMARY KEY, app, name, applied)")
            database.execute("INSERT INTO django_migrations VALUES (1, 'billing', '0001_the_books', '2026-01-01')")
            database.commit()

        answer = run(
            ROOT / "script" / "server",
            **environment | {"DATABASE_URL": f"sqlite:///{path}", "PORT": str(free_port())},
        )

        assert answer.returncode == 1
        assert "was created by another version of this product and cannot be upgraded" in answer.stderr
        assert "move the database away" in answer.stderr
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("SELECT app, name FROM django_migrations").fetchall() == [
                ("billing", "0001_the_books")
            ]
