"""A clinic for a fault: a database with the demo's logins, and the product's server on a port of this machine."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from billing.tests.faults.databases import Cluster, SQLiteBooks, children, free_port

ROOT = Path(__file__).parents[3]
INHERITED = ("PATH", "HOME", "LANG", "CLINIC_TEST_RUN")
LOGIN = {"grant_type": "password", "client_id": "demo", "username": "supervisor", "password": "demo"}


class Answer(NamedTuple):
    """An answer of the server; status 0 if there was none."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


class ClinicServer:
    """The server of a clinic: started, asked, and killed."""

    def __init__(self, books: SQLiteBooks | Cluster, folder: Path, *, url: str = "", workers: int = 2) -> None:
        self.books, self.port, self.workers = books, free_port(), workers
        self.log = folder / "server.log"
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self.environment = {
            **inherited,
            "CLINIC_DEMO": "1",
            "DATABASE_URL": url or books.url,
            "THROTTLE_USER": "0",
            "THROTTLE_CLIENT": "0",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> str:
        """Run a command of manage.py and return its output."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        environment = {**self.environment, "DATABASE_URL": self.books.url}
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def fill(self, invoices: int) -> None:
        """Make the tables and the demo's records."""
        self.manage("migrate", "--no-input", "--verbosity", "0")
        self.manage("demo", "--invoices", str(invoices))

    def start(self, *, wait: bool = True) -> None:
        command = [sys.executable, str(ROOT / "manage.py"), "serve", "--port", str(self.port)]
        command += ["--workers", str(self.workers)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=log, stderr=log)
        if wait:
            self.wait()

    def wait(self, *, seconds: float = 60, path: str = "/healthz") -> None:
        """Wait until the server answers; TimeoutError with its log if it does not."""
        deadline = time.monotonic() + seconds
        while not 0 < self.ask("GET", path, timeout=2).status < 500:
            if time.monotonic() > deadline:
                raise TimeoutError(self.log.read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def worker_pids(self) -> list[int]:
        """Return the processes of the server that answer requests: those without children of their own."""
        assert self.process
        return [pid for pid in children(self.process.pid) if not children(pid) and _answers(pid)]

    def processes(self) -> list[int]:
        """Return every process of the server."""
        return [self.process.pid, *children(self.process.pid)] if self.process else []

    def end(self, seconds: float = 20) -> float:
        """Ask the server to end and return the seconds that it took; TimeoutError if it is still there."""
        assert self.process
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise TimeoutError(f"the server did not end within {seconds} s") from error
        return time.monotonic() - began

    def kill(self) -> None:
        """Kill every process of the server."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait()

    def ask(
        self, method: str, path: str, body: Any = None, *, token: str = "", key: str = "", timeout: float = 30
    ) -> Answer:
        """Return the answer to a request on a connection of its own."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if key:
            headers["Idempotency-Key"] = key
        sent = b""
        if isinstance(body, bytes):
            sent, headers["Content-Type"] = body, "application/x-www-form-urlencoded"
        elif body is not None:
            sent, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection, began = HTTPConnection("127.0.0.1", self.port, timeout=timeout), time.monotonic()
        try:
            connection.request(method, path, sent or None, headers)
            answer = connection.getresponse()
            received = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, received, answer.read(), time.monotonic() - began)
        except (OSError, HTTPException):
            return Answer(0, {}, b"", time.monotonic() - began)
        finally:
            connection.close()

    def token(self) -> str:
        """Return a token of the demo's supervisor, asked for until there is one."""
        deadline = time.monotonic() + 60
        while True:
            answer = self.ask("POST", "/o/token/", urlencode(LOGIN).encode())
            if answer.status == 200:
                return str(json.loads(answer.body)["access_token"])
            if time.monotonic() > deadline:
                raise TimeoutError(f"no token: {answer}")
            time.sleep(0.1)


def _answers(pid: int) -> bool:
    """Return whether a process listens; a helper of the server, such as the resource tracker, does not."""
    with suppress(OSError):
        return any(str(entry.readlink()).startswith("socket:") for entry in Path(f"/proc/{pid}/fd").iterdir())
    return False
