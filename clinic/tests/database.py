"""Test database: a copy of a migrated template.

Each worker starts with a copy, and gets a fresh one after each test with real transactions: Django's flush would need
to lift the triggers, which refuse to empty the tables. The template is kept until a migration changes: on SQLite as a
file in var/tests/, on PostgreSQL as a database on the server.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase


class SQLiteDatabase:
    """A database in memory, which the threads of the process share."""

    def __init__(self, version: str) -> None:
        self.template = folder() / f"template-{version}.sqlite3"

    def make_template(self) -> None:
        if self.template.exists():
            return
        self._connect()
        migrate()
        for old in folder().glob("template-*"):
            old.unlink()
        unfinished = folder() / "unfinished.sqlite3"
        unfinished.unlink(missing_ok=True)
        self._copy(connection.connection, to=sqlite3.connect(unfinished))
        unfinished.rename(self.template)

    def copy_template(self) -> None:
        self._connect()
        self._copy(sqlite3.connect(self.template), to=connection.connection)

    def copy_to(self, path: Path) -> None:
        """Make another copy, for a server that a test starts."""
        shutil.copyfile(self.template, path)

    def drop(self) -> None:
        """Do nothing: the database ends with the process."""

    def _connect(self) -> None:
        connection.settings_dict["NAME"] = "file:tests?mode=memory&cache=shared"
        connection.ensure_connection()

    def _copy(self, source: sqlite3.Connection, *, to: sqlite3.Connection) -> None:
        source.backup(to)
        for file in {source, to} - {connection.connection}:
            file.close()


class PostgreSQLDatabase:
    """A database on the server, whose name is that of the settings with "test_" before it and the worker behind it."""

    def __init__(self, version: str) -> None:
        self.template = f"clinic_template_{version}"
        name = connection.settings_dict["NAME"]
        self.name = f"test_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"

    def make_template(self) -> None:
        existing = self.on_server("SELECT datname FROM pg_database WHERE datname LIKE 'clinic_template_%'")
        if (self.template,) in existing:
            return
        for (name,) in existing:
            self.on_server(f'DROP DATABASE "{name}" WITH (FORCE)')
        self.on_server("CREATE DATABASE clinic_template_unfinished")
        self._use("clinic_template_unfinished")
        migrate()
        connection.close()
        self.on_server(f"ALTER DATABASE clinic_template_unfinished RENAME TO {self.template}")

    def copy_template(self) -> None:
        self.drop()
        self.copy_to(self.name)
        self._use(self.name)

    def copy_to(self, name: str, *, template: str = "") -> None:
        """Make another copy, for a server that a test starts."""
        self.on_server(f'CREATE DATABASE "{name}" TEMPLATE {template or self.template}')

    def drop(self) -> None:
        connection.close()
        self.on_server(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _use(self, name: str) -> None:
        connection.close()
        connection.settings_dict["NAME"] = name

    def on_server(self, sql: str) -> list[tuple[str]]:
        """Run a statement outside of the database."""
        parameters = connection.get_connection_params() | {"dbname": "postgres"}
        with psycopg.connect(**parameters, autocommit=True) as server:
            cursor = server.execute(sql)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """Give the worker a copy of the template, in place of a database that is migrated from the start."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        database = database_of_this_run()
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: database.copy_template())
        with one_worker_at_a_time():
            database.make_template()
        database.copy_template()
        yield
        database.drop()


@contextmanager
def own_database(folder: Path, *, empty: bool = False):
    """Let the connection use another database: a file in `folder`, or one on the server; without tables if `empty`."""
    database, before = database_of_this_run(), connection.settings_dict["NAME"]
    if isinstance(database, SQLiteDatabase):
        kept, connection.connection = connection.connection, None  # closed, the one in memory would be gone
        connection.settings_dict["NAME"] = str(folder / f"own-{time.time_ns()}.sqlite3")
        if not empty:
            database.copy_to(connection.settings_dict["NAME"])
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"], connection.connection = before, kept
        return
    name = f"own_{os.getpid()}_{time.time_ns()}"
    database.copy_to(name, template="template0" if empty else "")
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        database.on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@cache
def database_of_this_run() -> SQLiteDatabase | PostgreSQLDatabase:
    if connection.vendor == "postgresql":
        return PostgreSQLDatabase(migrations_version())
    return SQLiteDatabase(migrations_version())


def folder() -> Path:
    path = settings.BASE_DIR / "var" / "tests"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def one_worker_at_a_time():
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrations_version() -> str:
    """Return a hash of all migrations: of those of the apps, and of those of installed packages."""
    digest = hashlib.sha256()
    for app in apps.get_app_configs():
        for path in sorted(Path(app.path, "migrations").rglob("*")):
            if path.suffix in {".py", ".sql"}:
                digest.update(str(path.relative_to(app.path)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
