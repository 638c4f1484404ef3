"""Clients that behave badly: half a request, an answer that is not read, and more requests than can be answered."""

import json
import socket
import statistics
import threading
import time
from contextlib import suppress

from billing.tests.faults.catalogue import BOTH, Finding, Place, compared, fault
from billing.tests.faults.clinic_server import ClinicServer
from billing.tests.faults.writers import Writers

CONNECTIONS = 300
ANSWER_SECONDS = 1.0
HEAD = "{} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {}\r\n{}\r\n\r\n"
HALF_REQUESTS = {
    "one byte of a body": HEAD.format("POST /invoice/", "application/json", "Content-Length: 1000") + "{",
    "half a chunk": HEAD.format("POST /invoice/", "application/json", "Transfer-Encoding: chunked") + "ff\r\n{",
    "half a form": HEAD.format("POST /o/token/", "application/x-www-form-urlencoded", "Content-Length: 900") + "grant",
    "half a file": HEAD.format("POST /o/token/", "multipart/form-data; boundary=x", "Content-Length: 900") + "--x\r\n",
    "half a header": "POST /invoice/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Some",
    "a chunked probe": HEAD.format("GET /healthz", "text/plain", "Transfer-Encoding: chunked") + "1\r\n",
}


@fault("300 half requests of each kind", quick=1, whole=1, kinds=BOTH)
def half_requests(place: Place, runs: int) -> Finding:
    """Open connections that never send the rest: everybody else is answered at once."""
    clinic = place.clinic()
    slowest, wrong = 0.0, ""
    with Writers(clinic, threads=2) as written:
        time.sleep(1)
        began = time.monotonic()
        for _ in range(runs):
            for name, sent in HALF_REQUESTS.items():
                connections = [open_connection(clinic, sent.encode()) for _ in range(CONNECTIONS)]
                for _ in range(20):
                    for path in ("/healthz", "/invoice/?limit=1"):
                        answer = clinic.ask("GET", path, token=_token_of(clinic), timeout=10)
                        slowest = max(slowest, answer.seconds)
                        if answer.status != 200 or answer.seconds > ANSWER_SECONDS:
                            wrong = f"{name}: {path} answered {answer.status} after {answer.seconds:.1f} s"
                    time.sleep(0.05)
                for connection in connections:
                    connection.close()
        ended = time.monotonic()
    note = f"{len(HALF_REQUESTS)} kinds; slowest answer {slowest:.2f} s"
    finding = Finding(runs * len(HALF_REQUESTS), longest_gap=written.longest_gap(began, ended), note=note, wrong=wrong)
    return compared(clinic, written, finding)


@fault("100 clients that do not read", quick=1, whole=1, kinds=BOTH)
def slow_readers(place: Place, runs: int) -> Finding:
    """Ask for long lists and read nothing: everybody else is answered."""
    clinic = place.clinic(invoices=400)
    slowest, wrong = 0.0, ""
    with Writers(clinic, threads=2) as written:
        time.sleep(1)
        began = time.monotonic()
        for _ in range(runs):
            request = (
                f"GET /invoice/?limit=400 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_token_of(clinic)}"
            )
            connections = [open_connection(clinic, f"{request}\r\n\r\n".encode(), small=True) for _ in range(100)]
            time.sleep(3)  # until the lists have been made
            for _ in range(20):
                answer = clinic.ask("GET", "/invoice/?limit=1", token=_token_of(clinic), timeout=10)
                slowest = max(slowest, answer.seconds)
                if answer.status != 200 or answer.seconds > ANSWER_SECONDS:
                    wrong = f"a GET answered {answer.status} after {answer.seconds:.1f} s"
                time.sleep(0.05)
            for connection in connections:
                connection.close()
        ended = time.monotonic()
    note = f"slowest answer {slowest:.2f} s"
    finding = Finding(runs, longest_gap=written.longest_gap(began, ended), note=note, wrong=wrong)
    return compared(clinic, written, finding)


@fault("ten times the capacity", quick=1, whole=3, kinds=BOTH)
def overload(place: Place, runs: int) -> Finding:
    """Ask with ten times the clients that the server can serve: the accepted are answered as fast as before."""
    clinic = place.clinic()
    notes, wrong = [], ""
    for _ in range(runs):
        peak = load(clinic, clients=8, seconds=5)
        much = load(clinic, clients=400, seconds=10)
        share = much.accepted_a_second / peak.accepted_a_second
        notes.append(
            f"goodput {share:.2f} of {peak.accepted_a_second:.0f}/s, p99 {much.p99:.2f} s ({peak.p99:.2f}), "
            f"503 {much.share_refused:.0%}"
        )
        if share < 0.8:
            wrong = f"goodput falls to {share:.2f} of its peak"
        if much.failed:
            wrong = f"{much.failed} requests were not answered"
    return Finding(runs, note="; ".join(notes), wrong=wrong)


class Load:
    """The answers to clients that ask for one invoice without pause."""

    def __init__(self, seconds: float, accepted: list[float], refused: int, failed: int) -> None:
        self.accepted_a_second = len(accepted) / seconds
        self.p99 = statistics.quantiles(accepted, n=100)[98] if len(accepted) > 1 else float("inf")
        self.share_refused = refused / max(1, refused + len(accepted))
        self.failed = failed


def load(clinic: ClinicServer, *, clients: int, seconds: float) -> Load:
    """Let so many clients ask without pause, each on a connection that it keeps; one that is refused waits."""
    token = _token_of(clinic)
    path = "/invoice/" + json.loads(clinic.ask("GET", "/invoice/?limit=1", token=token).body)["data"][0]["id"]
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    accepted: list[float] = []
    counts = {"refused": 0, "failed": 0}
    until = time.monotonic() + seconds

    def ask() -> None:
        connection = None
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                connection = connection or socket.create_connection(("127.0.0.1", clinic.port), timeout=10)
                connection.sendall(request)
                status, is_kept = read_answer(connection)
            except OSError:
                counts["failed"] += 1
                connection = None
                continue
            if not is_kept:
                connection.close()
                connection = None
            if status == 200:
                accepted.append(time.monotonic() - began)
            elif status == 503:
                counts["refused"] += 1
                time.sleep(0.2)  # sooner than Retry-After asks
            else:
                counts["failed"] += 1

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 15)
    return Load(seconds, accepted, counts["refused"], counts["failed"])


def read_answer(connection: socket.socket) -> tuple[int, bool]:
    """Return the status of an answer, and whether the connection is kept; OSError if it ends too early."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _receive(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    left = int(headers.get("content-length", 0)) - len(body)
    while left > 0:
        left -= len(_receive(connection))
    return int(lines[0].split()[1]), headers.get("connection") != "close"


def _receive(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionResetError
    return received


def open_connection(clinic: ClinicServer, sent: bytes, *, small: bool = False) -> socket.socket:
    """Return a connection on which something was sent; a small one takes little before it has to be read."""
    connection = socket.socket()
    if small:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    with suppress(OSError):
        connection.connect(("127.0.0.1", clinic.port))
        connection.sendall(sent)
    return connection


_tokens: dict[int, str] = {}


def _token_of(clinic: ClinicServer) -> str:
    if clinic.port not in _tokens:
        _tokens[clinic.port] = clinic.token()
    return _tokens[clinic.port]
