"""A clinic of its own for a test: an empty database, the demo's logins, and workers that answer over http."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg

from clinic.tests.database import database_of_this_run

ROOT = Path(__file__).parents[2]
LOGIN = {"grant_type": "password", "client_id": "demo", "username": "clerk", "password": "demo"}


class Books:
    """A database that nobody else uses, of the kind that this test run is about."""

    def __init__(self, folder, *, invoices=1):
        self.invoices = invoices
        self.name = f"served_{os.getpid()}_{time.time_ns()}"
        self.server = os.environ.get("DATABASE_URL", "")
        self.path = folder / "clinic.sqlite3"
        self.is_postgresql = self.server.startswith("postgres")
        self.url = urlunsplit(urlsplit(self.server)._replace(path=f"/{self.name}")) if self.is_postgresql else ""
        self.url = self.url or f"sqlite:///{self.path}"
        inherited = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
        self.environment = {**inherited, "CLINIC_DEMO": "1", "DATABASE_URL": self.url, "PYTHONPATH": str(ROOT)}

    def __enter__(self):
        database_of_this_run().copy_to(self.name if self.is_postgresql else self.path)
        command = [sys.executable, str(ROOT / "manage.py"), "demo", "--invoices", str(self.invoices)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return self

    def __exit__(self, *_):
        if self.is_postgresql:
            self._on_server(f"DROP DATABASE {self.name} WITH (FORCE)")

    def count(self, table, where="1 = 1"):
        """Return the number of rows of a table, counted without the product."""
        sql = f"SELECT count(*) FROM {table} WHERE {where}"
        if self.is_postgresql:
            with psycopg.connect(self.url) as connection:
                return connection.execute(sql).fetchone()[0]
        connection = sqlite3.connect(self.path, timeout=20)
        try:
            return connection.execute(sql).fetchone()[0]
        finally:
            connection.close()

    def _on_server(self, sql):
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql)


class Served:
    """A server that answers on a port of this machine."""

    def __init__(self, port):
        self.port = port

    def ask(self, method, path, body=b"", headers=None):
        """The status, the headers and the bytes of an answer; ConnectionError when the worker dies before it."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def token(self, username="clerk"):
        """A bearer token of one of the demo's logins."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _, body = self.ask("POST", "/o/token/", urlencode(LOGIN | {"username": username}), form)
        assert status == 200, body
        return json.loads(body)["access_token"]

    def wait(self, *, seconds=60):
        """Until it answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.ask("GET", "/invoice/")
            except OSError:
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.2)


@contextmanager
def served(books, *, workers, program="manage.py", **environment):
    """The product on a free port, with so many workers, until the end of the block; `program` runs its commands."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / program), "serve", "--port", str(port), "--workers", str(workers)]
    log = (books.path.parent / "server.log").open("a")
    server = subprocess.Popen(command, env={**books.environment, **environment}, cwd=ROOT, stdout=log, stderr=log)
    try:
        clinic = Served(port)
        clinic.wait()
        yield clinic
    finally:
        server.terminate()
        server.wait(30)
        log.close()


@contextmanager
def working(books):
    """A worker that runs the jobs, until the end of the block."""
    command = [sys.executable, str(ROOT / "manage.py"), "work"]
    log = (books.path.parent / "worker.log").open("a")
    worker = subprocess.Popen(command, env=books.environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)
        log.close()
