"""`manage.py serve`: workers that come back, an end at any moment, no orphans, one server on a port."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.core.management import CommandError

from billing.tests.live_server import ROOT, Books, Served
from clinic.management.commands import serve

pytestmark = [
    pytest.mark.neutral,
    pytest.mark.skipif(os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="seen on SQLite"),
]


@pytest.fixture(scope="module")
def books(tmp_path_factory, django_db_setup):
    with Books(tmp_path_factory.mktemp("serve")) as books:
        yield books


class Started(Served):
    """A server that was started, and may not answer yet."""

    def __init__(self, port, process, log):
        super().__init__(port)
        self.process, self.log = process, log

    def workers(self):
        """The ids of the running workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()] if children.exists() else []

    def has_processes(self):
        """Return whether a process of its session is left."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def text(self):
        return self.log.read_text()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def started(books, *, workers=2, port=0, **environment):
    """A server in a session of its own, which is killed at the end of the block."""
    port = port or free_port()
    log = books.path.parent / f"{time.monotonic_ns()}.log"
    command = [sys.executable, str(ROOT / "manage.py"), "serve", "--port", str(port), "--workers", str(workers)]
    with log.open("w") as file:
        process = subprocess.Popen(
            command, env={**books.environment, **environment}, stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield Started(port, process, log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(condition, seconds):
    """Return after how many seconds a condition held; fail if it does not in time."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.mark.slow
class TestRunningServer:
    def test_killed_worker_is_replaced_and_the_next_request_succeeds(self, books):
        with started(books, workers=1) as server:
            server.wait()
            [killed] = server.workers()

            os.kill(killed, signal.SIGKILL)

            def answers():
                with suppress(OSError):
                    return server.ask("GET", "/readyz")[0] == 200
                return False

            assert wait_until(answers, 1) < 1
            [replacement] = server.workers()
            assert replacement != killed

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_signal_ends_the_server_in_order(self, books, number):
        with started(books) as server:
            server.wait()

            server.process.send_signal(number)

            assert server.process.wait(15) == 0
            assert not server.has_processes()

    def test_request_that_runs_when_the_signal_comes_is_answered(self, books):
        with started(books, workers=1) as server, ThreadPoolExecutor() as threads:
            server.wait()
            token = threads.submit(server.token)  # a password takes some tenths of a second
            time.sleep(0.15)

            server.process.terminate()

            assert token.result()
            assert server.process.wait(15) == 0

    def test_signal_ends_a_server_whose_workers_wait_for_half_a_body(self, books):
        with started(books, workers=1) as server:
            server.wait()
            with socket.create_connection(("127.0.0.1", server.port)) as half:
                half.sendall(b"POST /invoice/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
                time.sleep(0.3)

                server.process.terminate()

                assert server.process.wait(15) == 0
                assert not server.has_processes()

    @pytest.mark.parametrize("quarters", range(17))
    def test_signal_ends_the_server_at_every_quarter_second_of_its_start(self, books, quarters):
        with started(books) as server:
            time.sleep(quarters / 4)

            server.process.terminate()

            assert server.process.wait(15) in {0, -signal.SIGTERM}
            assert not server.has_processes()

    def test_workers_end_with_a_main_process_that_is_killed(self, books):
        with started(books) as server:
            server.wait()
            workers = server.workers()
            assert len(workers) == 2

            server.process.kill()
            server.process.wait()

            wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), 2)

    def test_second_server_on_the_port_is_refused_before_the_first_one_listens(self, books):
        with started(books) as one, started(books, port=one.port) as other:
            ended = []
            wait_until(lambda: ended.extend(s for s in (one, other) if s.process.poll() is not None) or ended, 30)

            assert ended[0].process.returncode == 1
            assert f"Cannot listen on 127.0.0.1:{one.port} (Address already in use)" in ended[0].text()
            one.wait()
            assert [one.process.poll(), other.process.poll()].count(None) == 1

    def test_port_of_another_program_is_refused(self, books):
        with socket.create_server(("127.0.0.1", 0)) as other, started(books, port=other.getsockname()[1]) as server:
            assert server.process.wait(30) == 1
            assert "Address already in use" in server.text()

    def test_server_with_an_invalid_configuration_ends_at_once_with_the_messages(self, books):
        with started(books, CLINIC_CURRENCY="XXX") as server:
            assert server.process.wait(30) == 1
            assert "The server cannot start:" in server.text()
            assert server.text().count("clinic.E003") == 1


class FakeGranian:
    """Stands for granian: each life of it takes the next number of seconds, and the last one is ended by a signal."""

    def __init__(self, clock, lives):
        self.clock, self.lives = clock, lives

    def __call__(self, *_, **options):
        self.options = options
        return self

    def serve(self, **_):
        self.clock[0] += self.lives.pop(0)
        self.interrupt_signal = not self.lives
        if self.lives:
            raise SystemExit(1)


class TestRestart:
    def test_pause_doubles_up_to_thirty_seconds_and_is_short_again_after_a_minute_of_life(self, monkeypatch):
        clock, pauses = [0.0], []
        granian = FakeGranian(clock, [1, 1, 1, 1, 1, 1, 1, 61, 1, 1])
        monkeypatch.setattr(serve, "Granian", granian)
        monkeypatch.setattr(serve, "restore_signals", lambda: None)
        monkeypatch.setattr(serve.multiprocessing, "set_start_method", lambda *_, **__: None)
        monkeypatch.setattr(serve.time, "monotonic", lambda: clock[0])
        monkeypatch.setattr(serve.time, "sleep", pauses.append)

        serve.run_until_signal("127.0.0.1", 8000, 2)

        assert pauses == [1, 2, 4, 8, 16, 30, 30, 1, 2]
        assert granian.options["respawn_failed_workers"]


class TestPort:
    @pytest.mark.parametrize("port", [70_000, -1])
    def test_number_that_is_no_port_is_refused(self, port):
        with pytest.raises(CommandError, match=rf"Cannot listen on 127\.0\.0\.1:{port} "):
            serve.reserve_port("127.0.0.1", port)

    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the port itself refuses")
    def test_port_is_free_again_once_the_first_server_ended(self):
        port = free_port()

        serve.reserve_port("127.0.0.1", port).close()

        serve.reserve_port("127.0.0.1", port).close()
