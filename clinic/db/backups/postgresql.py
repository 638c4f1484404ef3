"""Backups of PostgreSQL: the custom format of pg_dump, read by pg_restore.

The programs have at least the major version of the server; the same one if it is installed, since a newer pg_restore
may send settings that an older server does not know. They get the password in the environment, never as an argument.
"""

import os
import re
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import IO

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from clinic.db.backups.files import BackupError

FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "usr/local/pgsql/bin")  # below /
HEADER = b"PGDMP"

# Parameters of a connection that are of Python alone, or would show a password in the list of processes.
NOT_FOR_PROGRAMS = frozenset({"context", "cursor_factory", "prepare_threshold", "password", "sslpassword"})


class PostgreSQLBackups:
    """Backups of one PostgreSQL database."""

    suffix = ".dump"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    def write(self, path: Path, count: str) -> int:
        """Write a backup into an empty file, and return the number of rows of the table `count` in it.

        pg_dump and the count read the same snapshot.
        """
        program = self._program("pg_dump")
        with self.connection.cursor() as cursor, path.open("wb") as file:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):  # a role may have them
                    cursor.execute(f"SET LOCAL {limit} = 0")
                query = f"SELECT pg_export_snapshot(), count(*) FROM {count}"  # noqa: S608  # the name of a table
                cursor.execute(query)
                snapshot, rows = cursor.fetchone()
                command = [program, "--format=custom", f"--snapshot={snapshot}", self._dbname]
                self._run(command, output=file, failure="The backup cannot be written")
            finally:
                cursor.execute("ROLLBACK")
        return int(rows)

    def check(self, path: Path) -> None:
        """Read a whole backup. BackupError unless it is complete."""
        self._run_restore(path, "--file=/dev/null")

    def tables(self, path: Path) -> set[str]:
        """Return the names of the tables in a backup. BackupError if the file is no backup."""
        try:
            with path.open("rb") as file:
                if file.read(len(HEADER)) != HEADER:
                    raise BackupError(f"{path} is not a backup of PostgreSQL in the custom format of pg_dump.")
        except OSError as error:
            raise BackupError(f"{path} cannot be read: {error.strerror}.") from error
        contents = self._run_restore(path, "--list")
        return set(re.findall(r"^\d+; \d+ \d+ TABLE \S+ (\S+) ", contents, re.MULTILINE))

    def restore(self, path: Path) -> None:
        """Replace the tables of the database by those of a backup, all of it or nothing."""
        options = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--no-comments", "--single-transaction"]
        self._run_restore(path, *options, self._dbname, failure=f"{path} cannot be restored")

    @contextmanager
    def temporarily_restored(self, path: Path) -> Iterator[None]:
        """Restore a backup into a temporary database on the server, which the connection uses during the block."""
        name, temporary = self.connection.settings_dict["NAME"], f"clinic_restore_{secrets.token_hex(6)}"
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {temporary} TEMPLATE template0 ENCODING 'UTF8'")
        except Error as error:
            hint = "The role of DATABASE_URL needs CREATEDB (ALTER ROLE … CREATEDB)."
            raise BackupError(f"A database beside the clinic's cannot be created: {error}\n{hint}") from error
        try:
            self._use(temporary)
            self.restore(path)
            yield
        finally:
            self._use(name)
            with self.connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {temporary} WITH (FORCE)")

    def _use(self, name: str) -> None:
        self.connection.close()
        self.connection.settings_dict["NAME"] = name

    @property
    def _dbname(self) -> str:
        """The option that names the database, without the password; of several hosts the one that answered."""
        from psycopg.conninfo import make_conninfo

        self.connection.ensure_connection()
        info = self.connection.connection.info
        parameters = {**self.connection.get_connection_params(), "host": info.host, "port": info.port}
        known = {name: value for name, value in parameters.items() if name not in NOT_FOR_PROGRAMS}
        return f"--dbname={make_conninfo(**known)}"

    def _run_restore(self, path: Path, *options: str, failure: str = "") -> str:
        """Run pg_restore on a file, and return its output."""
        command = [self._program("pg_restore"), *options, str(path.resolve())]
        return self._run(command, failure=failure or f"{path} is damaged")

    def _run(self, command: list[str], *, failure: str, output: IO[bytes] | None = None) -> str:
        """Run a program, and return its output. BackupError of `failure` and its first message if it fails."""
        environment = dict(os.environ)
        if password := self.connection.settings_dict["PASSWORD"]:
            environment["PGPASSWORD"] = str(password)
        with tempfile.TemporaryFile() as messages:
            done = subprocess.run(  # noqa: S603  # no text of others is an argument
                command, stdout=output or subprocess.PIPE, stderr=messages, env=environment, check=False
            )
            messages.seek(0)
            text = messages.read(4000).decode(errors="replace").strip()
        if done.returncode != 0:
            message = text.splitlines()[0] if text else f"{command[0]} ended with code {done.returncode}"
            raise BackupError(f"{failure}: {message}.")
        return (done.stdout or b"").decode(errors="replace")

    def _program(self, name: str) -> str:
        """Return the path of a program that suits the server."""
        suitable = [(version, path) for path in _installed(name) if (version := _major_version(path)) >= self._server]
        if suitable:
            return min(suitable, key=itemgetter(0))[1]
        raise BackupError(
            f"{name} of PostgreSQL {self._server} or later is not installed: it is neither on the PATH nor in "
            f"/{FOLDERS[0]}. On Debian: apt-get install postgresql-client-{self._server}."
        )

    @cached_property
    def _server(self) -> int:
        """The major version of the server."""
        self.connection.ensure_connection()
        return int(self.connection.connection.info.server_version) // 10000


def _installed(name: str) -> list[str]:
    """Return the paths of a program on the PATH and in the folders of PostgreSQL's packages."""
    folders = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    folders += [folder for pattern in FOLDERS for folder in Path("/").glob(pattern)]
    return [str(folder / name) for folder in dict.fromkeys(folders) if os.access(folder / name, os.X_OK)]


def _major_version(path: str) -> int:
    """Return the major version that a program states; 0 if it cannot be run."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", done.stdout)
    return int(found[1]) if found else 0
