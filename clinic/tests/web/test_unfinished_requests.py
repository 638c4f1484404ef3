"""Clients that do not finish what they began, against a running server: it goes on answering everybody else."""

import os
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

from billing.tests.live_server import ROOT, Books, served
from clinic.tests.test_serve import free_port, wait_until
from clinic.tests.web.sockets import HALVES, connect, get, open_halves

pytestmark = [
    pytest.mark.slow,
    pytest.mark.neutral,
    pytest.mark.skipif(os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="seen on SQLite"),
]


@pytest.fixture(scope="module")
def books(tmp_path_factory, django_db_setup):
    with Books(tmp_path_factory.mktemp("unfinished")) as books:
        yield books


@pytest.fixture(scope="module")
def server(books):
    with served(books, workers=2) as server:
        yield server


class TestUnfinishedRequests:
    @pytest.mark.parametrize("kind", HALVES)
    def test_others_are_answered_within_a_second_with_300_unfinished_requests_open(self, server, kind):
        headers = f"Authorization: Bearer {server.token()}\r\n"
        with open_halves(server.port, kind, 300):
            answers = [get(server.port, path, headers=headers) for path in ["/healthz", "/invoice/"] * 10]

        assert [status for status, *_ in answers] == [200] * 20
        assert max(seconds for *_, seconds in answers) < 1

    def test_unfinished_request_is_refused_after_ten_seconds_and_closed(self, server):
        lines = {kind: connect(server.port) for kind in HALVES}
        began = time.monotonic()
        for kind, line in lines.items():
            line.settimeout(15)
            line.sendall(HALVES[kind] % b"Host: localhost\r\n")

        received = {kind: line.makefile("rb").read() for kind, line in lines.items()}

        assert 9 < time.monotonic() - began < 12
        assert received.pop("headers") == b""
        for answer in received.values():
            assert answer.startswith(b"HTTP/1.1 408 ")
            assert b"did not arrive in time" in answer

    @pytest.mark.parametrize(
        "framing",
        [b"Content-Length: 23\r\n\r\n%s", b"Transfer-Encoding: chunked\r\n\r\n16\r\n%s\r\n"],
        ids=["length", "chunks"],
    )
    def test_body_that_is_cut_never_reaches_the_application(self, books, server, framing):
        before = books.count("patients_patient")
        head = f"POST /patient/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token()}\r\n"
        with connect(server.port) as line:
            line.sendall(head.encode() + b"Content-Type: application/json\r\n" + framing % b'{"family_name": "Kim"}')
            line.shutdown(1)
            answer = line.makefile("rb").read()

        assert answer.startswith(b"HTTP/1.1 400 ")
        assert books.count("patients_patient") == before

    def test_client_that_left_before_its_answer_does_no_harm(self, server):
        headers = f"Host: localhost\r\nAuthorization: Bearer {server.token()}\r\n"
        for _ in range(20):
            with connect(server.port) as line:
                line.sendall(f"GET /invoice/?limit=100 HTTP/1.1\r\n{headers}\r\n".encode())

        assert get(server.port, "/healthz")[0] == 200

    def test_requests_in_one_piece_are_answered_in_their_order(self, server):
        with connect(server.port) as line:
            for path, end in (("/healthz", ""), ("/nothing", ""), ("/healthz", "Connection: close\r\n")):
                line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{end}\r\n".encode())
            received = line.makefile("rb").read()

        assert [piece[:3] for piece in received.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200"]

    def test_body_is_asked_for_only_when_it_is_wanted(self, server):
        head = b"POST /invoice/ HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
        first_lines = []
        for length in (2, 9_999_999):
            with connect(server.port) as line:
                line.sendall(head % length)
                first_lines.append(line.recv(20)[:12])

        assert first_lines == [b"HTTP/1.1 100", b"HTTP/1.1 413"]


PIECE, PIECES = 100_000, 400
STREAMING = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import django; django.setup()
from django.http import HttpResponse, StreamingHttpResponse
from clinic.api.responses.errors import refusal
from clinic.management.commands import serve
from clinic.web.front import Front

def application(environ, start_response):
    is_stream = environ["PATH_INFO"] == "/stream"
    response = StreamingHttpResponse(b"x" * {PIECE} for _ in range({PIECES})) if is_stream else HttpResponse(b"quick")
    start_response("200 OK", list(response.items()))
    return response

front = Front(application, refusal)
serve.front = lambda: front
serve.run_until_signal("127.0.0.1", int(sys.argv[1]), 1)
"""


@pytest.fixture(scope="module")
def port():
    """The port of a server that streams 40 MB at /stream."""
    port = free_port()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "clinic.settings", "CLINIC_DEMO": "1"}
    process = subprocess.Popen([sys.executable, "-c", STREAMING, str(port)], env=environment)

    def answers():
        try:
            return get(port, "/")
        except OSError:
            return None

    wait_until(answers, 60)
    yield port
    process.terminate()
    process.wait(20)


class TestSlowReaders:
    def test_readers_that_do_not_read_delay_nobody(self, port):
        readers = [connect(port) for _ in range(8)]
        for reader in readers:
            reader.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert reader.recv(12) == b"HTTP/1.1 200"

        status, _, body, seconds = get(port, "/")

        assert (status, body) == (200, b"quick")
        assert seconds < 1
        for reader in readers:
            reader.close()

    def test_stream_arrives_whole_with_its_length(self, port):
        with urlopen(f"http://127.0.0.1:{port}/stream") as response:
            assert int(response.headers["Content-Length"]) == len(response.read()) == PIECE * PIECES
